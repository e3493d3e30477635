//! Writing outcomes down, many runs' in one commit.
//!
//! A durable commit costs a flush of the disk. Whoever comes first commits for everybody who came meanwhile, so a busy
//! process needs few flushes and an idle one waits for nobody.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use patchbay_store::{
    Store, StoreError, StoreResult,
    runs::{JournalWrite, journal_write, journal_write_many},
};
use tokio::sync::oneshot;

type Entry = (Arc<JournalWrite>, oneshot::Sender<StoreResult<bool>>);

/// Writes that go into one commit at most.
const BATCH: usize = 64;
/// Waits between tries while the database is away.
const AWAY: [u64; 6] = [100, 500, 1_000, 2_000, 5_000, 10_000];

pub(crate) struct Journal {
    store: Store,
    pending: Mutex<Vec<Entry>>,
    turn: tokio::sync::Mutex<()>,
}

impl Journal {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            pending: Mutex::new(Vec::new()),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Writes durably. False when the run is another worker's by now. While the database is away it is tried again for
    /// a while: what happened at an app must not be forgotten.
    pub(crate) async fn write(&self, write: &Arc<JournalWrite>) -> StoreResult<bool> {
        let mut waits = AWAY.iter();
        loop {
            match self.write_together(Arc::clone(write)).await {
                // Of a run that begins nothing has happened yet, and its caller waits.
                Err(error) if error.is_failure() && write.begin.is_none() => {
                    let Some(wait) = waits.next() else {
                        return Err(error);
                    };
                    tracing::warn!(%error, run = %write.fence.run, "the journal cannot be written; trying again");
                    tokio::time::sleep(Duration::from_millis(*wait)).await;
                }
                other => return other,
            }
        }
    }

    async fn write_together(&self, write: Arc<JournalWrite>) -> StoreResult<bool> {
        let (sender, mut receiver) = oneshot::channel();
        self.pending().push((write, sender));
        loop {
            let _turn = self.turn.lock().await;
            match receiver.try_recv() {
                Ok(result) => return result,
                Err(oneshot::error::TryRecvError::Closed) => return Err(StoreError::Conflict),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let batch: Vec<Entry> = {
                let mut pending = self.pending();
                let count = pending.len().min(BATCH);
                pending.drain(..count).collect()
            };
            self.commit(batch).await;
        }
    }

    async fn commit(&self, batch: Vec<Entry>) {
        let results = match self.write_batch(&batch).await {
            Ok(results) => results.into_iter().map(Ok).collect(),
            Err(error) if batch.len() == 1 => vec![Err(error)],
            // One write that cannot be made must not fail the others.
            Err(_) => {
                let mut results = Vec::with_capacity(batch.len());
                for (write, _) in &batch {
                    results.push(self.write_alone(write).await);
                }
                results
            }
        };
        for ((write, sender), result) in batch.into_iter().zip(results) {
            // Before the writer hears of it, so that what it wrote is its own again.
            drop(write);
            // A writer that was dropped meanwhile needs no answer.
            let _ = sender.send(result);
        }
    }

    async fn write_batch(&self, batch: &[Entry]) -> StoreResult<Vec<bool>> {
        let tx = self.store.begin_uncounted().await?;
        let writes: Vec<&JournalWrite> = batch.iter().map(|(write, _)| &**write).collect();
        let results = journal_write_many(&tx, &writes).await?;
        tx.commit().await?;
        Ok(results)
    }

    async fn write_alone(&self, write: &JournalWrite) -> StoreResult<bool> {
        let tx = self.store.begin_uncounted().await?;
        let written = journal_write(&tx, write).await?;
        tx.commit().await?;
        Ok(written)
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
