//! Counting what was written, so that what was read may serve again while nothing was.
//!
//! SQLite has one process, which counts for itself. A PostgreSQL may have several: each counted unit also counts in the
//! database, and whoever wants the count asks there, unless it is alone ([`crate::nodes`]). One question serves all who
//! wanted it before it was put, so that many requests cost few questions and none is answered from before it came.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement};
use tokio::sync::oneshot;

use crate::{StoreError, StoreResult, nodes::Node};

/// Rows the count is spread over, so that units that commit at the same moment seldom wait for each other.
const SLOTS: u64 = 32;
/// Tells a process's own count from the database's.
const OWN: u64 = 1 << 63;

/// The count of one store. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Changes {
    /// Of the only process there is.
    Own(Arc<AtomicU64>),
    /// Of all processes together.
    Shared(Arc<Shared>),
}

pub(crate) struct Shared {
    database: DatabaseConnection,
    node: Arc<Node>,
    asking: Mutex<Asking>,
    /// Where the next unit is counted.
    slot: AtomicU64,
}

#[derive(Default)]
struct Asking {
    /// Whether a question is under way.
    busy: bool,
    /// Those the next question is for.
    next: Vec<oneshot::Sender<Option<u64>>>,
}

impl Changes {
    pub(crate) fn own() -> Self {
        Self::Own(Arc::default())
    }

    pub(crate) fn shared(database: DatabaseConnection) -> Self {
        Self::Shared(Arc::new(Shared {
            node: Node::new(database.clone()),
            database,
            asking: Mutex::default(),
            slot: AtomicU64::new(std::process::id().into()),
        }))
    }

    pub(crate) async fn read(&self) -> StoreResult<u64> {
        match self {
            Self::Own(count) => Ok(count.load(Ordering::Acquire)),
            Self::Shared(shared) => match shared.node.alone() {
                Some(own) => Ok(own | OWN),
                None => shared.read().await,
            },
        }
    }

    /// Waits until this process may begin a counted unit.
    pub(crate) async fn ready(&self) -> StoreResult<()> {
        match self {
            Self::Own(_) => Ok(()),
            Self::Shared(shared) => shared.node.joined().await,
        }
    }

    /// Says that this process will count no more.
    pub(crate) async fn leave(&self) {
        if let Self::Shared(shared) = self {
            shared.node.leave().await;
        }
    }

    /// Counts a unit that is about to be committed, where that is done in the unit itself.
    pub(crate) async fn before_commit(&self, unit: &DatabaseTransaction) -> StoreResult<()> {
        let Self::Shared(shared) = self else {
            return Ok(());
        };
        // Last of all the unit does, so that the row is locked no longer than the commit takes.
        let slot = shared.slot.fetch_add(1, Ordering::Relaxed) % SLOTS;
        shared.node.count(unit, slot.cast_signed()).await
    }

    /// Counts a unit whose commit has been tried. Whether one whose answer was lost came to pass is not known.
    pub(crate) async fn after_commit(&self) {
        match self {
            Self::Own(count) => {
                count.fetch_add(1, Ordering::Release);
            }
            Self::Shared(shared) => shared.node.counted().await,
        }
    }
}

impl Shared {
    async fn read(self: &Arc<Self>) -> StoreResult<u64> {
        let (sender, answer) = oneshot::channel();
        let first = {
            let mut asking = self.asking();
            asking.next.push(sender);
            !std::mem::replace(&mut asking.busy, true)
        };
        if first {
            // A task of its own: whoever asked first may go away, and the others still want to know.
            tokio::spawn(Arc::clone(self).answer());
        }
        match answer.await {
            Ok(Some(count)) => Ok(count),
            _ => Err(StoreError::Unavailable(DbErr::Custom(
                "the count of changes could not be read".to_owned(),
            ))),
        }
    }

    async fn answer(self: Arc<Self>) {
        loop {
            let waiting = {
                let mut asking = self.asking();
                if asking.next.is_empty() {
                    asking.busy = false;
                    return;
                }
                std::mem::take(&mut asking.next)
            };
            let count = match self.count().await {
                Ok(count) => Some(count),
                Err(error) => {
                    tracing::warn!(%error, "the count of changes could not be read");
                    None
                }
            };
            for sender in waiting {
                // Whoever went away needs no answer.
                let _ = sender.send(count);
            }
        }
    }

    async fn count(&self) -> StoreResult<u64> {
        let row = self
            .database
            .query_one_raw(Statement::from_string(
                self.database.get_database_backend(),
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM change_counts",
            ))
            .await?;
        let count: i64 = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or_default();
        Ok(count.unsigned_abs())
    }

    fn asking(&self) -> std::sync::MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
