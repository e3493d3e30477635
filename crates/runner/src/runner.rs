//! What the functions of this room share.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use patchbay_access::Access;
use patchbay_catalog::Catalog;
use patchbay_connect::Connector;
use patchbay_gateway::Gateway;
use patchbay_model::{Actor, Code, Problem, ProjectId, RunId, Timestamp, UserId};
use patchbay_store::{Store, Tx, audit::AuditSubject};
use tokio::sync::{Notify, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{answers::Answers, published::PublishedFlows, worker::Journal};

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

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Manages flows and carries out their runs. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: RunnerParts,
    clock: Box<dyn Clock>,
    /// Names this process in leases.
    pub(crate) node: String,
    pub(crate) journal: Journal,
    pub(crate) published: PublishedFlows,
    pub(crate) answers: Answers,
    /// Whether runs may be waiting in the queue.
    pub(crate) backlog: AtomicBool,
    /// Whether this process carries runs out.
    pub(crate) carrying: AtomicBool,
    /// Tells this process's workers that something may be queued.
    pub(crate) queued: Notify,
    /// Runs that changed in this process, for those who watch.
    pub(crate) changes: broadcast::Sender<RunId>,
    /// Held while runs are claimed and put under way.
    pub(crate) claiming: tokio::sync::Mutex<()>,
    /// Runs this process works on.
    pub(crate) active: Mutex<HashMap<RunId, Active>>,
    pub(crate) tasks: TaskTracker,
    /// Set when nothing new is to be begun.
    pub(crate) stopping: CancellationToken,
    /// Set when what is under way is to be let go of.
    pub(crate) letting_go: CancellationToken,
}

/// A run under way in this process.
#[derive(Clone)]
pub(crate) struct Active {
    pub(crate) project: ProjectId,
    /// Somebody wants the run stopped.
    pub(crate) cancel: CancellationToken,
    /// The run is another worker's by now.
    pub(crate) lost: CancellationToken,
    /// Whether the run is in the database: one that begins here is under way a moment before.
    pub(crate) written: Arc<AtomicBool>,
}

/// What the functions of this room answer.
pub type RunnerResult<T> = Result<T, Problem>;

/// Changes a slow watcher may be behind before it asks the database instead.
const CHANGE_BACKLOG: usize = 4096;

impl Runner {
    /// Joins the parts. Nothing is carried out before it is started.
    pub fn new(parts: RunnerParts) -> Self {
        Self::with_clock(parts, Box::new(SystemClock))
    }

    /// The same with a clock of one's own, for tests of what takes time.
    pub fn with_clock(parts: RunnerParts, clock: Box<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                journal: Journal::new(parts.store.clone()),
                published: PublishedFlows::default(),
                answers: Answers::default(),
                backlog: AtomicBool::new(true),
                carrying: AtomicBool::new(false),
                parts,
                clock,
                node: RunId::new().as_str().replacen("run_", "node_", 1),
                queued: Notify::new(),
                changes: broadcast::Sender::new(CHANGE_BACKLOG),
                claiming: tokio::sync::Mutex::new(()),
                active: Mutex::new(HashMap::new()),
                tasks: TaskTracker::new(),
                stopping: CancellationToken::new(),
                letting_go: CancellationToken::new(),
            }),
        }
    }

    /// The name of this process in leases.
    pub fn node_name(&self) -> &str {
        &self.inner.node
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.inner.parts.catalog
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Something was queued, or may be taken by now.
    pub(crate) fn queue_changed(&self) {
        self.inner.backlog.store(true, Ordering::Release);
        self.inner.queued.notify_one();
    }

    /// A worker is free again. It looks at the queue only while something may be there: most runs begin where they are
    /// triggered, and to look after each of them would cost as much as a part of it.
    pub(crate) fn place_freed(&self) {
        if self.inner.backlog.load(Ordering::Acquire) {
            self.inner.queued.notify_one();
        }
    }

    /// Something about the run changed.
    pub(crate) fn run_changed(&self, run: &RunId) {
        // Nobody watching is fine.
        let _ = self.inner.changes.send(run.clone());
    }

    pub(crate) fn active(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Active>> {
        self.inner
            .active
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        Problem::new(
            Code::Forbidden,
            "Only people and their API keys can change flows.",
        )
    })
}
