//! Which processes share a PostgreSQL, so that one that is alone need not ask it whether another has written.
//!
//! A node has a row with a lease and renews it. Each time it learns whether there are others; that it is alone counts
//! for [`ALONE_FOR`] from before it asked. A node that comes waits that long before its first counted write
//! ([`JOIN_WAIT`]), so by then nobody takes itself for alone any more. A lease that has run out is not renewed: the node
//! comes anew, under a new id, and waits again. The database's clock decides which leases hold, each process's own only
//! how long it may rely on what it was told, so clocks need not agree.

use std::{
    sync::{
        Arc, Mutex, Once, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, Value};
use tokio::{sync::watch, time::Instant};

use crate::{StoreError, StoreResult};

/// How often a lease is renewed.
const BEAT: Duration = Duration::from_millis(400);
/// How long a node relies on having been alone.
const ALONE_FOR: Duration = Duration::from_secs(1);
/// How long a node that finds others waits before it is one of them.
const JOIN_WAIT: Duration = Duration::from_millis(1200);
/// How long a node counts after its last renewal.
const LEASE: Duration = Duration::from_secs(4);
/// How long a write waits for its node to be one of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// One process among those that share a database.
pub(crate) struct Node {
    database: DatabaseConnection,
    place: Mutex<Option<Place>>,
    /// Tells when a place is got or lost.
    turns: watch::Sender<()>,
    started: Once,
    left: AtomicBool,
    /// Of this process's counted writes, and of the times it became alone.
    own: AtomicU64,
}

#[derive(Clone, Copy)]
struct Place {
    id: i64,
    lease: Instant,
    alone: Option<Instant>,
}

impl Node {
    pub(crate) fn new(database: DatabaseConnection) -> Arc<Self> {
        Arc::new(Self {
            database,
            place: Mutex::default(),
            turns: watch::Sender::new(()),
            started: Once::new(),
            left: AtomicBool::new(false),
            own: AtomicU64::new(0),
        })
    }

    /// A mark that changes with every counted write, as long as this process is the only one; `None` when it is not, or
    /// does not know.
    pub(crate) fn alone(self: &Arc<Self>) -> Option<u64> {
        self.start();
        // Before the clock is read: a write that ends in between makes this mark out of date.
        let own = self.own.load(Ordering::Acquire);
        let alone = self.place()?.alone?;
        (Instant::now() < alone).then_some(own)
    }

    /// Waits until this process may write what others remember.
    ///
    /// # Errors
    /// When the database cannot be reached for ten seconds.
    pub(crate) async fn joined(self: &Arc<Self>) -> StoreResult<()> {
        self.start();
        let mut turns = self.turns.subscribe();
        let waiting = async {
            while !self.holds_place() {
                if turns.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .map_err(|_| away())
    }

    /// Counts a unit that is about to be committed, unless this node's place has been lost meanwhile.
    pub(crate) async fn count(&self, unit: &DatabaseTransaction, slot: i64) -> StoreResult<()> {
        let Some(Place { id, .. }) = self.place() else {
            return Err(away());
        };
        let done = unit
            .execute_raw(self.statement(
                "INSERT INTO change_counts (slot, count) \
                 SELECT $1, 1 WHERE EXISTS (SELECT 1 FROM nodes WHERE id = $2 AND until > clock_timestamp()) \
                 ON CONFLICT (slot) DO UPDATE SET count = change_counts.count + 1",
                [slot.into(), id.into()],
            ))
            .await?;
        if done.rows_affected() == 0 {
            return Err(away());
        }
        Ok(())
    }

    /// Notes that a counted unit's commit has been tried, before its writer learns of it.
    pub(crate) async fn counted(&self) {
        self.own.fetch_add(1, Ordering::Release);
        if !self.holds_place() {
            // The lease ran out in the middle of the commit: somebody may have been alone without knowing of it.
            tokio::time::sleep(ALONE_FOR + ALONE_FOR).await;
        }
    }

    /// Gives the place up for good, so that whoever is left knows at once.
    pub(crate) async fn leave(&self) {
        self.left.store(true, Ordering::Release);
        if let Some(Place { id, .. }) = self.place_take() {
            // Without it the lease runs out by itself.
            let _ = tokio::time::timeout(Duration::from_secs(1), self.gone(id)).await;
        }
    }

    fn start(self: &Arc<Self>) {
        self.started
            .call_once(|| drop(tokio::spawn(keep(Arc::downgrade(self)))));
    }

    fn place(&self) -> Option<Place> {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place_take(&self) -> Option<Place> {
        let taken = self
            .place
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.turns.send_replace(());
        taken
    }

    fn holds_place(&self) -> bool {
        self.place()
            .is_some_and(|place| Instant::now() < place.lease)
    }

    /// Takes a place or renews it. `asked` is from before the database was asked.
    fn place_put(&self, id: i64, asked: Instant, others: i64) {
        let alone = (others == 0).then(|| asked + ALONE_FOR);
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let was_alone = place.is_some_and(|place| place.alone.is_some_and(|until| asked < until));
        if alone.is_some() && !was_alone {
            // What was remembered when last alone is from before others may have written.
            self.own.fetch_add(1, Ordering::Release);
        }
        *place = Some(Place {
            id,
            lease: asked + LEASE,
            alone,
        });
        drop(place);
        self.turns.send_replace(());
    }

    async fn beat(&self) -> StoreResult<()> {
        let asked = Instant::now();
        let Some(Place { id, lease, .. }) = self.place() else {
            return self.join().await;
        };
        let others = self
            .others(
                "UPDATE nodes SET until = clock_timestamp() + make_interval(secs => $2) \
                 WHERE id = $1 AND until > clock_timestamp() RETURNING \
                 (SELECT count(*) FROM nodes AS o WHERE o.id <> $1 AND o.until > clock_timestamp())",
                [id.into(), LEASE.as_secs_f64().into()],
            )
            .await?;
        match others {
            // Told in time: the lease has never run out in anybody's eyes.
            Some(others) if Instant::now() < lease => {
                self.place_put(id, asked, others);
                Ok(())
            }
            _ => {
                self.place_take();
                self.gone(id).await?;
                self.join().await
            }
        }
    }

    async fn join(&self) -> StoreResult<()> {
        let asked = Instant::now();
        let insert = self.statement(
            "INSERT INTO nodes (until) VALUES (clock_timestamp() + make_interval(secs => $1)) RETURNING id",
            [LEASE.as_secs_f64().into()],
        );
        let row = self.database.query_one_raw(insert).await?;
        let id: i64 = row.ok_or_else(away)?.try_get_by_index(0)?;
        // Those long gone.
        self.database
            .execute_unprepared(
                "DELETE FROM nodes WHERE until < clock_timestamp() - interval '1 minute'",
            )
            .await?;
        let mut others = self.look(id).await?;
        if others != Some(0) {
            tokio::time::sleep(JOIN_WAIT).await;
            others = self.look(id).await?;
        }
        match others {
            Some(others) if asked.elapsed() < LEASE / 2 => self.place_put(id, asked, others),
            // Too slow to rely on; the next beat tries again.
            _ => self.gone(id).await?,
        }
        Ok(())
    }

    async fn gone(&self, id: i64) -> StoreResult<()> {
        let delete = self.statement("DELETE FROM nodes WHERE id = $1", [id.into()]);
        self.database.execute_raw(delete).await?;
        Ok(())
    }

    /// How many others there are, if this one's lease holds.
    async fn look(&self, id: i64) -> StoreResult<Option<i64>> {
        self.others(
            "SELECT (SELECT count(*) FROM nodes AS o WHERE o.id <> $1 AND o.until > clock_timestamp()) \
             FROM nodes WHERE id = $1 AND until > clock_timestamp()",
            [id.into()],
        )
        .await
    }

    async fn others<const N: usize>(
        &self,
        sql: &str,
        values: [Value; N],
    ) -> StoreResult<Option<i64>> {
        let asked = self.statement(sql, values);
        let row = self.database.query_one_raw(asked).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    fn statement<const N: usize>(&self, sql: &str, values: [Value; N]) -> Statement {
        Statement::from_sql_and_values(self.database.get_database_backend(), sql, values)
    }
}

async fn keep(node: Weak<Node>) {
    loop {
        let Some(node) = node
            .upgrade()
            .filter(|node| !node.left.load(Ordering::Acquire))
        else {
            return;
        };
        if let Err(error) = node.beat().await {
            tracing::warn!(%error, "this node's lease could not be renewed");
        }
        drop(node);
        tokio::time::sleep(BEAT).await;
    }
}

fn away() -> StoreError {
    StoreError::Unavailable(DbErr::Custom(
        "this node was cut off from the database and is not one of those that share it yet"
            .to_owned(),
    ))
}
