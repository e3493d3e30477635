//! Opening the database, reading it, writing it.

use std::{path::PathBuf, str::FromStr, time::Duration};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{DatabaseVersion, StoreError, StoreResult, changes::Changes, migration::Migrator};

/// Anything statements can be sent to: a reader or a transaction.
pub trait Db: ConnectionTrait {}

impl<T: ConnectionTrait> Db for T {}

/// Which database engine is behind a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one, a single file.
    Sqlite,
    /// A server, shared by several nodes.
    Postgres,
}

/// Where the data is.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// A SQLite file, made when missing.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL database.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: String,
        /// Connections this node opens at most.
        max_connections: u32,
    },
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    changes: Changes,
}

/// A write unit under way: commit it, or drop it to undo everything it did.
///
/// On SQLite it holds the one writer: never open a second one, call a provider or wait for a person while holding it.
pub struct Tx {
    inner: DatabaseTransaction,
    changes: Option<Changes>,
}

impl Store {
    /// Opens the database, checks that it answers, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file or server cannot be reached, or its tables come from a newer version.
    pub async fn open(config: &StoreConfig) -> StoreResult<Self> {
        let store = Self::connect(config, true).await?;
        // All that is missing or nothing of it: SQLite would keep half a change of a start that was cut off, and the next
        // start could not go on from there.
        let changes = store.begin_inner().await?;
        Migrator::up(&changes, None).await?;
        changes.commit().await?;
        Ok(store)
    }

    /// Opens a database that is there, as it is: nothing is made and no table is changed. Look at
    /// [`Store::version`] before using it.
    ///
    /// Another process may be using it. On SQLite that one does not learn of what is written here
    /// ([`Store::changes`]), so write only what nobody remembers.
    ///
    /// # Errors
    /// When the file or server cannot be reached.
    pub async fn attach(config: &StoreConfig) -> StoreResult<Self> {
        Self::connect(config, false).await
    }

    /// How the database's tables compare with what this build expects.
    pub async fn version(&self) -> StoreResult<DatabaseVersion> {
        DatabaseVersion::read(&self.reader).await
    }

    async fn connect(config: &StoreConfig, create: bool) -> StoreResult<Self> {
        match config {
            StoreConfig::Sqlite { path } => Self::open_sqlite(path, create).await,
            StoreConfig::Postgres {
                url,
                max_connections,
            } => Self::open_postgres(url, *max_connections).await,
        }
    }

    async fn open_sqlite(path: &std::path::Path, create: bool) -> StoreResult<Self> {
        if create {
            file_make(path)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits on power loss, and with them a rotated refresh token.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // What is deleted is overwritten, so that a removed credential does not linger in free pages.
            .pragma("secure_delete", "on")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let pool = |connections: u32| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(30))
                .idle_timeout(None)
                .max_lifetime(None)
                .after_release(|connection, _| {
                    Box::pin(async move {
                        // A full disk makes SQLite undo a transaction by itself, after which the ROLLBACK fails and the
                        // driver believes the transaction is still open: what were written next would never be
                        // committed. Such a connection is closed. The ping lets a rollback under way end first.
                        if connection.is_in_transaction() {
                            connection.ping().await?;
                        }
                        Ok(!connection.is_in_transaction())
                    })
                })
        };
        // Pages a connection keeps, in KiB: the writer those that its transactions touch; readers little, for there are
        // many of them, and what they read the operating system keeps as well.
        let caching = |size: &'static str| options.clone().pragma("cache_size", size);
        let writer = pool(1)
            .connect_with(caching("-16000"))
            .await
            .map_err(connect_error)?;
        let readers = std::thread::available_parallelism().map_or(4, usize::from) as u32;
        let reader = pool(readers.clamp(4, 16))
            .min_connections(0)
            .connect_lazy_with(caching("-4000"));
        Ok(Self {
            engine: Engine::Sqlite,
            reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            changes: Changes::own(),
        })
    }

    async fn open_postgres(url: &str, max_connections: u32) -> StoreResult<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(connect_error)?
            .application_name("patchbay")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(connect_error)?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self {
            engine: Engine::Postgres,
            reader: connection.clone(),
            changes: Changes::shared(connection.clone()),
            writer: connection,
        })
    }

    /// Which engine is behind this store.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For reading. What was committed before the call is seen.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Starts a write unit: the one writer on SQLite (`BEGIN IMMEDIATE`), `READ COMMITTED` on PostgreSQL.
    ///
    /// Rows that a write unit reads before it writes must be read with `lock_exclusive`, so that two units cannot
    /// both act on the same old value.
    pub async fn begin(&self) -> StoreResult<Tx> {
        self.changes.ready().await?;
        let inner = self.begin_inner().await?;
        Ok(Tx {
            inner,
            changes: Some(self.changes.clone()),
        })
    }

    /// The same for a unit that writes nothing [`Store::changes`] speaks for: journals of runs, counts of uses.
    pub async fn begin_uncounted(&self) -> StoreResult<Tx> {
        let inner = self.begin_inner().await?;
        Ok(Tx {
            inner,
            changes: None,
        })
    }

    /// A mark that changes with every committed write unit of any process.
    ///
    /// What was read after asking for the mark is still what the database holds for as long as the mark stays the
    /// same: rights and status can be remembered under it without ever acting on a revoked one. The mark changes before
    /// the writer learns that its commit has come to pass. On PostgreSQL, where another process may have written, this
    /// asks the database, together with everybody else who wants to know at the moment.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn changes(&self) -> StoreResult<u64> {
        self.changes.read().await
    }

    async fn begin_inner(&self) -> StoreResult<DatabaseTransaction> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: (self.engine == Engine::Postgres).then_some(AccessMode::ReadWrite),
            sqlite_transaction_mode: (self.engine == Engine::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// For reading several things as of one moment, while others go on writing. Nothing can be written through it on
    /// PostgreSQL, and nothing should be on SQLite; drop it when done.
    pub async fn snapshot(&self) -> StoreResult<Tx> {
        let postgres = self.engine == Engine::Postgres;
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: (!postgres).then_some(SqliteTransactionMode::Deferred),
        };
        Ok(Tx {
            inner: self.reader.begin_with_options(options).await?,
            changes: None,
        })
    }

    /// Whether the database answers right now; one that says nothing for three seconds does not.
    pub async fn ping(&self) -> StoreResult<()> {
        match tokio::time::timeout(Duration::from_secs(3), self.reader.ping()).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::Unavailable(sea_orm::DbErr::Custom(
                "no answer within three seconds".to_owned(),
            ))),
        }
    }

    /// Writes SQLite's log into its file and empties it: what was overwritten in the file stands in the log until then
    /// (S-42). With a reader in the way it is left for the next time; PostgreSQL keeps its log itself.
    pub async fn log_empty(&self) -> StoreResult<()> {
        if self.writer.get_database_backend() == DbBackend::Sqlite {
            self.writer
                .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                .await?;
        }
        Ok(())
    }

    /// Closes every connection after what is under way has ended.
    pub async fn close(self) -> StoreResult<()> {
        self.changes.leave().await;
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

impl Tx {
    /// Makes everything the unit did durable and visible. Whoever waits for it may go away: it is carried out and
    /// counted all the same.
    ///
    /// # Errors
    /// When the commit did not come to pass; then nothing was written.
    pub async fn commit(self) -> StoreResult<()> {
        let Self { inner, changes } = self;
        let Some(changes) = changes else {
            return Ok(inner.commit().await?);
        };
        // A task of its own: the count must follow the commit even when the request that wrote is given up in between.
        let committing = tokio::spawn(async move {
            changes.before_commit(&inner).await?;
            let done = inner.commit().await;
            changes.after_commit().await;
            StoreResult::Ok(done?)
        });
        match committing.await {
            Ok(done) => done,
            Err(stopped) => Err(StoreError::Unavailable(sea_orm::DbErr::Custom(
                stopped.to_string(),
            ))),
        }
    }

    /// Undoes everything the unit did. Dropping it does the same, later.
    pub async fn rollback(self) -> StoreResult<()> {
        Ok(self.inner.rollback().await?)
    }
}

impl std::ops::Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

/// Whether statements go to SQLite.
pub(crate) fn is_sqlite(db: &impl Db) -> bool {
    db.get_database_backend() == DbBackend::Sqlite
}

/// Makes the file for its owner alone, whoever may look into the directory; SQLite gives its files beside it the same
/// rights. What is there already stays as its owner has it.
fn file_make(path: &std::path::Path) -> StoreResult<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(connect_error(sqlx::Error::Io(error)))
        }
        _ => Ok(()),
    }
}

fn connect_error(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(
        error.into(),
    )))
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::{
        idempotency::{Claim, claim},
        testing::TestStore,
    };

    const NOW: patchbay_model::Timestamp = patchbay_model::Timestamp::from_millis(1_000);

    async fn write(store: &Store, id: &str) -> StoreResult<Claim> {
        let tx = store.begin().await?;
        let claimed = claim(&*tx, id, "asked", NOW, NOW).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    #[tokio::test]
    async fn s01_the_files_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let test = TestStore::sqlite().await;
        write(&test.store, "one").await.expect("is written");
        let StoreConfig::Sqlite { path } = &test.config else {
            panic!("SQLite");
        };
        for ending in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(ending);
            let mode = std::fs::metadata(&file)
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    }

    #[tokio::test]
    async fn a_start_that_was_cut_off_harms_nothing() {
        // Polled so many times, then dropped: somewhere between nothing and everything.
        for polls in (1..=400).step_by(21) {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let config = StoreConfig::Sqlite {
                path: directory.path().join("patchbay.db"),
            };
            let mut first = Box::pin(Store::open(&config));
            let mut left = polls;
            std::future::poll_fn(|context| {
                left -= 1;
                match first.as_mut().poll(context) {
                    std::task::Poll::Pending if left > 0 => std::task::Poll::Pending,
                    _ => std::task::Poll::Ready(()),
                }
            })
            .await;
            drop(first);
            let again = Store::open(&config).await;
            assert!(again.is_ok(), "after {polls} polls: {:?}", again.err());
        }
    }

    #[tokio::test]
    async fn what_is_written_after_an_undone_transaction_is_kept() {
        let test = TestStore::sqlite().await;
        // SQLite may undo a transaction by itself, behind the driver's back.
        let tx = test.store.begin().await.expect("a write unit");
        tx.execute_unprepared("ROLLBACK")
            .await
            .expect("it is undone");
        drop(tx);
        assert_eq!(write(&test.store, "small").await.ok(), Some(Claim::New));
        let after_restart = Store::open(&test.config).await.expect("it opens again");
        let seen = claim(after_restart.reader(), "small", "asked", NOW, NOW).await;
        assert_eq!(seen.ok(), Some(Claim::InFlight));
    }
}
