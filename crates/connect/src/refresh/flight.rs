//! A renewal is a task of its own: whoever wants it may go away without cutting it off, and everybody who wants the
//! same one waits for the same task.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use patchbay_model::ConnectionId;
use patchbay_store::connections::ConnectionRow;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Outcome, Want, attempt, attempt::Step};
use crate::Connector;

/// Renewals under way in this process.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<ConnectionId, Flight>>,
}

/// A renewal under way.
#[derive(Clone)]
pub(super) struct Flight {
    /// Why it was started.
    pub(super) want: Want,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// Takes the flight off the list however its task ends.
struct Landing<'a> {
    flights: &'a Flights,
    id: &'a ConnectionId,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.flights.lock().remove(self.id);
    }
}

impl Flights {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ConnectionId, Flight>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_under_way(&self, id: &ConnectionId) -> bool {
        self.lock().contains_key(id)
    }
}

/// Joins the renewal that is under way, or starts one. The permit is held until it ends.
pub(super) fn join(
    connector: &Connector,
    row: &ConnectionRow,
    want: Want,
    permit: Option<OwnedSemaphorePermit>,
) -> Flight {
    let mut flights = connector.inner.refresher.flights.lock();
    if let Some(flight) = flights.get(&row.id) {
        return flight.clone();
    }
    let (progress, outcome) = watch::channel(None);
    let flight = Flight { want, outcome };
    flights.insert(row.id.clone(), flight.clone());
    drop(flights);
    let connector = connector.clone();
    let row = row.clone();
    connector.inner.tasks.clone().spawn(async move {
        let outcome = {
            let _landing = Landing {
                flights: &connector.inner.refresher.flights,
                id: &row.id,
            };
            fly(&connector, &row, want, &progress).await
        };
        progress.send_replace(Some(outcome));
        drop(permit);
    });
    flight
}

async fn fly(
    connector: &Connector,
    row: &ConnectionRow,
    want: Want,
    progress: &watch::Sender<Option<Outcome>>,
) -> Outcome {
    let mut tries = 0;
    loop {
        match attempt::once(connector, row, want, tries).await {
            Ok(Step::Done(outcome)) => return outcome,
            Ok(Step::Again(pause, outcome)) => {
                if !pause.is_zero() {
                    progress.send_replace(Some(outcome));
                    tokio::time::sleep(pause).await;
                }
            }
            Err(error) => {
                tracing::error!(connection = %row.id, %error, "renewal failed on our side");
                return Outcome::Later {
                    message: "Something failed on our side.".to_owned(),
                    retry_after: Duration::from_secs(5),
                };
            }
        }
        tries += 1;
    }
}

impl Flight {
    /// How it ended, or how it stands when it is going to take longer.
    pub(super) async fn outcome(mut self, limit: Duration) -> Outcome {
        let later = |message: &str| Outcome::Later {
            message: message.to_owned(),
            retry_after: Duration::from_secs(5),
        };
        match tokio::time::timeout(limit, self.outcome.wait_for(Option::is_some)).await {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Outcome::Settled),
            Ok(Err(_)) => later("The renewal was cut off."),
            Err(_) => later("The provider takes too long to answer."),
        }
    }
}
