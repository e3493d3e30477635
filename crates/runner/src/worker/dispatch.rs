//! Handing queued runs to workers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use patchbay_model::{ProjectId, RunId};
use patchbay_store::{
    Engine, StoreResult,
    runs::{ClaimedRun, leases_count, leases_drop, leases_forget, queue_has_work, run_claim},
};
use tokio_util::sync::CancellationToken;

use super::execute::Taken;
use crate::{Runner, runner::Active};

/// How long a claim holds without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How often the queue is looked at unasked: what other nodes queued is found this way.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Runner {
    /// Begins to carry runs out, until `stop`. Then [`Runner::drain`] waits for what is under way.
    pub fn start(&self, stop: &CancellationToken) {
        let inner = &self.inner;
        inner.carrying.store(true, Ordering::Release);
        let stopping = inner.stopping.clone();
        let until = stop.clone();
        inner.tasks.spawn(async move {
            until.cancelled().await;
            stopping.cancel();
        });
        self.spawn(self.clone().dispatch());
        self.spawn(self.clone().connections_follow());
        self.spawn(self.clone().timers());
        self.spawn(self.clone().schedules());
        self.spawn(self.clone().polls());
        self.spawn(self.clone().sweeps());
        inner.tasks.spawn(self.clone().heartbeats());
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.inner.stopping.clone();
        self.inner.tasks.spawn(async move {
            let _ = stopping.run_until_cancelled(work).await;
        });
    }

    /// Waits until what is under way has come to a place to go on from, at most `limit`; what takes longer is cut off
    /// and goes on after the next start, its calls with the same Idempotency-Key.
    pub async fn drain(&self, limit: Duration) {
        let inner = &self.inner;
        inner.stopping.cancel();
        inner.tasks.close();
        if tokio::time::timeout(limit, inner.tasks.wait())
            .await
            .is_err()
        {
            let runs = self.active().len();
            tracing::warn!(
                runs,
                "runs under way are cut off; they go on after the next start"
            );
            inner.letting_go.cancel();
            if tokio::time::timeout(Duration::from_secs(2), inner.tasks.wait())
                .await
                .is_err()
            {
                tracing::warn!("some runs could not be given back; their leases run out");
            }
        }
    }

    async fn dispatch(self) {
        self.recover().await;
        loop {
            match self.dispatch_once().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the queue cannot be read; trying again"),
            }
            tokio::select! {
                () = self.inner.queued.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// A SQLite file has one process: whatever is marked as running was running when the last one ended.
    async fn recover(&self) {
        if self.store().engine() != Engine::Sqlite {
            return;
        }
        loop {
            match self.leases_forget().await {
                Ok(0) => return,
                Ok(runs) => {
                    tracing::info!(runs, "runs that were cut off go on");
                    return;
                }
                Err(error) => tracing::warn!(%error, "the queue cannot be read; trying again"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn leases_forget(&self) -> StoreResult<u64> {
        let tx = self.store().begin_uncounted().await?;
        let again = leases_forget(&tx, &self.inner.node).await?;
        tx.commit().await?;
        Ok(again)
    }

    /// Claims what there is room for. True when more may be there.
    async fn dispatch_once(&self) -> StoreResult<bool> {
        let workers = self.inner.parts.workers.max(1);
        let (room, busy) = self.room(workers);
        if room == 0 {
            return Ok(false);
        }
        // Before it is asked, so that a run queued meanwhile counts.
        self.inner.backlog.store(false, Ordering::Release);
        if !queue_has_work(self.store().reader()).await? {
            return Ok(false);
        }
        self.inner.backlog.store(true, Ordering::Release);
        // What is claimed and not yet under way must not look forgotten to the sweep.
        let _claiming = self.inner.claiming.lock().await;
        let mut claimed = self.claim(room, &busy).await?;
        if claimed.is_empty() && !busy.is_empty() {
            // Nobody else waits: then a busy project may have the rest.
            claimed = self.claim(room, &[]).await?;
        }
        let some = !claimed.is_empty();
        for run in claimed {
            self.begin(run);
        }
        Ok(some)
    }

    /// Queues again what this process claimed and does not work on: a write that could not be made has left it there.
    pub(super) async fn orphans_requeue(&self) -> StoreResult<()> {
        let _claiming = self.inner.claiming.lock().await;
        let claimed = leases_count(self.store().reader(), &self.inner.node).await?;
        let keep: Vec<RunId> = self.active().keys().cloned().collect();
        if claimed <= keep.len() as u64 {
            return Ok(());
        }
        let tx = self.store().begin_uncounted().await?;
        let runs = leases_drop(&tx, &self.inner.node, &keep).await?;
        tx.commit().await?;
        if runs > 0 {
            tracing::warn!(runs, "runs that were let go of without a word go on");
            self.queue_changed();
        }
        Ok(())
    }

    /// How many more runs this process can take, and which projects have half of its workers already.
    pub(super) fn room(&self, workers: usize) -> (usize, Vec<ProjectId>) {
        let active = self.active();
        let room = workers.saturating_sub(active.len());
        let mut counts = std::collections::HashMap::<&ProjectId, usize>::new();
        for run in active.values() {
            *counts.entry(&run.project).or_default() += 1;
        }
        let busy = counts
            .into_iter()
            .filter(|(_, count)| *count * 2 >= workers && workers > 1)
            .map(|(project, _)| project.clone())
            .collect();
        (room, busy)
    }

    async fn claim(&self, room: usize, busy: &[ProjectId]) -> StoreResult<Vec<ClaimedRun>> {
        let tx = self.store().begin_uncounted().await?;
        let now = self.now();
        let claimed = run_claim(&tx, &self.inner.node, busy, room as u64, now, LEASE).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    fn begin(&self, claimed: ClaimedRun) {
        let run = claimed.run.clone();
        self.run_changed(&run.id);
        self.put_under_way(&run.id, &run.project, Taken::Claimed(Box::new(claimed)));
    }

    pub(super) fn put_under_way(&self, run: &RunId, project: &ProjectId, taken: Taken) {
        let active = Active {
            project: project.clone(),
            cancel: CancellationToken::new(),
            lost: CancellationToken::new(),
            written: Arc::new(AtomicBool::new(matches!(taken, Taken::Claimed(_)))),
        };
        self.active().insert(run.clone(), active.clone());
        // Dropped also when the run panics, so that its place is given free.
        let place = Place {
            runner: self.clone(),
            run: run.clone(),
        };
        self.inner.tasks.spawn(async move {
            Box::pin(place.runner.execute(taken, active)).await;
        });
    }
}

/// A worker's place, given free when dropped.
struct Place {
    runner: Runner,
    run: RunId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.runner.active().remove(&self.run);
        self.runner.place_freed();
    }
}
