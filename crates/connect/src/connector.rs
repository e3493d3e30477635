//! What the functions of this room share.

use std::{collections::HashMap, sync::Arc, time::Duration};

use patchbay_catalog::{App, AuthMethod, Catalog};
use patchbay_egress::Egress;
use patchbay_model::{Actor, Code, ConnectSessionId, ConnectionId, Principal, Problem, ProjectId};
use patchbay_store::{
    Store, Tx,
    audit::{self, AUDIT_KEY_LABEL, AuditKey, AuditSubject, NewAuditEntry},
    connections::ConnectionRow,
};
use patchbay_vault::{Secret, Vault, VaultError};
use serde_json::Value;
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;

use crate::{ConnectResult, refresh::Refresher, secrets::Secrets, used::UsedBuffer};

/// What a connector is made of.
pub struct ConnectorParts {
    /// The database.
    pub store: Store,
    /// The unlocked vault; see [`crate::vault_open`].
    pub vault: Arc<Vault>,
    /// The apps.
    pub catalog: Arc<Catalog>,
    /// The way out.
    pub egress: Egress,
    /// Where browsers reach Patchbay, e.g. `https://patchbay.example`, without a trailing slash.
    pub public_url: String,
    /// OAuth clients that come with the installation, by app: the sandbox's. A project's own takes their place.
    pub installed_clients: HashMap<String, InstalledClient>,
}

/// An OAuth client that comes with the installation.
pub struct InstalledClient {
    /// The client id.
    pub id: String,
    /// The client's secret.
    pub secret: Secret,
}

/// Gets and keeps credentials. Cheap to clone.
#[derive(Clone)]
pub struct Connector {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) egress: Egress,
    pub(crate) public_url: String,
    pub(crate) installed_clients: HashMap<String, InstalledClient>,
    pub(crate) refresher: Refresher,
    pub(crate) used: UsedBuffer,
    /// Which apps of which projects may be spoken to over TLS 1.2; asked on every use.
    pub(crate) tls12: moka::future::Cache<(ProjectId, String), bool>,
    pub(crate) tasks: TaskTracker,
    /// Names this process in leases.
    pub(crate) node: String,
    audit_key: AuditKey,
    events: broadcast::Sender<ConnectionEvent>,
    session_changes: broadcast::Sender<ConnectSessionId>,
}

/// Something happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub connection: ConnectionId,
    /// What.
    pub kind: ConnectionEventKind,
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionEventKind {
    /// It works (again): what was held for it can go on.
    Usable,
    /// It stopped working.
    Broken,
    /// Anything else about it changed.
    Changed,
}

/// Events a slow listener may be behind before it misses some. Listeners sweep the database as well.
const EVENT_BACKLOG: usize = 1024;

const TLS12_KNOWN: u64 = 10_000;
/// How long another node may go on with what an admin has changed meanwhile.
const TLS12_KNOWN_FOR: Duration = Duration::from_secs(10);

impl Connector {
    /// Joins the parts.
    ///
    /// # Errors
    /// When the vault cannot derive the key of the audit log.
    pub fn new(parts: ConnectorParts) -> Result<Self, VaultError> {
        let root = parts.vault.root_current()?;
        let audit_key = AuditKey::new(root, parts.vault.derive(AUDIT_KEY_LABEL)?.expose());
        Ok(Self {
            inner: Arc::new(Inner {
                secrets: Secrets::new(parts.vault, parts.store.clone()),
                store: parts.store,
                catalog: parts.catalog,
                egress: parts.egress,
                installed_clients: parts.installed_clients,
                public_url: parts.public_url.trim_end_matches('/').to_owned(),
                refresher: Refresher::default(),
                used: UsedBuffer::default(),
                tls12: moka::future::Cache::builder()
                    .max_capacity(TLS12_KNOWN)
                    .time_to_live(TLS12_KNOWN_FOR)
                    .build(),
                tasks: TaskTracker::new(),
                node: crate::random::hex_id(),
                audit_key,
                events: broadcast::Sender::new(EVENT_BACKLOG),
                session_changes: broadcast::Sender::new(EVENT_BACKLOG),
            }),
        })
    }

    /// What happens to connections from now on, in this process.
    pub fn events(&self) -> broadcast::Receiver<ConnectionEvent> {
        self.inner.events.subscribe()
    }

    /// Waits until work that outlives its request (renewals, revocations at providers) has ended, at most `limit`.
    /// Nothing new is to be started after this.
    pub async fn drain(&self, limit: Duration) {
        self.inner.tasks.close();
        if tokio::time::timeout(limit, self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("stopped before all renewals had ended");
        }
        if let Err(error) = self.used_flush().await {
            tracing::warn!(%error, "uses of the last minute were not written");
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn emit(&self, row: &ConnectionRow, kind: ConnectionEventKind) {
        // Nobody listening is fine.
        let _ = self.inner.events.send(ConnectionEvent {
            project: row.project.clone(),
            connection: row.id.clone(),
            kind,
        });
    }

    pub(crate) fn session_changed(&self, id: &ConnectSessionId) {
        let _ = self.inner.session_changes.send(id.clone());
    }

    pub(crate) fn session_watch(&self) -> broadcast::Receiver<ConnectSessionId> {
        self.inner.session_changes.subscribe()
    }

    /// Notes in the write unit of a change who made it to which connection.
    pub(crate) async fn audit(
        &self,
        tx: &Tx,
        actor: &Actor,
        action: &str,
        row: (&ConnectionId, &str),
        details: Value,
    ) -> ConnectResult<()> {
        let subject = AuditSubject::new("connection", row.0, row.1);
        self.audit_subject(tx, actor, action, subject, details)
            .await
    }

    pub(crate) async fn audit_subject(
        &self,
        tx: &Tx,
        actor: &Actor,
        action: &str,
        subject: AuditSubject,
        details: Value,
    ) -> ConnectResult<()> {
        let entry = NewAuditEntry::new(actor, action, subject).details(details);
        audit::append(tx, &self.inner.audit_key, &entry).await?;
        Ok(())
    }

    pub(crate) fn app(&self, slug: &str) -> ConnectResult<Arc<App>> {
        self.inner.catalog.get(slug).ok_or_else(|| {
            Problem::new(
                Code::AppNotFound,
                format!("There is no app `{slug}` in the catalog. GET /api/v1/apps lists them."),
            )
            .into()
        })
    }

    /// An app's auth method, for a connection that was made with it.
    #[allow(clippy::unused_self)] // stands beside `app`
    pub(crate) fn method<'a>(&self, app: &'a App, id: &str) -> ConnectResult<&'a AuthMethod> {
        app.method(id).ok_or_else(|| {
            Problem::new(
                Code::AuthMethodUnknown,
                format!("{} does not offer the auth method `{id}`.", app.name),
            )
            .into()
        })
    }

    /// The redirect URI to register at an app's provider: one per app, so that an answer of one provider can never be
    /// taken for another's (RFC 9700 §4.4).
    pub fn redirect_uri(&self, app: &str) -> String {
        format!("{}/oauth/callback/{app}", self.inner.public_url)
    }
}

/// The person an action is done for; runs and Patchbay itself are nobody.
pub(crate) fn person(actor: &Actor) -> ConnectResult<&patchbay_model::UserId> {
    actor.user().ok_or_else(|| {
        Problem::new(
            Code::Forbidden,
            "Only a person can do this, or an API key of theirs.",
        )
        .into()
    })
}

/// The person, when they are signed in rather than acting through an API key.
pub(crate) fn signed_in(actor: &Actor) -> ConnectResult<&patchbay_model::UserId> {
    match &actor.principal {
        Principal::User { id, .. } => Ok(id),
        _ => Err(Problem::new(
            Code::NeedsBrowser,
            "Signing in at a provider needs a browser: do it in the dashboard, signed in.",
        )
        .into()),
    }
}
