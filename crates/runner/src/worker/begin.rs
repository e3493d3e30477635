//! Runs that are carried out where they were triggered, without a way through the queue.
//!
//! A queued run is written, found, claimed and read again before anything happens in it. When this process has room, it
//! takes a run it makes at once: the row is written under its own claim, together with the first lines of the journal.
//! The caller is told of the run when that write is durable, as with the queue.

use std::sync::{Arc, atomic::Ordering};

use patchbay_flow::{Facts, Plan};
use patchbay_model::{ProjectId, RunId};
use patchbay_store::{StoreError, StoreResult, runs::NewRun};
use tokio::sync::oneshot;

use super::execute::Taken;
use crate::{Runner, RunnerResult, published::Published};

/// A run that nothing was written of yet.
pub(super) struct Fresh {
    pub(super) run: NewRun,
    pub(super) plan: Arc<Plan>,
    pub(super) facts: Facts,
    /// Told when the run is durable, or why it is not.
    pub(super) begun: oneshot::Sender<StoreResult<()>>,
}

impl Runner {
    /// Starts a run of a published flow: here and now when there is room, else by the queue.
    pub(crate) async fn run_begin(
        &self,
        new: NewRun,
        published: &Published,
    ) -> RunnerResult<RunId> {
        let plan = published.plan.as_ref().filter(|_| {
            // A repeated key must find its run first, which the queue's way asks for.
            new.idempotency.is_none() && self.room_at_once(&new.project)
        });
        let Some(plan) = plan else {
            return Ok(Box::pin(self.run_queue(new)).await?.run.id);
        };
        let id = new.id.clone();
        let (begun, durable) = oneshot::channel();
        let fresh = Fresh {
            plan: Arc::clone(plan),
            facts: Facts {
                run: id.clone(),
                flow: new.flow.clone(),
                flow_name: published.head.name.clone(),
                trigger: new.trigger.clone(),
                started: new.at,
            },
            run: new,
            begun,
        };
        let project = fresh.run.project.clone();
        self.put_under_way(&id, &project, Taken::Fresh(Box::new(fresh)));
        durable
            .await
            .unwrap_or_else(|_| Err(StoreError::Conflict))?;
        Ok(id)
    }

    /// Whether this process can take a run at once: it works and has room, and no other project's run waits while this one
    /// has half of the workers.
    fn room_at_once(&self, project: &ProjectId) -> bool {
        let inner = &self.inner;
        if !inner.carrying.load(Ordering::Acquire) || inner.stopping.is_cancelled() {
            return false;
        }
        let (room, busy) = self.room(inner.parts.workers.max(1));
        room > 0 && !(busy.contains(project) && inner.backlog.load(Ordering::Acquire))
    }
}
