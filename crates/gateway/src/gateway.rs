//! The gateway itself: what it is made of, and what every use of a connection begins with.

use std::sync::Arc;

use patchbay_catalog::{App, AttachParts, Catalog, ConnectionFacts, HostPort};
use patchbay_connect::{Connector, LiveCredential, Purpose, UseError, facts, pinned_hosts};
use patchbay_egress::Egress;
use patchbay_model::{Actor, ConnectionId, Right};

use crate::GatewayError;
use crate::pace::Pace;

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
}

/// A connection on its way to be used: its app, where it may go, and its credential as it is now.
pub(crate) struct Opened {
    pub(crate) app: Arc<App>,
    pub(crate) hosts: Vec<HostPort>,
    pub(crate) live: LiveCredential,
    pub(crate) facts: ConnectionFacts,
    /// Whether the credential was already replaced after a refusal; that happens once.
    pub(crate) renewed: bool,
    /// Whether a 401 that stays is the caller's to read, rather than an error of the connection.
    pub(crate) refusal_is_answer: bool,
}

impl Gateway {
    /// Joins the rooms.
    pub fn new(connector: Connector, catalog: Arc<Catalog>, egress: Egress) -> Self {
        Self {
            inner: Arc::new(Inner {
                connector,
                catalog,
                egress,
                pace: Pace::default(),
            }),
        }
    }

    /// Layers 1 and 2 of every use: the actor's right, then the connection with its credential. Rights
    /// and status are read anew each time, so that what was revoked stops at once.
    pub(crate) async fn open(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        purpose: Purpose,
    ) -> Result<Opened, GatewayError> {
        actor
            .require(Right::ConnectionUse)
            .map_err(|problem| GatewayError::Denied(Box::new(problem)))?;
        let live = self
            .inner
            .connector
            .credential_use(actor, connection, purpose)
            .await?;
        let row = &live.connection;
        let app = self
            .inner
            .catalog
            .get(&row.app)
            .ok_or_else(|| GatewayError::AppMissing(row.app.clone()))?;
        Ok(Opened {
            hosts: pinned_hosts(row),
            facts: facts(row),
            app,
            live,
            renewed: false,
            refusal_is_answer: false,
        })
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
        opened.live = live;
        Ok(better)
    }

    /// What the credential adds to a request.
    pub(crate) fn attach(&self, opened: &Opened) -> Result<AttachParts, GatewayError> {
        Ok(self
            .inner
            .connector
            .attach(&opened.live)
            .map_err(UseError::from)?)
    }
}
