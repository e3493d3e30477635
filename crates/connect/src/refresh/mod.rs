//! Keeping OAuth credentials fresh: exactly one request to the provider however many want the token.
//!
//! [`ensure_fresh`] and [`refused`] are what the rest of this room calls. A renewal is a task of its own, so that a
//! caller who goes away does not cut it off; callers in this process wait for the same task, other nodes are kept out
//! by the row lease (`store::connections::refresh_claim`).

mod attempt;
mod schedule;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use patchbay_model::{ConnectionId, StatusReason, ConnectionStatus, Timestamp};
use patchbay_store::connections::ConnectionRow;
use tokio::sync::watch;

use crate::{
    Connector, LiveCredential, UseError,
    credential::{part, unusable, unusable_now},
};

pub(crate) use schedule::next_refresh_at;

/// How a token stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is good.
    Fresh,
    /// It is good, and wants renewing.
    Due,
    /// It has run out.
    Over,
}

/// A request needs this long to reach the app.
const LEEWAY: Duration = Duration::from_millis(250);
/// Longest that a use waits for a renewal.
const WAIT: Duration = Duration::from_secs(45);
/// A token that is refused this soon after it was renewed is not renewed again.
const REFUSED_INTERVAL: Duration = Duration::from_secs(60);

/// How the connection's access token stands.
pub(crate) fn standing(row: &ConnectionRow, now: Timestamp) -> Standing {
    match row.expires_at {
        Some(expires_at) if now.plus(LEEWAY) >= expires_at => Standing::Over,
        _ => {
            let due = row.next_refresh_at.is_some_and(|at| at <= now)
                && row.refresh.next_try_at.is_none_or(|at| at <= now);
            if due { Standing::Due } else { Standing::Fresh }
        }
    }
}

/// Renewals under way in this process.
#[derive(Default)]
pub(crate) struct Refresher {
    flights: Mutex<HashMap<ConnectionId, watch::Receiver<Option<Outcome>>>>,
}

/// How a renewal ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// The row says the rest: a newer credential, or a status that says why there is none.
    Settled,
    /// Not now; perhaps later.
    Later {
        message: String,
        retry_after: Duration,
    },
}

/// Starts a renewal unless one is under way, and does not wait for it.
pub(crate) fn start(connector: &Connector, row: &ConnectionRow) {
    drop(flight(connector, row));
}

fn flight(connector: &Connector, row: &ConnectionRow) -> watch::Receiver<Option<Outcome>> {
    let mut flights = connector
        .inner
        .refresher
        .flights
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(under_way) = flights.get(&row.id) {
        return under_way.clone();
    }
    let (done, waiter) = watch::channel(None);
    flights.insert(row.id.clone(), waiter.clone());
    let connector_of_task = connector.clone();
    let row = row.clone();
    connector.inner.tasks.spawn(async move {
        let outcome = attempt::run(&connector_of_task, &row).await;
        connector_of_task
            .inner
            .refresher
            .flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&row.id);
        let _ = done.send(Some(outcome));
    });
    waiter
}

/// A token that is good now: the one there is, or a renewed one.
pub(crate) async fn ensure_fresh(
    connector: &Connector,
    row: &ConnectionRow,
) -> Result<LiveCredential, UseError> {
    let outcome = wait(flight(connector, row)).await;
    let fresh = connector.row(&row.project, &row.id).await?;
    if let Some(refusal) = unusable(&fresh) {
        return Err(refusal);
    }
    if standing(&fresh, Timestamp::now()) != Standing::Over {
        return connector.open(fresh, part::ACCESS).await;
    }
    match outcome {
        Outcome::Later {
            message,
            retry_after,
        } => Err(UseError::Unavailable {
            connection: fresh.id,
            name: fresh.name,
            message,
            retry_after,
        }),
        Outcome::Settled => Err(unusable_now(&fresh)),
    }
}

async fn wait(mut waiter: watch::Receiver<Option<Outcome>>) -> Outcome {
    let later = |message: &str| Outcome::Later {
        message: message.to_owned(),
        retry_after: Duration::from_secs(5),
    };
    match tokio::time::timeout(WAIT, waiter.wait_for(Option::is_some)).await {
        Ok(Ok(outcome)) => outcome.clone().unwrap_or(Outcome::Settled),
        Ok(Err(_)) => later("The renewal was cut off."),
        Err(_) => later("The provider takes too long to answer."),
    }
}

/// The app refused a token that should still be good: renews it, once in a while.
pub(crate) async fn refused(
    connector: &Connector,
    row: &ConnectionRow,
) -> Result<LiveCredential, UseError> {
    let now = Timestamp::now();
    let just_renewed = row
        .last_refreshed_at
        .is_some_and(|at| at.plus(REFUSED_INTERVAL) > now);
    if just_renewed && standing(row, now) != Standing::Over {
        let marked = connector
            .mark(
                row,
                ConnectionStatus::Error,
                StatusReason::CredentialRejected,
                None,
            )
            .await?;
        return Err(unusable_now(&marked));
    }
    let outcome = wait(flight(connector, row)).await;
    let fresh = connector.row(&row.project, &row.id).await?;
    if let Some(refusal) = unusable(&fresh) {
        return Err(refusal);
    }
    if fresh.generation > row.generation {
        return connector.open(fresh, part::ACCESS).await;
    }
    match outcome {
        Outcome::Later {
            message,
            retry_after,
        } => Err(UseError::Unavailable {
            connection: fresh.id,
            name: fresh.name,
            message,
            retry_after,
        }),
        Outcome::Settled => Err(unusable_now(&fresh)),
    }
}
