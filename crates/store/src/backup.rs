//! A copy of the SQLite database in one file, and putting one back.
//!
//! A backup is a complete SQLite database with one line behind it that holds the SHA-256 of everything before; SQLite
//! does not look there, so the file can still be opened with its tools. PostgreSQL has tools of its own.
//!
//! Putting one back is prepared beside the database ([`restore_prepare`]), where everything is checked. Renaming the
//! checked copy is the decision; [`restore_finish`] carries it out, again after a crash, before the database is opened.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use sea_orm::{ConnectionTrait, DbBackend, SqlxSqliteConnector, Statement};
use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{DatabaseVersion, Engine, Store, StoreError};

/// The database's name in a data directory.
pub const DATABASE_FILE: &str = "patchbay.db";
/// A copy that is being checked.
const INCOMING: &str = "patchbay.db.incoming";
/// A checked copy that is to take the database's place.
const RESTORING: &str = "patchbay.db.restoring";
/// The database that was there before.
pub const REPLACED_FILE: &str = "patchbay.db.replaced";

/// What every SQLite database begins with (sqlite.org/fileformat.html §1.3).
const MAGIC: &[u8] = b"SQLite format 3\0";
const SEAL_START: &[u8] = b"\npatchbay-backup-1 sha256=";
const SEAL_LEN: usize = SEAL_START.len() + 64 + 1;

/// A backup that was made or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupInfo {
    /// Bytes of the database in it.
    pub bytes: u64,
    /// SHA-256 of those, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether the file carried that sum itself; a copy made with other tools does not.
    pub sealed: bool,
}

/// Why a backup was not made or not put back. Whatever was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Only SQLite databases are copied.
    #[error("the database is not an SQLite file")]
    NotSqlite,
    /// The target is there already.
    #[error("{} is there already and was left as it is; choose another name", .0.display())]
    Exists(PathBuf),
    /// The file is no SQLite database.
    #[error("{} is no backup: it is not an SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// Transactions are missing from the file.
    #[error(
        "{} is not a complete copy: the file {}-wal beside it holds what was written last; make the copy with patchbay \
         backup", .0.display(), .0.display()
    )]
    Incomplete(PathBuf),
    /// It is a database of something else.
    #[error("{} is an SQLite database, but not one of Patchbay", .0.display())]
    Foreign(PathBuf),
    /// A newer Patchbay made it.
    #[error(
        "{} was made by a newer version of Patchbay (it has {change}); restore it with that version", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first change of its tables that this version does not know.
        change: String,
    },
    /// It is not what was written.
    #[error("{} is damaged: {problem}; use another backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Reading or writing failed.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type BackupResult<T> = Result<T, BackupError>;

fn io_at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io {
        path: path.clone(),
        source,
    }
}

/// Copies the database, as it is at one moment, into `target` (mode 0600); others may go on writing to it.
pub async fn backup(store: &Store, target: &Path) -> BackupResult<BackupInfo> {
    if store.engine() != Engine::Sqlite {
        return Err(BackupError::NotSqlite);
    }
    // Taken first, so that nothing written meanwhile by somebody else is replaced.
    create_new(target).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(target.to_owned()),
        _ => io_at(target)(source),
    })?;
    let partial = suffixed(target, ".partial");
    let made = copy_out(store, &partial).await;
    let placed = made.and_then(|info| {
        fs::rename(&partial, target).map_err(io_at(target))?;
        directory_sync(target).map_err(io_at(target))?;
        Ok(info)
    });
    if placed.is_err() {
        let _ = fs::remove_file(&partial);
        let _ = fs::remove_file(target);
    }
    placed
}

async fn copy_out(store: &Store, partial: &Path) -> BackupResult<BackupInfo> {
    remove_if_there(partial).map_err(io_at(partial))?;
    // SQLite fills an empty file that is there, and so keeps its mode.
    create_new(partial).map_err(io_at(partial))?;
    let path = partial.to_str().ok_or_else(|| BackupError::Io {
        path: partial.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidInput, "its name is not UTF-8"),
    })?;
    let statement =
        Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
    store
        .reader()
        .execute_raw(statement)
        .await
        .map_err(StoreError::from)?;
    database_check(partial, partial).await?;
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(partial)
        .map_err(io_at(partial))?;
    let (bytes, sha256) = pour(&mut file, u64::MAX, &mut io::sink()).map_err(io_at(partial))?;
    file.write_all(SEAL_START)
        .and_then(|()| file.write_all(format!("{sha256}\n").as_bytes()))
        .and_then(|()| file.sync_all())
        .map_err(io_at(partial))?;
    Ok(BackupInfo {
        bytes,
        sha256,
        sealed: true,
    })
}

/// Copies a backup beside the database of `directory` and checks it there; then it is due to take its place.
pub async fn restore_prepare(backup: &Path, directory: &Path) -> BackupResult<BackupInfo> {
    let incoming = directory.join(INCOMING);
    let copied = copy_in(backup, &incoming).await;
    let decided = copied.and_then(|info| {
        // What an earlier restore set aside would otherwise be mixed up with what this one does.
        for name in [REPLACED_FILE, &format!("{REPLACED_FILE}-wal")] {
            let path = directory.join(name);
            remove_if_there(&path).map_err(io_at(&path))?;
        }
        let restoring = directory.join(RESTORING);
        fs::rename(&incoming, &restoring).map_err(io_at(&restoring))?;
        directory_sync(&restoring).map_err(io_at(directory))?;
        Ok(info)
    });
    if decided.is_err() {
        let _ = fs::remove_file(&incoming);
    }
    decided
}

async fn copy_in(backup: &Path, incoming: &Path) -> BackupResult<BackupInfo> {
    let wal = suffixed(backup, "-wal");
    if fs::metadata(&wal).is_ok_and(|wal| wal.len() > 0) {
        return Err(BackupError::Incomplete(backup.to_owned()));
    }
    let mut file = File::open(backup).map_err(io_at(backup))?;
    let metadata = file.metadata().map_err(io_at(backup))?;
    if !metadata.is_file() {
        return Err(BackupError::NotADatabase(backup.to_owned()));
    }
    let seal = seal_read(&mut file, metadata.len()).map_err(io_at(backup))?;
    let length = metadata.len() - seal.as_ref().map_or(0, |_| SEAL_LEN as u64);

    remove_if_there(incoming).map_err(io_at(incoming))?;
    let mut copy = create_new(incoming).map_err(io_at(incoming))?;
    let (bytes, sha256) = pour(&mut file, length, &mut copy).map_err(io_at(incoming))?;
    copy.sync_all().map_err(io_at(incoming))?;
    if seal.as_ref().is_some_and(|sealed| *sealed != sha256) {
        return Err(BackupError::Damaged {
            path: backup.to_owned(),
            problem: "its content does not have the sum that was written with it".to_owned(),
        });
    }
    let version = database_check(incoming, backup).await?;
    if let Some(change) = version.unknown.into_iter().next() {
        return Err(BackupError::Newer {
            path: backup.to_owned(),
            change,
        });
    }
    Ok(BackupInfo {
        bytes,
        sha256,
        sealed: seal.is_some(),
    })
}

/// Puts a prepared copy in the database's place, if there is one; the database that was there is set aside. Nobody may
/// have the database open. Answers whether there was anything to do.
///
/// # Errors
/// When a file cannot be renamed. Calling it again goes on where it ended.
pub fn restore_finish(directory: &Path) -> io::Result<bool> {
    if !restore_is_due(directory) {
        return Ok(false);
    }
    let at = |name: &str| directory.join(name);
    let database = at(DATABASE_FILE);
    if database.exists() {
        // The log first: read together with another database it would destroy that one.
        match fs::rename(
            suffixed(&database, "-wal"),
            at(&format!("{REPLACED_FILE}-wal")),
        ) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(&database, at(REPLACED_FILE))?;
    }
    remove_if_there(&suffixed(&database, "-shm"))?;
    directory_sync(&database)?;
    fs::rename(at(RESTORING), &database)?;
    directory_sync(&database)?;
    Ok(true)
}

/// Whether a restore was decided on and not finished.
pub fn restore_is_due(directory: &Path) -> bool {
    directory.join(RESTORING).exists()
}

/// Whether the file is a sound database of Patchbay. Errors name `shown`.
async fn database_check(path: &Path, shown: &Path) -> BackupResult<DatabaseVersion> {
    let mut start = [0_u8; MAGIC.len()];
    let begun = File::open(path)
        .map_err(io_at(shown))?
        .read_exact(&mut start);
    if begun.is_err() || start != MAGIC {
        return Err(BackupError::NotADatabase(shown.to_owned()));
    }
    let damaged = |problem: String| BackupError::Damaged {
        path: shown.to_owned(),
        problem,
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(|error| damaged(error.to_string()))?;
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let ask = async |sql: &str| {
        let answer = connection
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
            .await;
        answer.map_err(|error| damaged(error.to_string()))
    };
    let checked = async {
        let rows = ask("PRAGMA integrity_check(1)").await?;
        let said = rows
            .first()
            .and_then(|row| row.try_get_by_index::<String>(0).ok());
        if said.as_deref() != Some("ok") {
            return Err(damaged(
                said.unwrap_or_else(|| "the check gave no answer".to_owned()),
            ));
        }
        let version = DatabaseVersion::read(&connection).await?;
        if version.is_empty() || ask("SELECT 1 FROM workspace").await.is_err() {
            return Err(BackupError::Foreign(shown.to_owned()));
        }
        if !ask("PRAGMA foreign_key_check").await?.is_empty() {
            return Err(damaged("rows point to rows that are not there".to_owned()));
        }
        Ok(version)
    }
    .await;
    connection.close().await.map_err(StoreError::from)?;
    checked
}

/// The sum in the line behind the database, if there is one; the file is at its start again afterwards.
fn seal_read(file: &mut File, length: u64) -> io::Result<Option<String>> {
    use io::{Seek, SeekFrom};
    let mut seal = [0_u8; SEAL_LEN];
    let mut sum = None;
    if length > SEAL_LEN as u64 {
        file.seek(SeekFrom::End(-(SEAL_LEN as i64)))?;
        file.read_exact(&mut seal)?;
        sum = seal
            .strip_prefix(SEAL_START)
            .and_then(|rest| rest.strip_suffix(b"\n"))
            .and_then(|sum| std::str::from_utf8(sum).ok())
            .map(str::to_owned);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(sum)
}

/// Copies at most `length` bytes; answers how many they were and their SHA-256.
fn pour(from: &mut impl Read, length: u64, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut sum = Context::new(&SHA256);
    let mut buffer = vec![0_u8; 128 * 1024];
    let mut from = from.take(length);
    let mut bytes = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, HEXLOWER.encode(sum.finish().as_ref())));
        }
        sum.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the entries of a file's directory durable.
fn directory_sync(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}
