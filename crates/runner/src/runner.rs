//! What the functions of this room share.

use std::sync::Arc;

use patchbay_access::Access;
use patchbay_catalog::Catalog;
use patchbay_connect::Connector;
use patchbay_gateway::Gateway;
use patchbay_model::{Actor, Code, Problem, Timestamp, UserId};
use patchbay_store::{Store, Tx, audit::AuditSubject};

/// What a runner is made of.
pub struct RunnerParts {
    /// The database.
    pub store: Store,
    /// The apps.
    pub catalog: Arc<Catalog>,
    /// People, for names and the audit log.
    pub access: Access,
    /// Connections, for their status.
    pub connector: Connector,
    /// The way a step calls an app.
    pub gateway: Gateway,
    /// Where webhooks are called, without a trailing slash.
    pub public_url: String,
    /// Runs carried out at once.
    pub workers: usize,
}

/// Manages flows and carries out their runs. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: RunnerParts,
}

/// What the functions of this room answer.
pub type RunnerResult<T> = Result<T, Problem>;

impl Runner {
    /// Joins the parts. Nothing is carried out before it is started.
    pub fn new(parts: RunnerParts) -> Self {
        Self {
            inner: Arc::new(Inner { parts }),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.inner.parts.catalog
    }

    #[allow(clippy::unused_self)] // a test's runner may bring its own clock
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Notes in the write unit of a change who made it to what.
    pub(crate) async fn audit(
        &self,
        tx: &Tx,
        actor: &Actor,
        action: &str,
        subject: AuditSubject,
        details: serde_json::Value,
    ) -> RunnerResult<()> {
        self.inner
            .parts
            .access
            .audit_record(tx, actor, action, subject, details)
            .await
    }
}

/// The person behind the actor: flows and versions are somebody's.
pub(crate) fn person(actor: &Actor) -> RunnerResult<&UserId> {
    actor.user().ok_or_else(|| {
        Problem::new(Code::Forbidden, "Only people and their API keys can change flows.")
    })
}
