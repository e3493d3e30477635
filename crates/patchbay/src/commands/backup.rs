//! `patchbay backup` and `patchbay restore`.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, bail};
use patchbay_store::{
    DataLock, Store, StoreConfig,
    backup::{self, BackupInfo, DATABASE_FILE, REPLACED_FILE},
};
use serde_json::json;
use url::Url;

use crate::{
    cli::{BackupArgs, DataArgs, RestoreArgs},
    data, print,
};

/// Copies the database into a file.
pub(crate) async fn backup(args: BackupArgs) -> anyhow::Result<ExitCode> {
    if let Some(url) = &args.data.database {
        bail!(
            "PostgreSQL is backed up with its own tool, also while the server runs:\n  {}\nKeep the key file apart from it.",
            dump_command(url, &args.file)
        );
    }
    // One of an older version as well: a backup is what one makes before an update.
    let path = args.data.data.join(DATABASE_FILE);
    if !path.exists() {
        bail!(
            "there is no database in {}; name the data directory with --data",
            args.data.data.display()
        );
    }
    let store = Store::attach(&StoreConfig::Sqlite { path })
        .await
        .with_context(|| format!("cannot open the database in {}", args.data.data.display()))?;
    let made = backup::backup(&store, &args.file).await;
    store.close().await?;
    let info = made?;
    let key = data::key_path(&args.data);
    if args.json {
        print::json(
            &json!({"file": args.file, "bytes": info.bytes, "sha256": info.sha256, "keyFile": key}),
        );
    } else {
        print::line(format!(
            "{}: {} bytes, checked.",
            args.file.display(),
            info.bytes
        ));
        print::line(format!(
            "The key file {} is not in it. Keep a copy of it in another place: the backup is of no use without it.",
            key.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup in a data directory.
pub(crate) async fn restore(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    if let Some(url) = &args.data.database {
        bail!(
            "PostgreSQL is restored with its own tool, while no server runs:\n  {}\nPut the key file that belongs to it in place as well.",
            restore_command(url, &args.file)
        );
    }
    let directory = &args.data.data;
    data::make_directory(directory)?;
    let _lock = DataLock::acquire(directory)?;
    // One that was cut off before is carried out first, so that nothing of it is left over.
    backup::restore_finish(directory).with_context(|| {
        format!(
            "cannot finish an earlier restore of {}",
            directory.display()
        )
    })?;
    let there = contents(&args.data)?;
    if let (Some(name), false) = (there.first(), args.force) {
        bail!(
            "{} is not empty: it holds {name}; choose another directory, or give --force to put the backup in place of \
             the database there, which is then kept as {REPLACED_FILE}",
            directory.display()
        );
    }
    let replaces = directory.join(DATABASE_FILE).exists();
    let info = backup::restore_prepare(&args.file, directory).await?;
    backup::restore_finish(directory).with_context(|| {
        format!(
            "the backup is ready in {}, but could not be put in place; run this again",
            directory.display()
        )
    })?;
    let key = key_check(&args.data).await;
    restored_print(&args, &info, replaces, &key);
    Ok(ExitCode::SUCCESS)
}

fn restored_print(args: &RestoreArgs, info: &BackupInfo, replaces: bool, key: &Result<(), String>) {
    if args.json {
        print::json(&json!({
            "bytes": info.bytes, "sha256": info.sha256, "sealed": info.sealed,
            "replaced": replaces.then(|| args.data.data.join(REPLACED_FILE)),
            "keyOpens": key.is_ok(), "keyProblem": key.as_ref().err(),
        }));
        return;
    }
    print::line(format!(
        "{} is in {}: {} bytes, checked.",
        args.file.display(),
        args.data.data.display(),
        info.bytes
    ));
    if !info.sealed {
        print::line(
            "The file was not made by patchbay backup, so that only its structure could be checked.",
        );
    }
    if replaces {
        print::line(format!(
            "The database that was there is kept as {REPLACED_FILE}; remove it when you do not need it any more."
        ));
    }
    match key {
        Ok(()) => print::line("The key file opens it. Start the server."),
        Err(problem) => print::line(format!(
            "The server would start sealed: {problem} Put the key file that belongs to this backup there, then start."
        )),
    }
}

/// Whether the key file that is there opens what was put in place.
async fn key_check(args: &DataArgs) -> Result<(), String> {
    let checked = async {
        let path = args.data.join(DATABASE_FILE);
        let store = Store::attach(&StoreConfig::Sqlite { path }).await?;
        let opened = data::vault_attach(&store, args).await;
        store.close().await?;
        opened.map(|_| ())
    };
    checked
        .await
        .map_err(|error: anyhow::Error| data::sentence(&error))
}

/// What is in the directory besides the key file and the lock.
fn contents(args: &DataArgs) -> anyhow::Result<Vec<String>> {
    let unreadable = || format!("cannot look into {}", args.data.display());
    let key = data::key_path(args);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&args.data).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        if entry.path() != key
            && entry.file_name() != "patchbay.lock"
            && entry.file_name() != "patchbay.key"
        {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn dump_command(url: &str, file: &Path) -> String {
    format!(
        "pg_dump --format=custom --file={} --dbname={}",
        quoted(&file.display().to_string()),
        quoted(&without_password(url))
    )
}

fn restore_command(url: &str, file: &Path) -> String {
    format!(
        "pg_restore --clean --if-exists --no-owner --single-transaction --dbname={} {}",
        quoted(&without_password(url)),
        quoted(&file.display().to_string())
    )
}

/// The address without the password, which belongs into PGPASSWORD or ~/.pgpass.
fn without_password(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return "postgres://…".to_owned();
    };
    let _ = url.set_password(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "password" && name != "sslpassword")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url.to_string()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_for_postgresql_show_no_password() {
        let url =
            "postgres://ana:geheim@db.internal:5433/patchbay?sslmode=verify-full&password=geheim";
        assert_eq!(
            dump_command(url, Path::new("/backup/ana's.dump")),
            "pg_dump --format=custom --file='/backup/ana'\\''s.dump' \
             --dbname='postgres://ana@db.internal:5433/patchbay?sslmode=verify-full'"
        );
        assert_eq!(
            restore_command("postgres://db/patchbay", Path::new("a.dump")),
            "pg_restore --clean --if-exists --no-owner --single-transaction --dbname='postgres://db/patchbay' 'a.dump'"
        );
    }
}
