//! `patchbay keys`: the key-encryption key and its rotation.
//!
//! A rotation has four steps, each of which leaves a state the server can start with: the new key goes into the key
//! file beside the old one; the root keys are wrapped with it, in one transaction; it is checked that the new key
//! alone opens them; the old one is taken out of the file. After a crash the same command goes on where it ended,
//! which the key file and the database tell.

use std::{path::Path, process::ExitCode, sync::Arc};

use anyhow::Context;
use patchbay_connect::{current_suffices, root_keks, roots_rewrap};
use patchbay_vault::{FileKek, KekProvider, KeyFileLock};
use serde_json::json;

use crate::{cli::KeysArgs, data, print};

/// Shows the keys by their ids.
pub(crate) async fn status(args: KeysArgs) -> anyhow::Result<ExitCode> {
    let path = data::key_path(&args.data);
    let store = data::attach(&args.data).await?;
    let roots = root_keks(&store).await?;
    let kek = FileKek::load(&path)?;
    let (current, previous) = (kek.id(), kek.previous_id());
    let opens = data::vault_attach(&store, &args.data).await;
    store.close().await?;

    if args.json {
        let roots: Vec<_> = roots
            .iter()
            .map(|(version, kek)| json!({"version": version, "wrappedBy": kek.as_str()}))
            .collect();
        print::json(&json!({
            "keyFile": path, "current": current.as_str(), "previous": previous.as_ref().map(ToString::to_string),
            "roots": roots, "opens": opens.is_ok(), "rotationUnfinished": previous.is_some(),
        }));
    } else {
        print::line(format!("Key file:  {}", path.display()));
        print::line(format!("Current:   {current}"));
        if let Some(previous) = &previous {
            print::line(format!("Previous:  {previous}"));
        }
        for (version, kek) in &roots {
            print::line(format!("Root {version}:    wrapped by {kek}"));
        }
        if opens.is_ok() && previous.is_some() {
            print::line("A rotation is not finished: patchbay keys rotate goes on with it.");
        } else if opens.is_ok() {
            print::line("The key file opens this database.");
        }
    }
    match opens {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(_) if args.json => Ok(ExitCode::FAILURE),
        Err(error) => Err(error),
    }
}

/// Makes a new key and puts it in the old one's place, or goes on with a rotation that was cut off.
pub(crate) async fn rotate(args: KeysArgs) -> anyhow::Result<ExitCode> {
    let path = data::key_path(&args.data);
    let store = data::attach(&args.data).await?;
    // Held to the end: two rotations at once would each drop the other's key.
    let lock = KeyFileLock::acquire(&path)?;
    // A key that does not open this database is some other database's.
    data::vault_attach(&store, &args.data).await?;
    let before = FileKek::load(&path)?;
    let resumed = before.previous_id().is_some();
    let old = before.previous_id().unwrap_or_else(|| before.id());
    let kek: Arc<FileKek> = Arc::new(if resumed {
        before
    } else {
        FileKek::rotate(&path)?
    });
    let rewrapped = roots_rewrap(&store, Arc::clone(&kek) as _).await?;
    drop_previous(&store, &path).await?;
    drop(lock);
    store.close().await?;

    let new = kek.id();
    if args.json {
        print::json(&json!({
            "current": new.as_str(), "replaced": old.as_str(), "rootsRewrapped": rewrapped, "resumed": resumed,
        }));
    } else {
        if resumed {
            print::line("An earlier rotation was cut off; it is finished now.");
        }
        print::line(format!(
            "Key {new} has taken the place of {old} in {}.",
            path.display()
        ));
        print::line(
            "Copy the key file to where you keep it, and to every other node. Backups made before need the old one.",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes the old key out of the file, once the file as it is now and the database as it is now prove that nothing
/// needs it.
async fn drop_previous(store: &patchbay_store::Store, path: &Path) -> anyhow::Result<()> {
    let kek = Arc::new(FileKek::load(path)?);
    anyhow::ensure!(
        current_suffices(store, kek).await?,
        "the old key is still needed by the database and was kept; run patchbay keys rotate again"
    );
    FileKek::previous_drop(path).map(|_| ()).context(
        "the old key could not be taken out of the key file; run patchbay keys rotate again",
    )
}
