//! Directory, key file, database, clock, room.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use patchbay_connect::{keyring_is_new, root_keks};
use patchbay_model::Timestamp;
use patchbay_store::{
    DataLock, DatabaseFacts, Engine, Store, StoreConfig,
    backup::{self, DATABASE_FILE},
};
use patchbay_vault::{FileKek, KekError, KekProvider};

use super::Findings;
use crate::{cli::DataArgs, data};

const DIRECTORY: &str = "data directory";
const KEY: &str = "key file";
const DATABASE: &str = "database";
const CLOCK: &str = "clock";
const ROOM: &str = "disk room";

const MIB: u64 = 1024 * 1024;
/// Below this, writing may fail at any moment.
const ROOM_FAIL: u64 = 100 * MIB;
/// Below this it is time to look.
const ROOM_WARN: u64 = 1024 * MIB;
/// Leases and token expiry are measured by the database's clock and the node's.
const CLOCK_APART: Duration = Duration::from_secs(5);

/// Looks at the data directory; answers whether a server runs on it.
pub(super) fn directory(findings: &mut Findings, args: &DataArgs) -> bool {
    if args.database.is_some() {
        findings.ok(DIRECTORY, "not used: the data is in PostgreSQL");
        return false;
    }
    let path = &args.data;
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            findings.fail(
                DIRECTORY,
                format!("{} is not a directory", path.display()),
                "name another with --data",
            );
            return false;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.warn(
                DIRECTORY,
                format!(
                    "{} is not there yet; the first start of the server makes it",
                    path.display()
                ),
                "if there should be data, name its directory with --data",
            );
            return false;
        }
        Err(error) => {
            findings.fail(
                DIRECTORY,
                format!("{}: {error}", path.display()),
                "give the user the server runs as access to it",
            );
            return false;
        }
    };
    let running = DataLock::is_held(path);
    let mode = metadata.mode() & 0o777;
    let uid = metadata.uid();
    let me = rustix::process::geteuid().as_raw();
    if me != 0 && uid != me {
        findings.fail(
            DIRECTORY,
            format!("{} belongs to user id {uid}, this is {me}", path.display()),
            "run this and the server as the user it belongs to, or chown it",
        );
    } else if backup::restore_is_due(path) {
        findings.warn(
            DIRECTORY,
            "a restore was cut off",
            "start the server or run patchbay restore again: both finish it",
        );
    } else if mode & 0o077 != 0 {
        findings.warn(
            DIRECTORY,
            format!(
                "{} has mode {mode:04o}, so other users may look into it",
                path.display()
            ),
            format!("chmod 700 {}", path.display()),
        );
    } else {
        let state = if running {
            "a server runs on it"
        } else {
            "no server runs on it"
        };
        findings.ok(DIRECTORY, format!("{}, {state}", path.display()));
    }
    running
}

/// Looks at the key file, without the database.
pub(super) fn key_file(findings: &mut Findings, args: &DataArgs) {
    let path = data::key_path(args);
    match FileKek::load(&path) {
        Ok(kek) if kek.previous_id().is_some() => findings.warn(
            KEY,
            format!("{} holds two keys: a rotation was not finished", path.display()),
            "run patchbay keys rotate, which goes on with it",
        ),
        Ok(_) if inside(&path, &args.data) && args.database.is_none() => findings.warn(
            KEY,
            format!("{} is in the data directory: whoever copies that has both", path.display()),
            "move it elsewhere, name it with --key-file, and keep a copy of it in another place than the backups",
        ),
        Ok(kek) => findings.ok(KEY, format!("{}, key {}", path.display(), kek.id())),
        // Whether it is needed, the database knows.
        Err(KekError::Missing { .. }) => {}
        Err(error) => findings.fail(KEY, error.to_string(), "without it the server does not start"),
    }
}

/// Whether a path leads into a directory, links followed.
fn inside(path: &Path, directory: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(directory)) {
        (Ok(path), Ok(directory)) => path.starts_with(directory),
        _ => false,
    }
}

/// Looks at the database, whether the key opens it, and the clocks.
pub(super) async fn database(findings: &mut Findings, args: &DataArgs) {
    let config = if let Some(url) = &args.database {
        StoreConfig::Postgres {
            url: url.clone(),
            max_connections: 2,
        }
    } else {
        let path = args.data.join(DATABASE_FILE);
        if !path.exists() {
            findings.ok(
                DATABASE,
                "not there yet; the first start of the server makes it",
            );
            return;
        }
        StoreConfig::Sqlite { path }
    };
    let store = match Store::attach(&config).await {
        Ok(store) => store,
        Err(error) => {
            let error = data::sentence(&anyhow::Error::new(error));
            findings.fail(
                DATABASE,
                error,
                "check that it is there and that this user may use it",
            );
            return;
        }
    };
    if let Err(error) = opened(findings, &store, args).await {
        findings.fail(
            DATABASE,
            data::sentence(&error),
            "restore a backup if it does not answer again",
        );
    }
    let _ = store.close().await;
}

async fn opened(findings: &mut Findings, store: &Store, args: &DataArgs) -> anyhow::Result<()> {
    let version = store.version().await?;
    if let Some(change) = version.unknown.first() {
        findings.fail(
            DATABASE,
            format!("a newer version of Patchbay changed it ({change})"),
            "use that version, or restore a backup made before",
        );
        return Ok(());
    }
    if version.is_empty() {
        findings.ok(
            DATABASE,
            "empty; the first start of the server makes its tables",
        );
        return Ok(());
    }
    if !version.is_current() {
        findings.warn(
            DATABASE,
            format!("{} changes of its tables are due", version.pending.len()),
            "make a backup; the next start of the server carries them out",
        );
        return Ok(());
    }
    let facts = store.facts().await?;
    let engine = match store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let durable = facts
        .synchronous_commit
        .as_deref()
        .is_none_or(|setting| setting != "off");
    if facts.postgres_major.is_some_and(|major| major < 14) {
        findings.fail(
            DATABASE,
            format!("PostgreSQL {} is too old", facts.engine_version),
            "update it to 14 or newer",
        );
    } else if durable {
        findings.ok(
            DATABASE,
            format!(
                "{engine} {}, tables up to date ({} changes applied)",
                facts.engine_version,
                version.applied.len()
            ),
        );
    } else {
        findings.warn(
            DATABASE,
            "synchronous_commit is off: a crash may lose a rotated refresh token",
            "switch it on for this database",
        );
    }
    key_opens(findings, store, args).await?;
    clock(findings, &facts, Timestamp::now());
    Ok(())
}

async fn key_opens(findings: &mut Findings, store: &Store, args: &DataArgs) -> anyhow::Result<()> {
    let name = "key and database";
    let path: PathBuf = data::key_path(args);
    if keyring_is_new(store).await? {
        findings.ok(name, "no keys in the database yet");
        return Ok(());
    }
    let roots = root_keks(store).await?;
    match data::vault_attach(store, args).await {
        Ok(_) => findings.ok(name, format!("the key opens all {} root keys", roots.len())),
        Err(error) => findings.fail(
            name,
            data::sentence(&error),
            format!(
                "put the key file that was made with this database at {}; without it the credentials are lost",
                path.display()
            ),
        ),
    }
    Ok(())
}

fn clock(findings: &mut Findings, facts: &DatabaseFacts, now: Timestamp) {
    let apart = now.millis().abs_diff(facts.now.millis());
    let behind = facts
        .newest_entry
        .is_some_and(|newest| newest.millis() > now.millis() + CLOCK_APART.as_millis() as i64);
    if u128::from(apart) > CLOCK_APART.as_millis() {
        findings.warn(
            CLOCK,
            format!(
                "this machine's clock and the database's are {} s apart",
                apart / 1000
            ),
            "let both keep time with NTP",
        );
    } else if behind {
        findings.warn(
            CLOCK,
            "the newest entry of the audit log lies in the future",
            "set this machine's clock right and let it keep time with NTP",
        );
    } else {
        findings.ok(CLOCK, now.to_string());
    }
}

/// Looks at the room on the disk that holds the data.
pub(super) fn room(findings: &mut Findings, args: &DataArgs) {
    if args.database.is_some() || !args.data.is_dir() {
        return;
    }
    let free = match rustix::fs::statvfs(&args.data) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            findings.warn(
                ROOM,
                format!("cannot be asked for: {error}"),
                "look with df",
            );
            return;
        }
    };
    let used = fs::metadata(args.data.join(DATABASE_FILE)).map_or(0, |file| file.len());
    let message = format!(
        "{} MiB free, the database takes {} MiB",
        free / MIB,
        used / MIB
    );
    if free < ROOM_FAIL {
        findings.fail(
            ROOM,
            message,
            "make room: without it nothing can be written, runs and tokens included",
        );
    } else if free < ROOM_WARN || free < used {
        findings.warn(
            ROOM,
            message,
            "make room soon; a backup or an update of the tables may need as much again",
        );
    } else {
        findings.ok(ROOM, message);
    }
}
