//! The schedule: renewals ahead of time, recovery after a crash, and statuses that have to say that a token ran out.

use std::{collections::HashSet, sync::Arc, time::Duration};

use patchbay_model::Timestamp;
use patchbay_store::connections::{
    ConnectionRow, database_now, expired_active, refresh_due, refresh_interrupted, refresh_park,
    refresh_unsettled, refresh_wake,
};
use tokio::time::Instant;

use super::{Want, attempt, flight, status};
use crate::{ConnectResult, Connector};

/// A connection that nobody used for this long is renewed when somebody does.
const IDLE_AFTER: Duration = Duration::from_hours(7 * 24);
/// How many rows a round looks at.
const BATCH: u64 = 200;
/// How often idle connections are taken off the schedule.
const PARK_EVERY: Duration = Duration::from_mins(1);
/// Shortest time between two rounds.
const ROUND_MIN: Duration = Duration::from_millis(25);

/// Where the schedule stands. Starts with a round at once, which picks up what a crash has left behind.
#[derive(Default)]
pub(crate) struct Schedule {
    next: Option<Instant>,
    parked: Option<Instant>,
}

impl Schedule {
    /// Waits until something may be due. Cancelling it loses nothing.
    pub(crate) async fn ready(&self) {
        if let Some(next) = self.next {
            tokio::time::sleep_until(next).await;
        }
    }

    /// One round: starts what is due and does not wait for it.
    pub(crate) async fn round(&mut self, connector: &Connector) -> ConnectResult<()> {
        let poll = connector.inner.refresher.timings().poll;
        self.next = Some(Instant::now() + poll);
        let full = work(connector).await?;
        let now = Timestamp::now();
        if self.parked.is_none_or(|at| at.elapsed() >= PARK_EVERY) {
            self.parked = Some(Instant::now());
            let tx = connector.store().begin_uncounted().await?;
            refresh_park(&*tx, now, now.minus(IDLE_AFTER)).await?;
            tx.commit().await?;
        }
        let wake = refresh_wake(connector.store().reader(), now).await?;
        let pause = if full { ROUND_MIN } else { poll };
        let pause = wake.map_or(pause, |at| pause.min(now.until(at)));
        self.next = Some(Instant::now() + pause.max(ROUND_MIN));
        Ok(())
    }
}

/// Starts what is due; whether there was more than one round takes.
async fn work(connector: &Connector) -> ConnectResult<bool> {
    let reader = connector.store().reader();
    let now = Timestamp::now();
    let shared = database_now(reader).await?;
    let node = &connector.inner.node;
    let mut seen = HashSet::new();
    // What was cut off comes first: a spent refresh token is taken once more only for some seconds.
    for row in refresh_interrupted(reader, shared, node, BATCH).await? {
        tracing::info!(connection = %row.id, "taking up a renewal that was cut off");
        seen.insert(row.id.clone());
        launch(connector, &row).await?;
    }
    let due = refresh_due(reader, now, now.minus(IDLE_AFTER), BATCH).await?;
    let full = due.len() as u64 == BATCH;
    let unsettled = refresh_unsettled(reader, now, BATCH).await?;
    for row in unsettled.iter().chain(&due) {
        if seen.insert(row.id.clone()) && !launch(connector, row).await? {
            break;
        }
    }
    for row in expired_active(reader, now, BATCH).await? {
        if !connector.inner.refresher.flights.is_under_way(&row.id) {
            status::settle(connector, &row).await?;
        }
    }
    Ok(full)
}

/// Starts a renewal if there is room. `false`: there is none left for any.
async fn launch(connector: &Connector, row: &ConnectionRow) -> ConnectResult<bool> {
    let refresher = &connector.inner.refresher;
    if refresher.flights.is_under_way(&row.id) {
        return Ok(true);
    }
    let Ok(permit) = Arc::clone(&refresher.ahead).try_acquire_owned() else {
        return Ok(false);
    };
    // An app that has left the catalog: nothing to ask, its token ends when it ends.
    if let Ok(app) = connector.app(&row.app)
        && let Err(shut) = refresher.gates.peek(row, &app)
    {
        attempt::postpone(connector, row, &shut).await?;
        return Ok(true);
    }
    drop(flight::join(connector, row, Want::Ahead, Some(permit)));
    Ok(true)
}
