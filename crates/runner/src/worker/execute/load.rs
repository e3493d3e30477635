//! Taking a run up: from its journal, or right where it was triggered.

use std::{collections::HashMap, sync::Arc, time::Instant};

use patchbay_flow::{Facts, Machine, Past, Plan, RecordStatus, StepFailure};
use patchbay_model::{Actor, StepStatus};
use patchbay_store::{
    StoreResult,
    flows::flow_heads,
    runs::{ClaimedRun, Failure, Fence, Run, RunBegin, RunStep, run_document, steps_list},
};

use super::{
    super::{begin::Fresh, dispatch::LEASE},
    Execution,
};
use crate::{Runner, runner::Active};

impl Runner {
    pub(super) async fn execution(
        &self,
        claimed: ClaimedRun,
        active: Active,
    ) -> StoreResult<Option<(Execution, Machine)>> {
        let db = self.store().reader();
        let ClaimedRun { run, epoch } = claimed;
        let mut steps = steps_list(db, &run.project, &run.id).await?;
        let document = run_document(db, &run.project, &run.id).await?;
        let heads = flow_heads(db, &run.project, std::slice::from_ref(&run.flow)).await?;
        let fence = Fence {
            run: run.id.clone(),
            owner: self.inner.node.clone(),
            epoch,
        };
        let plan = document
            .as_ref()
            .and_then(|document| Plan::compile(document).ok());
        let Some(plan) = plan.map(Arc::new) else {
            let failure = Failure {
                code: "FLOW_INVALID".to_owned(),
                message: "The flow's document cannot be carried out; open the flow, mend what is marked and publish it."
                    .to_owned(),
            };
            self.end_unrun(fence, failure).await;
            return Ok(None);
        };
        let facts = Facts {
            run: run.id.clone(),
            flow: run.flow.clone(),
            flow_name: heads
                .into_iter()
                .next()
                .map_or_else(String::new, |head| head.name),
            trigger: run.trigger.clone(),
            started: run.started.unwrap_or(run.created),
        };
        for step in &mut steps {
            if step.status == StepStatus::Held && step.attempts == 0 {
                // It was never made: it begins now, and took no time while it was held.
                step.started = self.now();
            }
        }
        let next_seq = steps.iter().map(|step| step.seq + 1).max().unwrap_or(0);
        let mut open = HashMap::new();
        let mut journal = HashMap::new();
        for step in steps {
            let past = past(&step);
            if past.status == RecordStatus::Running {
                open.insert(step.path.clone(), step.clone());
            }
            journal.insert(step.path.clone(), past);
        }
        let machine = Machine::new(Arc::clone(&plan), &facts, journal);
        let execution = Execution {
            open,
            next_seq,
            ..Execution::new(self, run, fence, plan, active)
        };
        Ok(Some((execution, machine)))
    }

    pub(super) fn execution_fresh(
        &self,
        fresh: Fresh,
        fence: Fence,
        active: Active,
    ) -> (Execution, Machine) {
        let Fresh {
            run: new,
            plan,
            facts,
            begun,
        } = fresh;
        let machine = Machine::new(Arc::clone(&plan), &facts, HashMap::new());
        let run = new.as_taken();
        let begin = RunBegin {
            lease_until: new.at.plus(LEASE),
            run: new,
        };
        let execution = Execution {
            begin: Some((Box::new(begin), begun)),
            ..Execution::new(self, run, fence, plan, active)
        };
        (execution, machine)
    }
}

impl Execution {
    fn new(runner: &Runner, run: Run, fence: Fence, plan: Arc<Plan>, active: Active) -> Self {
        let actor = Actor::run(run.project.clone(), run.id.clone(), run.flow.clone());
        Self {
            runner: runner.clone(),
            actor: Arc::new(actor),
            run,
            fence,
            plan,
            active,
            taken: Instant::now(),
            open: HashMap::new(),
            next_seq: 0,
            steps: Vec::new(),
            response: None,
            begin: None,
        }
    }
}

fn past(step: &RunStep) -> Past {
    Past {
        status: match step.status {
            StepStatus::Succeeded | StepStatus::Skipped => RecordStatus::Succeeded,
            StepStatus::Failed => RecordStatus::Failed,
            StepStatus::Pending | StepStatus::Running | StepStatus::Waiting | StepStatus::Held => {
                RecordStatus::Running
            }
        },
        input: step.input.clone(),
        output: step.output.clone(),
        error: step.error.as_ref().map(|failure| {
            let mut error = StepFailure::new(&failure.code, failure.message.clone());
            error.output = step.output.clone().map(Box::new);
            error
        }),
        started: step.started,
    }
}
