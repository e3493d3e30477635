//! Databases for tests: a private SQLite file, and a private PostgreSQL cluster with a fresh database a test.
//!
//! `PATCHBAY_TEST_POSTGRES` names a running cluster to use (`make test` starts one for the whole run). Without it a
//! cluster is made in a temporary directory for this test process and ends with it.

use std::{
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sea_orm::ConnectionTrait;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{Store, StoreConfig};

/// A store of a test's own; its data goes when it is dropped.
pub struct TestStore {
    /// The open store.
    pub store: Store,
    /// How to open it a second time, as another node or after a restart would.
    pub config: StoreConfig,
    _directory: Option<TempDir>,
}

impl TestStore {
    /// A store on a SQLite file in a temporary directory.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = StoreConfig::Sqlite {
            path: directory.path().join("patchbay.db"),
        };
        let store = Store::open(&config).await.expect("SQLite opens");
        Self {
            store,
            config,
            _directory: Some(directory),
        }
    }

    /// A store on a fresh database of a private PostgreSQL cluster.
    pub async fn postgres() -> Self {
        let config = StoreConfig::Postgres {
            url: postgres_database().await,
            max_connections: 8,
        };
        let store = Store::open(&config).await.expect("PostgreSQL opens");
        Self {
            store,
            config,
            _directory: None,
        }
    }

    /// Makes every statement on a table fail, as a database that falters does, until [`Self::table_back`].
    pub async fn table_away(&self, table: &str) {
        self.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away"))
            .await;
    }

    /// Ends [`Self::table_away`].
    pub async fn table_back(&self, table: &str) {
        self.execute(&format!("ALTER TABLE {table}_away RENAME TO {table}"))
            .await;
    }

    async fn execute(&self, sql: &str) {
        let tx = self.store.begin().await.expect("a write unit");
        tx.execute_unprepared(sql).await.expect("it is carried out");
        tx.commit().await.expect("a commit");
    }
}

/// Runs the same test on SQLite and on PostgreSQL.
pub async fn on_both<F, Fut>(test: F)
where
    F: Fn(TestStore) -> Fut,
    Fut: Future<Output = ()>,
{
    test(TestStore::sqlite().await).await;
    test(TestStore::postgres().await).await;
}

/// Runs the same test on SQLite and on PostgreSQL, across a migration: `before` on tables that lack it and all later ones,
/// by write units that are not counted (nodes may not know of each other yet), `after` once they were brought up to date.
#[cfg(test)]
pub(crate) async fn on_both_across(
    migration: &str,
    before: impl AsyncFn(&Store),
    after: impl AsyncFn(&Store),
) {
    use sea_orm_migration::MigratorTrait;

    use crate::migration::Migrator;

    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("patchbay.db");
    std::fs::write(&path, []).expect("an empty database");
    let postgres = StoreConfig::Postgres {
        url: postgres_database().await,
        max_connections: 2,
    };
    let earlier = Migrator::migrations()
        .iter()
        .position(|each| each.name() == migration)
        .expect("the migration");
    for config in [StoreConfig::Sqlite { path }, postgres] {
        let store = Store::attach(&config).await.expect("it opens");
        Migrator::up(store.reader(), Some(earlier as u32))
            .await
            .expect("the tables as they were");
        before(&store).await;
        store.close().await.expect("it closes");
        let store = Store::open(&config)
            .await
            .expect("it is brought up to date");
        after(&store).await;
    }
}

/// The URL of a fresh, empty database.
pub async fn postgres_database() -> String {
    static CLUSTER: OnceCell<String> = OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = CLUSTER.get_or_init(cluster_url).await;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{count}", std::process::id());
    let mut connection = PgConnection::connect(&format!("{server}/postgres"))
        .await
        .expect("the test cluster answers");
    if count == 0 {
        leftovers_drop(&mut connection).await;
    }
    connection
        .execute(sqlx::AssertSqlSafe(format!(
            "DROP DATABASE IF EXISTS {name}"
        )))
        .await
        .expect("an old database of this name goes");
    connection
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .expect("a database is made");
    format!("{server}/{name}")
}

/// Drops the databases of test processes that have ended: in a cluster that many of them share, nobody else does.
async fn leftovers_drop(connection: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar(r"SELECT datname FROM pg_database WHERE datname ~ '^test_\d+_\d+$'")
            .fetch_all(&mut *connection)
            .await
            .unwrap_or_default();
    for name in names {
        let process = name.split('_').nth(1).unwrap_or_default();
        if process == std::process::id().to_string() || Path::new("/proc").join(process).exists() {
            continue;
        }
        // Another process may be dropping it at the same moment.
        let _ = connection
            .execute(sqlx::AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
            )))
            .await;
    }
}

#[allow(clippy::zombie_processes)] // the cluster lives as long as this process, so nobody is left to wait for it
async fn cluster_url() -> String {
    if let Ok(url) = std::env::var("PATCHBAY_TEST_POSTGRES") {
        return url.trim_end_matches('/').to_owned();
    }
    let bin = postgres_bin();
    let directory = tempfile::Builder::new()
        .prefix("patchbay-pg-")
        .tempdir()
        .expect("a temporary directory")
        .keep();
    // initdb refuses to run as root; Debian's package brings the user `postgres`.
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    if root {
        run(Command::new("chown").arg("postgres").arg(&directory));
    }
    let as_postgres = |program: &Path| {
        if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    };
    run(as_postgres(&bin.join("initdb"))
        .args(["--auth=trust", "--username=postgres", "--no-sync", "-D"])
        .arg(directory.join("data")));
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let user = if root { "runuser -u postgres --" } else { "" };
    // The shell waits on a pipe that only this process holds: when the process ends, however it ends, so does the cluster.
    let script = format!(
        "{user} {bin}/postgres -D {data}/data -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} \
         -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 >{data}/log 2>&1 & \
         pid=$!; cat >/dev/null; kill -INT $(head -n 1 {data}/data/postmaster.pid); wait $pid; rm -rf {data}",
        bin = bin.display(),
        data = directory.display(),
    );
    let mut shell = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    // Kept open for the life of the process.
    std::mem::forget(shell.stdin.take());
    let url = format!("postgres://postgres@127.0.0.1:{port}");
    for _ in 0..300 {
        if PgConnection::connect(&format!("{url}/postgres"))
            .await
            .is_ok()
        {
            return url;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "the test cluster did not come up; see {}/log",
        directory.display()
    );
}

fn postgres_bin() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .filter(|bin| bin.join("initdb").exists())
                .collect()
        })
        .unwrap_or_default();
    versions.sort();
    versions
        .pop()
        .expect("PostgreSQL is installed (Debian package `postgresql`)")
}

fn run(command: &mut Command) {
    let output = command.output().expect("the command starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
