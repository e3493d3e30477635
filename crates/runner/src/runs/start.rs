//! Starting runs: by hand, and as tests of a draft.

use patchbay_flow::{FlowProblem, Plan, ProblemCode, trigger_data};
use patchbay_model::{
    Actor, Code, FlowId, Problem, Right, RunId, RunKind,
    flow::{FlowDocument, Trigger},
};
use patchbay_store::{
    flows::version_document,
    runs::{NewRun, Run, Started, run_insert},
};
use serde_json::{Value, json};

use crate::{Runner, RunnerResult, worker::tick};

/// A run that was started, or had been by the same request.
#[derive(Debug, Clone, PartialEq)]
pub struct StartedRun {
    /// The run.
    pub run: Run,
    /// Whether this request started it.
    pub new: bool,
}

impl Runner {
    /// Runs the published version.
    ///
    /// # Errors
    /// `FLOW_NOT_PUBLISHED`; `FLOW_INACTIVE`; `FLOW_NOT_FOUND`.
    pub async fn run_start(
        &self,
        actor: &Actor,
        flow: &FlowId,
        input: &Value,
    ) -> RunnerResult<StartedRun> {
        actor.require(Right::FlowRun)?;
        let flow = self.flow_find(actor, flow).await?;
        let head = &flow.head;
        let version = head.published_version.ok_or_else(not_published)?;
        if !head.active {
            return Err(Problem::new(
                Code::FlowInactive,
                "The flow is switched off; switch it on, or test its draft.",
            ));
        }
        let db = self.store().reader();
        let document = version_document(db, &actor.project, &head.id, version)
            .await?
            .ok_or_else(not_published)?;
        let input = self
            .input_or_sample(actor, &head.id, &document, input)
            .await?;
        self.run_queue(NewRun {
            id: RunId::new(),
            project: actor.project.clone(),
            flow: head.id.clone(),
            version: Some(version),
            kind: RunKind::Live,
            trigger_kind: "manual".to_owned(),
            trigger: self.started_by_hand(&document.trigger, &input),
            document: None,
            depth: 0,
            retry_of: None,
            idempotency: None,
            at: self.now(),
        })
        .await
    }

    /// Runs the draft as it is now, as a test. Steps that are not filled in fail when they are reached.
    ///
    /// # Errors
    /// `FLOW_INVALID` when the draft cannot be read, or names a connection the actor may not use; `FLOW_NOT_FOUND`.
    pub async fn run_test(
        &self,
        actor: &Actor,
        flow: &FlowId,
        input: &Value,
    ) -> RunnerResult<StartedRun> {
        actor.require(Right::FlowRun)?;
        let flow = self.flow_find(actor, flow).await?;
        self.test_check(actor, &flow.head.id, &flow.draft).await?;
        let input = self
            .input_or_sample(actor, &flow.head.id, &flow.draft, input)
            .await?;
        self.run_queue(NewRun {
            id: RunId::new(),
            project: actor.project.clone(),
            flow: flow.head.id.clone(),
            version: None,
            kind: RunKind::Test,
            trigger_kind: flow.draft.trigger.kind().to_owned(),
            trigger: self.started_by_hand(&flow.draft.trigger, &input),
            document: Some(flow.draft),
            depth: 0,
            retry_of: None,
            idempotency: None,
            at: self.now(),
        })
        .await
    }

    /// What keeps a document from being tested by this actor: that it cannot be read, and credentials of others.
    pub(super) async fn test_check(
        &self,
        actor: &Actor,
        flow: &FlowId,
        document: &FlowDocument,
    ) -> RunnerResult<()> {
        let mut problems: Vec<FlowProblem> = match Plan::compile(document) {
            Ok(_) => Vec::new(),
            Err(problems) => problems,
        };
        let all = self.problems(actor, flow, document).await?;
        problems.extend(
            all.into_iter()
                .filter(|problem| problem.code == ProblemCode::ConnectionUnknown),
        );
        let Some(first) = problems.first() else {
            return Ok(());
        };
        let place = first.step.as_deref().unwrap_or("the flow");
        Err(Problem::new(
            Code::FlowInvalid,
            format!(
                "The draft cannot be tested yet; in {place}: {}",
                first.message
            ),
        )
        .with_details(json!({ "problems": problems })))
    }

    pub(crate) async fn run_queue(&self, new: NewRun) -> RunnerResult<StartedRun> {
        let tx = self.store().begin_uncounted().await?;
        let started = run_insert(&tx, &new).await?;
        tx.commit().await?;
        match started {
            Started::New(run) => {
                self.queue_changed();
                Ok(StartedRun { run, new: true })
            }
            Started::Before(run) => Ok(StartedRun { run, new: false }),
            Started::Mismatch => Err(Problem::new(
                Code::IdempotencyMismatch,
                "This Idempotency-Key was used with another request. Use a new one for each request.",
            )),
        }
    }

    fn started_by_hand(&self, trigger: &Trigger, input: &Value) -> Value {
        match (trigger, input) {
            (Trigger::Schedule { .. }, Value::Null) => tick(self.now(), self.now()),
            _ => trigger_data(trigger, input),
        }
    }
}

pub(super) fn not_published() -> Problem {
    Problem::new(
        Code::FlowNotPublished,
        "The flow has not been published; publish it first, or test its draft.",
    )
}
