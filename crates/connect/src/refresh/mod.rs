//! Keeping OAuth credentials fresh: exactly one request to the provider however many want the token.
//!
//! [`standing`], [`start`], [`ensure_fresh`] and [`refused`] are what the rest of this room calls; [`ahead`] is the
//! schedule. One renewal: [`flight`] (one task a connection in this process) makes [`attempt`]s (the row lease keeps
//! other nodes out; announced durably before the token is spent), whose answers [`keep`] stores and whose failures
//! [`failure`] weighs. [`gate`] keeps a failing provider from holding up the others.

pub(crate) mod ahead;
mod attempt;
mod elsewhere;
mod failure;
mod flight;
mod gate;
mod keep;
mod schedule;
mod status;
mod timings;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use patchbay_model::{ConnectionId, Timestamp};
use patchbay_store::connections::ConnectionRow;
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    Connector, LiveCredential, UseError,
    credential::{part, unusable, unusable_now},
};

use attempt::Presented;
use failure::Class;
pub(crate) use schedule::{next_refresh_at, next_renewal_at};
pub use timings::RefreshTimings;

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
/// A token from further in the future than this was made before the clock was set back.
const SET_BACK: Duration = Duration::from_mins(1);
/// Renewals ahead of time in flight at once.
const AHEAD_IN_FLIGHT: usize = 64;
/// How often a use joins or starts a renewal before it gives up.
const ROUNDS: usize = 3;

/// How the connection's access token stands.
pub(crate) fn standing(row: &ConnectionRow, now: Timestamp) -> Standing {
    if row.expires_at.is_some_and(|at| now.plus(LEEWAY) >= at) {
        return Standing::Over;
    }
    let set_back = row.refreshable
        && row
            .last_refreshed_at
            .is_some_and(|at| at > now.plus(SET_BACK));
    let due = row.next_refresh_at.is_some_and(|at| at <= now)
        && row.refresh.next_try_at.is_none_or(|at| at <= now);
    if due || set_back {
        Standing::Due
    } else {
        Standing::Fresh
    }
}

/// Why a renewal is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    /// The schedule says so; nobody waits.
    Ahead,
    /// Somebody waits.
    Demand,
}

/// What renewals share in this process.
pub(crate) struct Refresher {
    flights: flight::Flights,
    gates: gate::Gates,
    ahead: Arc<Semaphore>,
    /// When a refused token was last the reason for a renewal.
    forced: Mutex<HashMap<ConnectionId, Instant>>,
    timings: OnceLock<RefreshTimings>,
}

impl Default for Refresher {
    fn default() -> Self {
        Self {
            flights: flight::Flights::default(),
            gates: gate::Gates::default(),
            ahead: Arc::new(Semaphore::new(AHEAD_IN_FLIGHT)),
            forced: Mutex::default(),
            timings: OnceLock::new(),
        }
    }
}

impl Refresher {
    fn timings(&self) -> &RefreshTimings {
        self.timings.get_or_init(RefreshTimings::default)
    }

    /// Whether a refused token may be a reason to renew now; if so, it is not for a while.
    fn may_force(&self, id: &ConnectionId) -> bool {
        let interval = self.timings().refused_interval;
        let mut forced = self.forced.lock().unwrap_or_else(PoisonError::into_inner);
        forced.retain(|_, at| at.elapsed() < interval);
        let may = !forced.contains_key(id);
        if may {
            forced.insert(id.clone(), Instant::now());
        }
        may
    }
}

impl Connector {
    /// Sets how long things about renewals take, before the first of them. Answers whether that was still possible.
    pub fn refresh_timings_set(&self, timings: RefreshTimings) -> bool {
        self.inner.refresher.timings.set(timings).is_ok()
    }

    /// Lets the app's connections be renewed at once, after its OAuth client was changed.
    pub(crate) fn refresh_unblocked(&self, project: &patchbay_model::ProjectId, app: &str) {
        self.inner.refresher.gates.open_again(project, app);
    }
}

/// What a changed OAuth client is the remedy for.
pub(crate) const BLOCKED_BY_CLIENT: &str = Class::App.as_str();

/// How a renewal ended.
#[derive(Debug, Clone)]
enum Outcome {
    /// The row says the rest: a newer credential, or a status that says why there is none.
    Settled,
    /// Another node is at it.
    Elsewhere,
    /// Not now; perhaps later.
    Later {
        message: String,
        retry_after: Duration,
    },
}

impl Outcome {
    fn later(class: Option<Class>, retry_after: Duration) -> Self {
        let message = class.map_or("Too many renewals are under way.", Class::sentence);
        Self::Later {
            message: message.to_owned(),
            retry_after: retry_after.max(Duration::from_secs(1)),
        }
    }

    /// The same with other words.
    fn said(self, words: &str) -> Self {
        match self {
            Self::Later { retry_after, .. } => Self::Later {
                message: crate::error::sentence(words),
                retry_after,
            },
            other => other,
        }
    }
}

/// Starts a renewal unless one is under way, and does not wait for it.
pub(crate) fn start(connector: &Connector, row: &ConnectionRow) {
    drop(flight::join(connector, row, Want::Ahead, None));
}

/// A token that is good now: the one there is, or a renewed one.
pub(crate) async fn ensure_fresh(
    connector: &Connector,
    row: &ConnectionRow,
) -> Result<LiveCredential, UseError> {
    let good = |fresh: &ConnectionRow| standing(fresh, Timestamp::now()) != Standing::Over;
    let fresh = renewed(connector, row, good).await?;
    connector.open(fresh, part::ACCESS).await
}

/// Waits for a renewal. What a renewal has just brought is good whatever its lifetime says; else `good` decides.
async fn renewed(
    connector: &Connector,
    row: &ConnectionRow,
    good: impl Fn(&ConnectionRow) -> bool,
) -> Result<ConnectionRow, UseError> {
    let end = Instant::now() + connector.inner.refresher.timings().wait;
    let mut round = 0;
    loop {
        round += 1;
        let flight = flight::join(connector, row, Want::Demand, None);
        let of_schedule = flight.want == Want::Ahead;
        let outcome = flight
            .outcome(end.saturating_duration_since(Instant::now()))
            .await;
        let fresh = connector.row(&row.project, &row.id).await?;
        if let Some(refusal) = unusable(&fresh) {
            return Err(refusal);
        }
        if fresh.generation > row.generation || good(&fresh) {
            return Ok(fresh);
        }
        let again = round < ROUNDS && Instant::now() < end;
        let (message, retry_after) = match outcome {
            Outcome::Later {
                message,
                retry_after,
            } => {
                // The schedule is less persistent than somebody who waits.
                if of_schedule && again && !connector.inner.refresher.flights.is_under_way(&row.id)
                {
                    continue;
                }
                (message, retry_after)
            }
            Outcome::Settled | Outcome::Elsewhere if again => continue,
            Outcome::Settled | Outcome::Elsewhere => {
                ("It was not renewed.".to_owned(), Duration::from_secs(1))
            }
        };
        return Err(UseError::Unavailable {
            connection: fresh.id,
            name: fresh.name,
            message,
            retry_after,
        });
    }
}

/// The app refused a token that should still be good: renews it, once in a while.
pub(crate) async fn refused(
    connector: &Connector,
    row: &ConnectionRow,
) -> Result<LiveCredential, UseError> {
    let refresher = &connector.inner.refresher;
    let over = standing(row, Timestamp::now()) == Standing::Over;
    let under_way = refresher.flights.is_under_way(&row.id);
    if !over && !under_way && !refresher.may_force(&row.id) {
        return connector.recheck(row.clone()).await;
    }
    // The refused token itself is no good, however long it is said to live.
    let error = match renewed(connector, row, |_| false).await {
        Ok(fresh) => return connector.open(fresh, part::ACCESS).await,
        Err(error) => error,
    };
    if matches!(error, UseError::Unavailable { .. }) {
        let fresh = connector.row(&row.project, &row.id).await?;
        if let Some(reason) = failure::reason(&fresh).filter(|_| failure::is_refusal(&fresh)) {
            let marked = connector.mark(&fresh, failure::OVER, reason, None).await?;
            return Err(unusable_now(&marked));
        }
    }
    Err(error)
}
