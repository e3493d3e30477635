//! What is done now and then: writing uses, ending attempts, renewing ahead of time, emptying the trash.

use std::time::Duration;

use patchbay_model::Timestamp;
use patchbay_store::{connect_sessions::sessions_sweep, connections::orphans_expire};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{ConnectResult, Connector, refresh::ahead::Schedule};

const USES_EVERY: Duration = Duration::from_millis(500);
const SWEEP_EVERY: Duration = Duration::from_secs(15);
const TRASH_EVERY: Duration = Duration::from_hours(1);
/// Attempts that have ended can still be looked at for a day.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);

impl Connector {
    /// Runs until the future is dropped. What fails is tried again in the next round.
    pub async fn upkeep(&self) {
        let mut schedule = Schedule::default();
        let mut uses = every(USES_EVERY);
        let mut sweep = every(SWEEP_EVERY);
        let mut trash = every(TRASH_EVERY);
        loop {
            tokio::select! {
                () = schedule.ready() => report("renewing tokens", schedule.round(self).await),
                _ = uses.tick() => report("writing uses", self.used_write_due().await),
                _ = sweep.tick() => report("ending connect sessions", self.sweep().await),
                _ = trash.tick() => report("emptying the trash", self.trash_empty().await.map(drop)),
            }
        }
    }

    async fn sweep(&self) -> ConnectResult<()> {
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        sessions_sweep(&*tx, now, now.minus(SESSIONS_KEPT)).await?;
        orphans_expire(&*tx, now).await?;
        Ok(tx.commit().await?)
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn report(what: &str, done: ConnectResult<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what} failed");
    }
}
