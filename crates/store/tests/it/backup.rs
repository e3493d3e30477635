//! Copies of the database: which of them are taken back.

use patchbay_store::{
    DatabaseVersion, Store, StoreConfig,
    backup::{self, BackupError},
    testing::{TestStore, on_both},
};
use sea_orm::ConnectionTrait;

/// A backup of a store to which these statements were sent.
async fn backed_up(statements: &[&str]) -> (tempfile::TempDir, std::path::PathBuf) {
    let test = TestStore::sqlite().await;
    for statement in statements {
        let tx = test.store.begin().await.expect("a write unit");
        tx.execute_unprepared(statement).await.expect("it is done");
        tx.commit().await.expect("it is kept");
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("copy");
    backup::backup(&test.store, &file).await.expect("a backup");
    (directory, file)
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused() {
    let (directory, file) =
        backed_up(&["INSERT INTO seaql_migrations VALUES ('m9999_future', 1)"]).await;
    let refused = backup::restore_prepare(&file, directory.path()).await;
    assert!(
        matches!(&refused, Err(BackupError::Newer { change, .. }) if change == "m9999_future"),
        "{refused:?}"
    );
    assert!(!backup::restore_is_due(directory.path()));
}

#[tokio::test]
async fn a_database_of_something_else_is_refused() {
    let test = TestStore::sqlite().await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("other.db");
    let path = file.to_str().expect("UTF-8");
    let other = format!("ATTACH '{path}' AS other; CREATE TABLE other.t (a); DETACH other");
    test.store
        .reader()
        .execute_unprepared(&other)
        .await
        .expect("another database");
    let refused = backup::restore_prepare(&file, directory.path()).await;
    assert!(
        matches!(refused, Err(BackupError::Foreign(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn every_changed_byte_of_a_backup_is_noticed() {
    let (directory, file) = backed_up(&[]).await;
    let whole = std::fs::read(&file).expect("the backup");
    // Each page has bytes in the middle of its free room that no check of the structure looks at.
    for at in (50..whole.len()).step_by(whole.len() / 40) {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        std::fs::write(&file, changed).expect("written");
        let refused = backup::restore_prepare(&file, directory.path()).await;
        assert!(refused.is_err(), "byte {at}");
        assert!(!backup::restore_is_due(directory.path()));
    }
}

#[tokio::test]
async fn a_version_is_told_from_older_and_newer_ones() {
    on_both(async |test| {
        let current = test.store.version().await.expect("a version");
        assert!(current.is_current() && !current.is_empty(), "{current:?}");
        let tx = test.store.begin().await.expect("a write unit");
        tx.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m9999_future', 1)")
            .await
            .expect("it is done");
        tx.execute_unprepared("DELETE FROM seaql_migrations WHERE version LIKE 'm0004%'")
            .await
            .expect("it is done");
        tx.commit().await.expect("it is kept");
        let odd: DatabaseVersion = test.store.version().await.expect("a version");
        assert_eq!(odd.unknown, ["m9999_future"]);
        assert!(
            odd.pending.len() == 1 && odd.pending[0].starts_with("m0004"),
            "{odd:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_tells_about_itself() {
    on_both(async |test| {
        let facts = test.store.facts().await.expect("facts");
        assert!(!facts.engine_version.is_empty());
        assert_eq!(facts.newest_entry, None);
        let postgres = matches!(test.config, StoreConfig::Postgres { .. });
        assert_eq!(facts.postgres_major.is_some(), postgres);
    })
    .await;
}

#[tokio::test]
async fn attaching_makes_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("patchbay.db");
    let config = StoreConfig::Sqlite { path: path.clone() };
    assert!(Store::attach(&config).await.is_err());
    assert!(!path.exists());
}
