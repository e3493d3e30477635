//! A connection made ready for use, and for how long that may serve the next use.
//!
//! Rights and status count at the moment of each use (threat S-41). Reading, opening and rendering them
//! anew for every request of a busy connection costs several times what sending costs. So a prepared
//! connection serves further uses by the same rights as long as *nothing at all was written* since it was
//! read ([`patchbay_store::Store::changes`]), and at most [`LONGEST`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use patchbay_catalog::{App, CallContext, ConnectionFacts, HostPort};
use patchbay_connect::{Attached, LiveCredential, facts, pinned_hosts};
use patchbay_model::{Actor, ConnectionId, Timestamp};
use tokio::time::Instant;
use url::Url;

use crate::GatewayError;
use crate::scrub::Scrubber;
use crate::send::header;

/// How long a prepared connection is kept at most.
pub(crate) const LONGEST: Duration = Duration::from_secs(1);
/// A credential that runs out sooner than this is not kept: the next use has to look again.
const MARGIN: Duration = Duration::from_secs(2);

/// A connection ready for use: its app, where it may go, and its credential as it is now.
pub(crate) struct Prepared {
    pub(crate) app: Arc<App>,
    pub(crate) hosts: Vec<HostPort>,
    pub(crate) live: LiveCredential,
    pub(crate) facts: ConnectionFacts,
    /// Where relative targets go.
    pub(crate) base: Url,
    /// What the app wants with every request; a caller's own header of that name goes before.
    pub(crate) headers: HeaderMap,
    /// What the credential does to a request.
    pub(crate) attach: Attached,
    scrubber: OnceLock<Arc<Scrubber>>,
}

impl Prepared {
    pub(crate) fn new(
        app: Arc<App>,
        live: LiveCredential,
        attach: Attached,
    ) -> Result<Self, GatewayError> {
        let row = &live.connection;
        let facts = facts(row);
        let method = app.method(&row.auth_method);
        let base = match method {
            Some(method) => app.base_of(method, &row.settings)?,
            None => app.base(&row.settings)?,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in
            app.default_headers(&CallContext::new(&row.settings).with_connection(&facts))?
        {
            let (name, value) = header(&name, &value)?;
            headers.insert(name, value);
        }
        Ok(Self {
            hosts: pinned_hosts(row),
            facts,
            base,
            headers,
            attach,
            app,
            live,
            scrubber: OnceLock::new(),
        })
    }

    /// Finds the credential's secrets in what the app answers. Made when it is first wanted: what is passed on is not read.
    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        let made = || Arc::new(Scrubber::new(&self.live.secrets));
        Arc::clone(self.scrubber.get_or_init(made))
    }

    /// Until when it may serve further uses.
    fn good_until(&self) -> Option<Instant> {
        let row = &self.live.connection;
        let now = Timestamp::now();
        let ends = [row.expires_at, row.next_refresh_at]
            .into_iter()
            .flatten()
            .min();
        let left = ends.map_or(LONGEST, |end| now.until(end).saturating_sub(MARGIN));
        (!left.is_zero()).then(|| Instant::now() + left.min(LONGEST))
    }
}

/// Prepared connections of the last moment.
#[derive(Default)]
pub(crate) struct Shelf {
    kept: Mutex<HashMap<ConnectionId, Vec<Kept>>>,
    sweeping: AtomicBool,
}

struct Kept {
    actor: Actor,
    changes: u64,
    until: Instant,
    prepared: Arc<Prepared>,
}

impl Shelf {
    /// One that was read for the same rights when the count of changes was the same.
    pub(crate) fn get(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        changes: u64,
    ) -> Option<Arc<Prepared>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .get(connection)?
            .iter()
            .find(|kept| same_rights(&kept.actor, actor))?;
        (found.changes == changes && Instant::now() < found.until)
            .then(|| Arc::clone(&found.prepared))
    }

    /// Keeps one that was read after `changes` was. It is dropped, and its secrets wiped, soon after its time.
    pub(crate) fn put(self: &Arc<Self>, actor: &Actor, changes: u64, prepared: &Arc<Prepared>) {
        let Some(until) = prepared.good_until() else {
            return;
        };
        let id = prepared.live.connection.id.clone();
        let fresh = Kept {
            actor: actor.clone(),
            changes,
            until,
            prepared: Arc::clone(prepared),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let of_connection = kept.entry(id).or_default();
        of_connection.retain(|kept| !same_rights(&kept.actor, actor));
        of_connection.push(fresh);
        drop(kept);
        if !self.sweeping.swap(true, Ordering::AcqRel) {
            tokio::spawn(Arc::clone(self).sweep());
        }
    }

    async fn sweep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LONGEST).await;
            let now = Instant::now();
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|_, of_connection| {
                of_connection.retain(|kept| now < kept.until);
                !of_connection.is_empty()
            });
            if kept.is_empty() {
                // Under the lock, so that nothing put from now on is left without a sweeper.
                self.sweeping.store(false, Ordering::Release);
                return;
            }
        }
    }
}

/// Whether what one actor may do the other may do as well: the same person (or none) in the same role of
/// the same project. Which key or run it is makes no difference.
fn same_rights(a: &Actor, b: &Actor) -> bool {
    a.role == b.role
        && std::mem::discriminant(&a.principal) == std::mem::discriminant(&b.principal)
        && a.user() == b.user()
        && a.project == b.project
}
