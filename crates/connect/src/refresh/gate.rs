//! What keeps one failing or slow provider from holding up the others: a limit of renewals in flight and a circuit
//! breaker, for each app of each project at each address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use patchbay_catalog::App;
use patchbay_model::ProjectId;
use patchbay_store::connections::ConnectionRow;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{Want, failure::Class};

/// Renewals in flight of one app.
const IN_FLIGHT: usize = 64;
/// Of these, ahead of time.
const AHEAD: usize = 16;
/// A verdict takes this many answers …
const SAMPLE: u32 = 20;
/// … within this time.
const WINDOW: Duration = Duration::from_secs(30);
/// More gates than this are not kept unless they are in use.
const KEPT: usize = 10_000;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    project: ProjectId,
    app: String,
    /// Values of the app's settings: an app that is reached at the customer's own address is several providers.
    settings: Vec<String>,
}

#[derive(Default)]
pub(super) struct Gates {
    gates: Mutex<HashMap<Key, Arc<Gate>>>,
}

struct Gate {
    all: Arc<Semaphore>,
    ahead: Arc<Semaphore>,
    circuit: Mutex<Circuit>,
}

struct Circuit {
    window: Instant,
    good: u32,
    bad: u32,
    open: Option<Open>,
}

struct Open {
    until: Instant,
    class: Class,
    probing: bool,
}

/// Leave to ask a provider once. Tell it how that went.
pub(super) struct Pass {
    gate: Arc<Gate>,
    probe: bool,
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

/// Not now.
pub(super) struct Shut {
    /// Why, if because of a failure.
    pub(super) class: Option<Class>,
    pub(super) wait: Duration,
}

impl Gates {
    fn gate(&self, row: &ConnectionRow, app: &App) -> Arc<Gate> {
        let key = Key {
            project: row.project.clone(),
            app: row.app.clone(),
            settings: app
                .settings
                .iter()
                .map(|setting| {
                    row.settings
                        .get(&setting.name)
                        .map(ToString::to_string)
                        .unwrap_or_default()
                })
                .collect(),
        };
        let mut gates = lock(&self.gates);
        if gates.len() > KEPT {
            gates.retain(|_, gate| {
                Arc::strong_count(gate) > 1 || lock(&gate.circuit).open.is_some()
            });
        }
        let gate = gates.entry(key).or_insert_with(|| {
            Arc::new(Gate {
                all: Arc::new(Semaphore::new(IN_FLIGHT)),
                ahead: Arc::new(Semaphore::new(AHEAD)),
                circuit: Mutex::new(Circuit::new(Instant::now())),
            })
        });
        Arc::clone(gate)
    }

    /// Whether a renewal ahead of time would be let through, without taking a place.
    pub(super) fn peek(&self, row: &ConnectionRow, app: &App) -> Result<(), Shut> {
        let gate = self.gate(row, app);
        lock(&gate.circuit).peek(Instant::now())?;
        if gate.ahead.available_permits() == 0 || gate.all.available_permits() == 0 {
            return Err(Shut::busy());
        }
        Ok(())
    }

    /// A place among those that ask this provider.
    pub(super) async fn enter(
        &self,
        row: &ConnectionRow,
        app: &App,
        want: Want,
    ) -> Result<Pass, Shut> {
        let gate = self.gate(row, app);
        lock(&gate.circuit).peek(Instant::now())?;
        let permits = if want == Want::Ahead {
            let ahead = Arc::clone(&gate.ahead).try_acquire_owned();
            let all = Arc::clone(&gate.all).try_acquire_owned();
            match (all, ahead) {
                (Ok(all), Ok(ahead)) => (all, Some(ahead)),
                _ => return Err(Shut::busy()),
            }
        } else {
            match Arc::clone(&gate.all).acquire_owned().await {
                Ok(all) => (all, None),
                Err(_) => return Err(Shut::busy()),
            }
        };
        let probe = lock(&gate.circuit).admit(Instant::now())?;
        Ok(Pass {
            gate,
            probe,
            _permits: permits,
        })
    }

    /// Forgets what was held against an app of a project: its OAuth client was changed.
    pub(super) fn open_again(&self, project: &ProjectId, app: &str) {
        for (key, gate) in lock(&self.gates).iter() {
            if key.project == *project && key.app == app {
                *lock(&gate.circuit) = Circuit::new(Instant::now());
            }
        }
    }
}

impl Shut {
    fn busy() -> Self {
        Self {
            class: None,
            wait: Duration::from_secs(1),
        }
    }
}

impl Pass {
    /// The provider answered as it should, or refused this one connection.
    pub(super) fn good(self) {
        lock(&self.gate.circuit).good(Instant::now());
    }

    /// It did not, or it refuses the app as a whole, which shuts the gate for `shut`.
    pub(super) fn bad(self, class: Class, shut: Duration) {
        lock(&self.gate.circuit).bad(class, shut, self.probe, Instant::now());
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe
            && let Some(open) = &mut lock(&self.gate.circuit).open
        {
            open.probing = false;
        }
    }
}

impl Circuit {
    fn new(now: Instant) -> Self {
        Self {
            window: now,
            good: 0,
            bad: 0,
            open: None,
        }
    }

    fn peek(&self, now: Instant) -> Result<(), Shut> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        if now >= open.until && !open.probing {
            return Ok(());
        }
        Err(Shut {
            class: Some(open.class),
            wait: open
                .until
                .saturating_duration_since(now)
                .max(Duration::from_secs(1)),
        })
    }

    /// Lets one through; the first one after a pause finds out for the others.
    fn admit(&mut self, now: Instant) -> Result<bool, Shut> {
        self.peek(now)?;
        Ok(self.open.as_mut().is_some_and(|open| {
            open.probing = true;
            true
        }))
    }

    fn good(&mut self, now: Instant) {
        self.turn(now);
        self.good += 1;
        self.open = None;
    }

    fn bad(&mut self, class: Class, shut: Duration, probe: bool, now: Instant) {
        self.turn(now);
        self.bad += 1;
        let mostly = self.good + self.bad >= SAMPLE && self.bad >= self.good;
        if class == Class::App || probe || mostly {
            self.open = Some(Open {
                until: now + shut,
                class,
                probing: false,
            });
        }
    }

    fn turn(&mut self, now: Instant) {
        if now.duration_since(self.window) > WINDOW {
            self.window = now;
            self.good = 0;
            self.bad = 0;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHUT: Duration = Duration::from_secs(30);

    #[test]
    fn s28_a_provider_that_mostly_fails_is_left_alone_then_probed_once() {
        let now = Instant::now();
        let mut circuit = Circuit::new(now);
        for _ in 0..SAMPLE - 1 {
            circuit.bad(Class::Uncertain, SHUT, false, now);
            assert!(circuit.peek(now).is_ok());
        }
        circuit.bad(Class::Uncertain, SHUT, false, now);
        assert!(circuit.peek(now).is_err());
        let later = now + SHUT;
        assert!(matches!(circuit.admit(later), Ok(true)));
        assert!(circuit.admit(later).is_err(), "only one finds out");
        circuit.good(later);
        assert!(matches!(circuit.admit(later), Ok(false)));
    }

    #[test]
    fn s28_a_refused_client_shuts_the_gate_at_once() {
        let now = Instant::now();
        let mut circuit = Circuit::new(now);
        circuit.good(now);
        circuit.bad(Class::App, SHUT, false, now);
        assert!(circuit.peek(now).is_err());
    }

    #[test]
    fn failures_among_many_successes_shut_nothing() {
        let now = Instant::now();
        let mut circuit = Circuit::new(now);
        for _ in 0..SAMPLE {
            circuit.good(now);
        }
        for _ in 0..SAMPLE - 1 {
            circuit.bad(Class::Uncertain, SHUT, false, now);
        }
        assert!(circuit.peek(now).is_ok());
        let later = now + WINDOW * 2;
        circuit.bad(Class::Uncertain, SHUT, false, later);
        assert!(circuit.peek(later).is_ok(), "old answers do not count");
    }
}
