//! `run_flow` steps: a flow that another flow runs.

use std::time::Duration;

use patchbay_flow::{StepFailure, input::RunFlowInput, limits, trigger_data};
use patchbay_model::{Code, Problem, ProjectId, RunId, RunKind, RunStatus, Timestamp};
use patchbay_store::{
    StoreError,
    flows::{flow_find, version_document},
    runs::{NewRun, Run, Started, parent_wake, run_find, run_insert},
};
use serde_json::{Value, json};

use super::execute::child_key;
use crate::{Runner, flows::flow_not_found};

/// How long a run waits for another before it looks again by itself.
const LOOK_AGAIN: Duration = Duration::from_mins(5);

/// What becomes of the step.
pub(super) enum SubflowEnd {
    /// It is done.
    Done(Result<Value, StepFailure>),
    /// It waits for the run it started.
    Wait {
        /// That run.
        child: RunId,
        /// When to look again at the latest.
        until: Timestamp,
    },
}

/// Why the other flow was not run.
pub(super) enum Unstarted {
    /// Our own database could not be asked; asking again may help.
    Away(StepFailure),
    /// It cannot be run.
    Refused(StepFailure),
}

impl From<Problem> for Unstarted {
    fn from(problem: Problem) -> Self {
        Self::Refused(StepFailure::new(problem.code.as_str(), problem.message))
    }
}

impl From<StoreError> for Unstarted {
    fn from(error: StoreError) -> Self {
        let away = error.is_failure();
        let problem = Problem::from(error);
        let failure = StepFailure::new(problem.code.as_str(), problem.message);
        if away {
            Self::Away(failure)
        } else {
            Self::Refused(failure)
        }
    }
}

impl Runner {
    /// Starts the other flow's run, once however often this is asked, and says how it is.
    pub(super) async fn subflow(
        &self,
        parent: &Run,
        path: &str,
        input: &RunFlowInput,
    ) -> Result<SubflowEnd, Unstarted> {
        let child = self.child_start(parent, path, input).await?;
        if !input.wait {
            let output = json!({"runId": child.id, "status": child.status});
            return Ok(SubflowEnd::Done(Ok(output)));
        }
        if !child.status.ended() {
            return Ok(SubflowEnd::Wait {
                child: child.id,
                until: self.now().plus(LOOK_AGAIN),
            });
        }
        let output = json!({"runId": child.id, "status": child.status, "response": child.response});
        if child.status == RunStatus::Succeeded {
            return Ok(SubflowEnd::Done(Ok(output)));
        }
        let why = child
            .error
            .map_or_else(String::new, |error| format!(": {}", error.message));
        let failure = StepFailure::new(
            "FLOW_FAILED",
            format!("The flow's run did not succeed{why}"),
        );
        Ok(SubflowEnd::Done(Err(failure.with_output(output))))
    }

    async fn child_start(
        &self,
        parent: &Run,
        path: &str,
        input: &RunFlowInput,
    ) -> Result<Run, Unstarted> {
        if parent.depth + 1 > limits::CALLS {
            return Err(Problem::new(
                Code::Conflict,
                format!(
                    "Flows may run each other {} deep; look for one that runs itself.",
                    limits::CALLS
                ),
            )
            .into());
        }
        let db = self.store().reader();
        let flow = flow_find(db, &parent.project, &input.flow)
            .await?
            .ok_or_else(flow_not_found)?;
        let not_published = || {
            Problem::new(
                Code::FlowNotPublished,
                format!(
                    "The flow {} is not published; publish it first.",
                    flow.head.name
                ),
            )
        };
        let version = flow.head.published_version.ok_or_else(not_published)?;
        let document = version_document(db, &parent.project, &input.flow, version)
            .await?
            .ok_or_else(not_published)?;
        let new = NewRun {
            id: RunId::new(),
            project: parent.project.clone(),
            flow: input.flow.clone(),
            version: Some(version),
            kind: RunKind::Live,
            trigger_kind: "flow".to_owned(),
            trigger: trigger_data(&document.trigger, &input.input),
            document: None,
            depth: parent.depth + 1,
            retry_of: None,
            idempotency: Some((child_key(&parent.id, path), String::new())),
            at: self.now(),
        };
        let tx = self.store().begin_uncounted().await?;
        let started = run_insert(&tx, &new).await?;
        tx.commit().await?;
        match started {
            Started::New(run) => {
                self.queue_changed();
                Ok(run)
            }
            Started::Before(run) => Ok(run),
            Started::Mismatch => Err(Problem::new(
                Code::Conflict,
                "This step started a run of another flow before.",
            )
            .into()),
        }
    }

    /// Wakes the run that waits for `child`, if that has ended between the look and the wait.
    pub(super) async fn child_check(&self, project: &ProjectId, child: &RunId) {
        let wake = async {
            let found = run_find(self.store().reader(), project, child).await?;
            if found.is_none_or(|run| run.status.ended()) {
                let tx = self.store().begin_uncounted().await?;
                parent_wake(&tx, child).await?;
                tx.commit().await?;
                self.queue_changed();
            }
            Ok::<(), patchbay_store::StoreError>(())
        };
        if let Err(error) = wake.await {
            tracing::warn!(%error, run = %child, "whether the run has ended is looked at again later");
        }
    }
}
