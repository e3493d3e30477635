//! Cancelling and repeating runs.

use patchbay_model::{Actor, Code, Problem, Right, RunId, RunKind, RunStatus};
use patchbay_store::{
    audit::AuditSubject,
    flows::flow_find,
    runs::{NewRun, Run, Started, run_cancel, run_document, run_find, run_insert, steps_copy},
};
use serde_json::json;

use super::{StartedRun, run_not_found, start::not_published};
use crate::{Runner, RunnerResult, flows::flow_not_found};

/// Where a repeated run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryFrom {
    /// From the trigger on, with what it brought, in the version published now.
    Start,
    /// From the step that failed, in the version that ran, keeping what came before.
    FailedStep,
}

impl Runner {
    /// Stops a run. One that a worker has stops as soon as the worker hears of it; a call under way is cut off.
    ///
    /// # Errors
    /// `RUN_ENDED`; `RUN_NOT_FOUND`.
    pub async fn run_cancel(&self, actor: &Actor, id: &RunId) -> RunnerResult<Run> {
        actor.require(Right::FlowRun)?;
        let db = self.store().reader();
        let before = run_find(db, &actor.project, id)
            .await?
            .ok_or_else(run_not_found)?;
        if before.status.ended() {
            return Err(Problem::new(Code::RunEnded, "The run has ended already."));
        }
        let tx = self.store().begin().await?;
        let run = run_cancel(&tx, &actor.project, id, self.now())
            .await?
            .ok_or_else(run_not_found)?;
        let subject = AuditSubject::new("run", id, id.to_string());
        let details = json!({ "flow": run.flow });
        self.audit(&tx, actor, "run.cancel", subject, details)
            .await?;
        tx.commit().await?;
        if let Some(active) = self.active().get(id) {
            active.cancel.cancel();
        }
        self.run_changed(id);
        self.queue_changed();
        Ok(run)
    }

    /// Runs again what a run did, as a new run.
    ///
    /// # Errors
    /// `CONFLICT` when the run has not ended, or has no failed step to go on from; `FLOW_NOT_PUBLISHED`, `FLOW_NOT_FOUND`
    /// when there is nothing to run any more; `RUN_NOT_FOUND`.
    pub async fn run_retry(
        &self,
        actor: &Actor,
        id: &RunId,
        from: RetryFrom,
    ) -> RunnerResult<StartedRun> {
        actor.require(Right::FlowRun)?;
        let db = self.store().reader();
        let run = run_find(db, &actor.project, id)
            .await?
            .ok_or_else(run_not_found)?;
        if !run.status.ended() {
            return Err(Problem::new(
                Code::Conflict,
                "The run has not ended; cancel it first, or wait.",
            ));
        }
        if from == RetryFrom::FailedStep && run.status == RunStatus::Succeeded {
            return Err(Problem::new(
                Code::Conflict,
                "The run has no failed step; run it again from the start.",
            ));
        }
        let flow = flow_find(db, &actor.project, &run.flow)
            .await?
            .ok_or_else(flow_not_found)?;
        let document = if run.kind == RunKind::Test {
            let document = run_document(db, &actor.project, id)
                .await?
                .ok_or_else(run_not_found)?;
            self.test_check(actor, &run.flow, &document).await?;
            Some(document)
        } else {
            None
        };
        let version = match (run.kind, from) {
            (RunKind::Test, _) => None,
            (RunKind::Live, RetryFrom::FailedStep) => run.version,
            (RunKind::Live, RetryFrom::Start) => {
                Some(flow.head.published_version.ok_or_else(not_published)?)
            }
        };
        let new = NewRun {
            id: RunId::new(),
            project: actor.project.clone(),
            flow: run.flow.clone(),
            version,
            kind: run.kind,
            trigger_kind: run.trigger_kind.clone(),
            trigger: run.trigger.clone(),
            document,
            depth: 0,
            retry_of: Some(run.id.clone()),
            idempotency: None,
            at: self.now(),
        };
        let tx = self.store().begin().await?;
        let started = run_insert(&tx, &new).await?;
        if from == RetryFrom::FailedStep {
            steps_copy(&tx, &run.id, &new.id).await?;
        }
        let subject = AuditSubject::new("run", id, id.to_string());
        let details = json!({"flow": run.flow, "run": new.id});
        self.audit(&tx, actor, "run.retry", subject, details)
            .await?;
        tx.commit().await?;
        self.queue_changed();
        match started {
            Started::New(run) | Started::Before(run) => Ok(StartedRun { run, new: true }),
            Started::Mismatch => Err(Problem::internal()),
        }
    }
}
