//! What happens by itself: timers, schedules, signs of life, sweeps.

use std::{sync::atomic::Ordering, time::Duration};

use patchbay_flow::trigger_data;
use patchbay_model::{RunId, RunKind, Timestamp};
use patchbay_store::{
    Engine, StoreResult,
    flows::{DueFlow, tick_take, ticks_due, version_document},
    runs::{NewRun, leases_expire, leases_extend, next_wake, run_insert, timers_fire},
};
use serde_json::json;

use super::dispatch::LEASE;
use crate::{Runner, Schedule};

/// How often clocks are looked at.
const CLOCK_EVERY: Duration = Duration::from_millis(500);
/// How often connections of held runs are looked at, and leases of silent nodes.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How often a node says that it lives: three times before a lease runs out.
const BEAT_EVERY: Duration = Duration::from_secs(8);
/// Schedules that are started in one look.
const TICKS: u64 = 100;

impl Runner {
    /// Wakes runs whose delay is over.
    pub(super) async fn timers(self) {
        loop {
            if let Err(error) = self.timers_once().await {
                tracing::warn!(%error, "timers cannot be read; trying again");
            }
            tokio::time::sleep(CLOCK_EVERY).await;
        }
    }

    async fn timers_once(&self) -> StoreResult<()> {
        let now = self.now();
        let due = next_wake(self.store().reader())
            .await?
            .is_some_and(|at| at <= now);
        if !due {
            return Ok(());
        }
        let tx = self.store().begin_uncounted().await?;
        let fired = timers_fire(&tx, now).await?;
        tx.commit().await?;
        if fired > 0 {
            self.queue_changed();
        }
        Ok(())
    }

    /// Starts the runs of schedules that are due.
    pub(super) async fn schedules(self) {
        loop {
            if let Err(error) = self.schedules_once().await {
                tracing::warn!(%error, "schedules cannot be read; trying again");
            }
            tokio::time::sleep(CLOCK_EVERY).await;
        }
    }

    async fn schedules_once(&self) -> StoreResult<()> {
        for due in ticks_due(self.store().reader(), self.now(), TICKS).await? {
            if let Err(error) = self.schedule_run(&due).await {
                tracing::warn!(%error, flow = %due.id, "a scheduled run could not be started; trying again");
            }
        }
        Ok(())
    }

    /// Starts the run of one tick, exactly once over all nodes. Ticks that passed while nobody was there to see them
    /// make one run together.
    async fn schedule_run(&self, due: &DueFlow) -> StoreResult<()> {
        let now = self.now();
        let db = self.store().reader();
        let Some(document) = version_document(db, &due.project, &due.id, due.version).await? else {
            return Ok(());
        };
        let schedule = match Schedule::of(&document.trigger) {
            Ok(schedule) => schedule,
            Err(error) => {
                tracing::error!(%error, flow = %due.id, "a published schedule cannot be read; it does not run any more");
                None
            }
        };
        let next = schedule.as_ref().and_then(|schedule| schedule.next(now));
        let new = NewRun {
            id: RunId::new(),
            project: due.project.clone(),
            flow: due.id.clone(),
            version: Some(due.version),
            kind: RunKind::Live,
            trigger_kind: "schedule".to_owned(),
            trigger: trigger_data(&document.trigger, &tick(due.tick, now)),
            document: None,
            depth: 0,
            retry_of: None,
            idempotency: None,
            at: now,
        };
        let tx = self.store().begin_uncounted().await?;
        if !tick_take(&tx, due, next).await? {
            return Ok(());
        }
        if schedule.is_some() {
            run_insert(&tx, &new).await?;
        }
        tx.commit().await?;
        self.queue_changed();
        Ok(())
    }

    /// Looks for what no event has told: connections mended by other nodes, nodes that have gone silent.
    pub(super) async fn sweeps(self) {
        loop {
            if let Err(error) = self.held_sweep().await {
                tracing::warn!(%error, "held runs are looked at again later");
            }
            if let Err(error) = self.polls_sweep().await {
                tracing::warn!(%error, "paused polls are looked at again later");
            }
            if let Err(error) = self.orphans_requeue().await {
                tracing::warn!(%error, "claims are looked at again later");
            }
            // The one process of a SQLite file finds its runs at its start.
            if self.store().engine() == Engine::Postgres
                && let Err(error) = self.leases_sweep().await
            {
                tracing::warn!(%error, "leases are looked at again later");
            }
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    async fn leases_sweep(&self) -> StoreResult<()> {
        let tx = self.store().begin_uncounted().await?;
        let runs = leases_expire(&tx, self.now()).await?;
        tx.commit().await?;
        if runs > 0 {
            tracing::warn!(runs, "runs of a worker that has gone silent go on");
            self.queue_changed();
        }
        Ok(())
    }

    /// Says that this process works on its runs, and learns which of them are to be stopped or are another's by now.
    pub(super) async fn heartbeats(self) {
        if self.store().engine() == Engine::Sqlite {
            return;
        }
        let stopping = &self.inner.stopping;
        // Also while the last runs come to their end.
        while !(stopping.is_cancelled() && self.active().is_empty()) {
            let woken = stopping.is_cancelled();
            let wait = if woken {
                Duration::from_secs(1)
            } else {
                BEAT_EVERY
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopping.cancelled(), if !woken => {}
            }
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "no sign of life could be given; trying again");
            }
        }
    }

    async fn beat(&self) -> StoreResult<()> {
        let before: Vec<RunId> = self
            .active()
            .iter()
            .filter(|(_, run)| run.written.load(Ordering::Acquire))
            .map(|(id, _)| id.clone())
            .collect();
        if before.is_empty() {
            return Ok(());
        }
        let tx = self.store().begin_uncounted().await?;
        let mine = leases_extend(&tx, &self.inner.node, self.now(), LEASE).await?;
        tx.commit().await?;
        let active = self.active();
        for id in before {
            let Some(run) = active.get(&id) else {
                continue;
            };
            match mine.iter().find(|beat| beat.run == id) {
                Some(beat) if beat.cancel_requested => run.cancel.cancel(),
                Some(_) => {}
                None => run.lost.cancel(),
            }
        }
        Ok(())
    }
}

/// What a tick brings.
pub(crate) fn tick(scheduled: Timestamp, fired: Timestamp) -> serde_json::Value {
    json!({"scheduledAt": scheduled, "firedAt": fired})
}
