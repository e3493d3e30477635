//! The gateway itself: what it is made of, and what every use of a connection begins with.

use std::ops::Deref;
use std::sync::Arc;

use patchbay_catalog::Catalog;
use patchbay_connect::{Connector, LiveCredential, Purpose, UseError};
use patchbay_egress::Egress;
use patchbay_model::{Actor, ConnectionId, Right};
use patchbay_store::Store;

use crate::GatewayError;
use crate::pace::Pace;
use crate::prepared::{Prepared, Shelf};

/// Sends requests to apps with the credentials of connections. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) connector: Connector,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) egress: Egress,
    pub(crate) pace: Pace,
    store: Store,
    shelf: Arc<Shelf>,
}

/// A connection on its way to be used, with what has happened on the way.
pub(crate) struct Opened {
    prepared: Arc<Prepared>,
    /// Whether the credential was already replaced after a refusal; that happens once.
    pub(crate) renewed: bool,
    /// Whether a 401 that stays is the caller's to read, rather than an error of the connection.
    pub(crate) refusal_is_answer: bool,
}

impl Deref for Opened {
    type Target = Prepared;

    fn deref(&self) -> &Prepared {
        &self.prepared
    }
}

impl Gateway {
    /// Joins the rooms.
    pub fn new(connector: Connector, catalog: Arc<Catalog>, egress: Egress, store: Store) -> Self {
        Self {
            inner: Arc::new(Inner {
                connector,
                catalog,
                egress,
                store,
                pace: Pace::default(),
                shelf: Arc::default(),
            }),
        }
    }

    /// Layers 1 and 2 of every use: the actor's right, then the connection with its credential. Rights
    /// and status count as they are now, so that what was revoked stops at once; see [`crate::prepared`].
    pub(crate) async fn open(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        purpose: Purpose,
    ) -> Result<Opened, GatewayError> {
        actor
            .require(Right::ConnectionUse)
            .map_err(|problem| GatewayError::Denied(Box::new(problem)))?;
        // Read before the rows are: a write between the two makes what is read count as out of date.
        let changes = self.inner.store.changes().await.map_err(UseError::from)?;
        if let Some(prepared) = self.inner.shelf.get(actor, connection, changes) {
            return Ok(Opened::new(prepared));
        }
        // Boxed: this is the rare way, and its state would be moved along with every request.
        let prepared = Box::pin(self.open_anew(actor, connection, purpose, changes)).await?;
        Ok(Opened::new(prepared))
    }

    async fn open_anew(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        purpose: Purpose,
        changes: u64,
    ) -> Result<Arc<Prepared>, GatewayError> {
        let live = self
            .inner
            .connector
            .credential_use(actor, connection, purpose)
            .await?;
        let prepared = Arc::new(self.prepare(live)?);
        self.inner.shelf.put(actor, changes, &prepared);
        Ok(prepared)
    }

    fn prepare(&self, live: LiveCredential) -> Result<Prepared, GatewayError> {
        let slug = &live.connection.app;
        let app = self
            .inner
            .catalog
            .get(slug)
            .ok_or_else(|| GatewayError::AppMissing(slug.clone()))?;
        let attach = self.inner.connector.attach(&live).map_err(UseError::from)?;
        Prepared::new(app, live, attach)
    }

    /// Replaces a credential that the app refused, once a use. Answers whether there is a better one.
    ///
    /// # Errors
    /// [`GatewayError::Unusable`] when a person has to reconnect.
    pub(crate) async fn renew(
        &self,
        actor: &Actor,
        opened: &mut Opened,
    ) -> Result<bool, GatewayError> {
        if std::mem::replace(&mut opened.renewed, true) {
            return Ok(false);
        }
        let refused = opened.live.generation;
        let id = opened.live.connection.id.clone();
        let live = self
            .inner
            .connector
            .credential_refused(actor, &id, refused)
            .await?;
        // The same credential again: it still works, so the refusal was about the request.
        let better = live.generation != refused;
        opened.prepared = Arc::new(self.prepare(live)?);
        Ok(better)
    }
}

impl Opened {
    fn new(prepared: Arc<Prepared>) -> Self {
        Self {
            prepared,
            renewed: false,
            refusal_is_answer: false,
        }
    }
}
