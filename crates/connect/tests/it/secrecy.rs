//! Nothing secret lies anywhere in the clear.

use data_encoding::{BASE64, HEXLOWER};
use patchbay_connect::{ConnectError, Purpose, UnlockError, UseError, keyring_is_new, vault_open};
use patchbay_model::AuthMethodKind;
use patchbay_vault::{FileKek, KekProvider, VaultError};
use serde_json::json;
use std::sync::Arc;

use crate::world::{CLIENT_SECRET, KEY, PASSWORD, World, form, good};

/// S-01 on the embedded database: the file, its log and its index hold no planted secret in any common form.
#[tokio::test]
async fn s1_canaries_are_nowhere_in_the_database() {
    let world = World::new().await;
    world.key_connection("Key").await;
    let basic = form(
        "Basic",
        AuthMethodKind::Basic,
        json!({ "username": "ana", "password": PASSWORD }),
    );
    world
        .connector
        .connection_create(&world.editor, basic)
        .await
        .expect("a connection");
    let id = world.oauth_connection().await;
    let view = world
        .connector
        .connection_get(&world.editor, &id)
        .await
        .expect("a connection");
    // A sign-in as somebody else waits for a choice, its credential sealed in the session.
    world.provider.signs_in_as("bob");
    let request = patchbay_connect::SessionCreate {
        reconnect: Some(id),
        ..Default::default()
    };
    let held = world
        .begin(&world.editor, request)
        .await
        .expect("a connect session");
    world
        .come_back(Some(&world.editor), good(&held))
        .await
        .expect("a callback");
    assert_eq!(
        world.settled(&world.editor, &held.id).await.state.as_str(),
        "different_account"
    );
    // And one is under way, with its state and verifier.
    let pending = world.begin_acme(&world.editor).await;
    let state = crate::world::sent(&pending, "state").expect("a state");

    let secrets = [
        KEY,
        PASSWORD,
        CLIENT_SECRET,
        "access-1-canary-5e0c1f",
        "refresh-1-canary-77aa21",
        "access-2-canary-5e0c1f",
        "refresh-2-canary-77aa21",
        &state,
    ];
    let patchbay_store::StoreConfig::Sqlite { path } = &world.database.config else {
        panic!("the embedded database");
    };
    let mut files = 0;
    let mut seen = false;
    for entry in std::fs::read_dir(path.parent().expect("a directory")).expect("a directory") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        files += usize::from(!bytes.is_empty());
        // What is no secret is found, so a secret would be.
        seen |= contains(&bytes, b"ana@example.com");
        for secret in secrets {
            for form in forms(secret) {
                assert!(
                    !contains(&bytes, &form),
                    "{secret} as {}",
                    String::from_utf8_lossy(&form)
                );
            }
        }
    }
    assert!(files >= 2 && seen, "the database and its log");
    // Nor in what people see.
    let shown = format!("{view:?}");
    assert!(secrets.iter().all(|secret| !shown.contains(secret)));
}

/// Raw, UTF-16, hexadecimal, and base64 at the three alignments.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let raw = secret.as_bytes();
    let mut out = vec![
        raw.to_vec(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        HEXLOWER.encode(raw).into_bytes(),
    ];
    for skip in 0..3 {
        let whole = &raw[skip..raw.len() - (raw.len() - skip) % 3];
        out.push(BASE64.encode(whole).into_bytes());
    }
    out
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// What left the trash is in none of the database's files, not even sealed: whether somebody had it destroyed or its
/// time was over.
#[tokio::test]
async fn s42_what_left_the_trash_leaves_nothing_behind() {
    use patchbay_store::connections::{connection_trash, credential_part};
    let world = World::new().await;
    let patchbay_store::StoreConfig::Sqlite { path } = &world.database.config else {
        panic!("the embedded database");
    };
    let directory = path.parent().expect("a directory");
    let in_a_file = |sealed: &[u8]| {
        std::fs::read_dir(directory)
            .expect("a directory")
            .any(|entry| {
                let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
                contains(&bytes, &sealed[..64])
            })
    };
    for on_request in [true, false] {
        let row = world.key_connection("Key").await;
        let sealed = credential_part(world.store.reader(), &row.project, &row.id, 1, "fields")
            .await
            .expect("a read")
            .expect("a credential");
        let month = std::time::Duration::from_hours(31 * 24);
        let long_ago = patchbay_model::Timestamp::now().minus(month);
        let tx = world.store.begin().await.expect("a write unit");
        connection_trash(&*tx, &row.project, &row.id, long_ago)
            .await
            .expect("it is trashed");
        tx.commit().await.expect("a commit");
        assert!(in_a_file(&sealed), "it is looked for where it is");
        if on_request {
            let destroyed = world.connector.connection_destroy(&world.editor, &row.id);
            destroyed.await.expect("it is destroyed");
        } else {
            assert_eq!(world.connector.trash_empty().await.expect("a round"), 1);
        }
        assert!(!in_a_file(&sealed), "on request: {on_request}");
    }
}

/// S-03 through the product: a sealed credential copied to another connection, generation or project does not open.
#[tokio::test]
async fn s03_a_copied_credential_does_not_open() {
    use patchbay_store::connections::{credential_part, credential_put};
    let world = World::new().await;
    let (a, b) = (
        world.key_connection("A").await,
        world.key_connection("B").await,
    );
    let sealed = credential_part(world.store.reader(), &a.project, &a.id, 1, "fields")
        .await
        .expect("a read")
        .expect("a credential");
    let tx = world.store.begin().await.expect("a write unit");
    patchbay_store::connections::credentials_shred(&*tx, &b.project, &b.id)
        .await
        .expect("a removal");
    let now = patchbay_model::Timestamp::now();
    credential_put(&tx, &b.project, &b.id, 1, vec![("fields", sealed)], now)
        .await
        .expect("a copy");
    tx.commit().await.expect("a commit");
    let used = world
        .connector
        .credential_use(&world.editor, &b.id, Purpose::Request)
        .await;
    let Err(UseError::Failed(ConnectError::Vault(error))) = used else {
        panic!("the copy must not open");
    };
    assert!(matches!(error, VaultError::Integrity { .. }));
    world
        .connector
        .credential_use(&world.editor, &a.id, Purpose::Request)
        .await
        .expect("the original opens");
}

/// S-30: the wrong key and a lost key ring keep the vault sealed and write nothing.
#[tokio::test]
async fn s30_the_wrong_key_opens_nothing_and_writes_nothing() {
    let world = World::new().await;
    world.key_connection("Acme").await;
    let kek = |name: &str| -> Arc<dyn KekProvider> {
        Arc::new(FileKek::create_new(&world.directory.path().join(name)).expect("a key file"))
    };
    let before = patchbay_store::keyring::roots(world.store.reader())
        .await
        .expect("roots");
    let opened = vault_open(&world.store, kek("other")).await;
    assert!(matches!(
        opened,
        Err(UnlockError::Vault(VaultError::Kek(_)))
    ));
    assert_eq!(
        patchbay_store::keyring::roots(world.store.reader())
            .await
            .expect("roots"),
        before
    );
    assert!(!keyring_is_new(&world.store).await.expect("an answer"));
    // The right one opens it again.
    let right: Arc<dyn KekProvider> =
        Arc::new(FileKek::load(&world.directory.path().join("key")).expect("the key file"));
    assert!(vault_open(&world.store, right).await.is_ok());
}

/// S-09: one function opens sealed values, and it is in one place.
#[test]
fn s09_one_place_opens_sealed_values() {
    fn visit(directory: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("tests") && !path.ends_with("vault") {
                    visit(&path, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let calls =
                    text.matches("vault.open(").count() + text.matches("vault.open_map(").count();
                found.extend((0..calls).map(|_| {
                    path.file_name()
                        .expect("a name")
                        .to_string_lossy()
                        .into_owned()
                }));
            }
        }
    }
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crates");
    let mut found = Vec::new();
    visit(crates, &mut found);
    assert_eq!(found, ["secrets.rs"]);
}
