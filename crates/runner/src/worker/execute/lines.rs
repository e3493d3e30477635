//! What a run writes of itself: the lines of its journal, what becomes of it, and the answer for whoever waits.

use std::sync::{Arc, atomic::Ordering};

use patchbay_flow::{Call, PlanStep, Record, RecordStatus, StepFailure};
use patchbay_model::{RunStatus, StepStatus, Timestamp};
use patchbay_store::runs::{Failure, JournalWrite, RunChange, RunStep};
use serde_json::Value;

use super::{Execution, Gone};
use crate::hooks;

impl Execution {
    /// Writes what there is and gives the run out of hand.
    pub(super) async fn leave(&mut self, change: RunChange) -> Result<(), Gone> {
        let wakes = matches!(
            change,
            RunChange::Requeue | RunChange::End { child: true, .. }
        );
        self.write(change).await?;
        if wakes {
            // The run itself, or the one that waited for it.
            self.runner.queue_changed();
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, change: RunChange) -> Result<(), Gone> {
        let mut steps = std::mem::take(&mut self.steps);
        steps.extend(
            self.open
                .values()
                .filter(|line| line.kind != "loop")
                .cloned(),
        );
        let (begin, begun) = self.begin.take().unzip();
        let write = Arc::new(JournalWrite {
            fence: self.fence.clone(),
            steps,
            change,
            response: self.response.take(),
            begin,
        });
        let mut result = self.runner.inner.journal.write(&write).await;
        if let Some(begun) = begun {
            // A caller that went away has its run all the same.
            match result {
                Ok(_) => {
                    self.active.written.store(true, Ordering::Release);
                    drop(begun.send(Ok(())));
                }
                Err(error) => {
                    drop(begun.send(Err(error)));
                    return Err(Gone);
                }
            }
            result = Ok(true);
        }
        match result {
            Ok(true) => {
                self.answer(Arc::unwrap_or_clone(write));
                self.runner.run_changed(&self.run.id);
                Ok(())
            }
            Ok(false) => {
                tracing::warn!(run = %self.run.id, "another worker has the run by now");
                Err(Gone)
            }
            Err(error) => {
                tracing::error!(%error, run = %self.run.id, "the journal cannot be written; the run goes on later");
                Err(Gone)
            }
        }
    }

    /// Tells whoever waits for the run's answer in this process.
    fn answer(&self, write: JournalWrite) {
        let answers = &self.runner.inner.answers;
        if !answers.wanted(&self.run.id) {
            return;
        }
        let status = match write.change {
            RunChange::End { status, .. } => status,
            _ => RunStatus::Running,
        };
        if let Some(answer) = hooks::answer(self.run.id.clone(), status, write.response) {
            answers.give(&self.run.id, answer);
        }
    }

    /// Begins a line for a call, or takes up the one it has from before.
    pub(super) fn open_line(&mut self, call: &Call, input: Value) {
        let line = self.line(call);
        line.input = Some(input);
        line.status = StepStatus::Running;
    }

    pub(super) fn line(&mut self, call: &Call) -> &mut RunStep {
        let now = self.runner.now();
        let step = self.plan.step(call.step);
        let next_seq = &mut self.next_seq;
        self.open.entry(call.path.clone()).or_insert_with(|| {
            let line = new_line(step, call.path.clone(), *next_seq, now);
            *next_seq += 1;
            line
        })
    }

    /// Puts what the machine decided into the next write.
    pub(super) fn record(&mut self, record: Record) {
        let now = self.runner.now();
        let step = self.plan.step(record.step);
        let known = self.open.remove(&record.path);
        let mut line = known.unwrap_or_else(|| {
            let line = new_line(step, record.path.clone(), self.next_seq, now);
            self.next_seq += 1;
            line
        });
        if let Some(input) = record.input {
            line.input = Some(input);
        }
        line.output = record.output;
        line.error = record.error.as_ref().map(kept_failure);
        line.attempts = line.attempts.max(1);
        line.wake_at = None;
        line.status = match record.status {
            RecordStatus::Running => StepStatus::Running,
            RecordStatus::Succeeded => StepStatus::Succeeded,
            RecordStatus::Failed => StepStatus::Failed,
        };
        if record.status == RecordStatus::Running {
            self.open.insert(record.path, line.clone());
        } else {
            line.duration_ms = Some(now.millis().saturating_sub(line.started.millis()).max(0));
        }
        self.steps.push(line);
    }
}

fn new_line(step: &PlanStep, path: String, seq: i64, started: Timestamp) -> RunStep {
    RunStep {
        path,
        seq,
        step: step.id.clone(),
        kind: step.kind_word().to_owned(),
        name: step.name.clone(),
        status: StepStatus::Running,
        input: None,
        output: None,
        error: None,
        attempts: 0,
        started,
        duration_ms: None,
        wake_at: None,
    }
}

pub(super) fn kept_failure(failure: &StepFailure) -> Failure {
    Failure {
        code: failure.code.clone(),
        message: failure.message.clone(),
    }
}
