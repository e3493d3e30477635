//! One run, from where its journal ends to where it ends, waits or is let go of.
//!
//! The loop: ask the machine what to do, write down what it decided together with the call it wants made, make the
//! call, tell the machine what came of it. Nothing is changed at an app before what led to it is durable, and everything
//! written is fenced by the claim's epoch.

mod lines;
mod load;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use patchbay_flow::{
    Call, Command, End, Event, Machine, Plan, StepFailure, Task, input::RunFlowInput,
};
use patchbay_model::{Actor, Code, ConnectionId, RunId, RunKind, RunStatus, StepStatus, Timestamp};
use patchbay_store::{
    StoreError, StoreResult,
    runs::{ClaimedRun, Failure, Fence, JournalWrite, Run, RunBegin, RunChange, RunStep},
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use self::lines::kept_failure;
use super::{
    begin::Fresh,
    call::{CallContext, CallEnd},
    retry,
    subflow::{SubflowEnd, Unstarted},
};
use crate::{Runner, redact, runner::Active};

/// Waits up to this long are sat out; longer ones give the worker free.
const SIT_OUT: Duration = Duration::from_secs(5);

/// How long a run whose caller waits may go on before it is written down for the first time.
const WRITTEN_WITHIN: Duration = Duration::from_millis(50);

/// A run under way, with what its journal needs.
struct Execution {
    runner: Runner,
    run: Run,
    fence: Fence,
    actor: Arc<Actor>,
    plan: Arc<Plan>,
    active: Active,
    /// When this process took the run up.
    taken: Instant,
    /// Lines that have not come to their end.
    open: HashMap<String, RunStep>,
    next_seq: i64,
    /// What the next write holds.
    steps: Vec<RunStep>,
    response: Option<Value>,
    /// The run itself, until the first write, and who is told of that.
    begin: Option<(Box<RunBegin>, oneshot::Sender<StoreResult<()>>)>,
}

/// A run to be carried on.
pub(super) enum Taken {
    /// From the queue.
    Claimed(Box<ClaimedRun>),
    /// Right where it was triggered.
    Fresh(Box<Fresh>),
}

/// How a call leaves the run.
enum Next {
    /// Tell the machine.
    Go(Result<Value, StepFailure>),
    /// The run is no longer ours.
    Leave,
}

/// The run is another worker's, or the journal cannot be written: stop without another word.
struct Gone;

impl Runner {
    /// Carries a claimed run on. A run that cannot be carried on for a reason of our own fails with a word about it,
    /// rather than being taken up again and again.
    pub(super) async fn execute(&self, taken: Taken, active: Active) {
        let (run, epoch) = match &taken {
            Taken::Claimed(claimed) => (claimed.run.id.clone(), claimed.epoch),
            Taken::Fresh(fresh) => (fresh.run.id.clone(), 1),
        };
        let fence = Fence {
            run,
            owner: self.inner.node.clone(),
            epoch,
        };
        let work = Box::pin(async {
            let ready = match taken {
                Taken::Claimed(claimed) => self.execution(*claimed, active).await?,
                Taken::Fresh(fresh) => Some(self.execution_fresh(*fresh, fence.clone(), active)),
            };
            if let Some((execution, machine)) = ready {
                // What went wrong was logged where it did.
                let _ = Box::pin(execution.carry_on(machine)).await;
            }
            StoreResult::Ok(())
        });
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error @ StoreError::Corrupt { .. })) => {
                tracing::error!(%error, run = %fence.run, "a run cannot be read");
                self.give_up(fence).await;
            }
            // It is queued again by the sweep.
            Ok(Err(error)) => {
                tracing::warn!(%error, run = %fence.run, "a run could not be loaded; it goes on later");
            }
            Err(_) => {
                tracing::error!(run = %fence.run, "a bug stopped a run");
                self.give_up(fence).await;
            }
        }
    }

    async fn give_up(&self, fence: Fence) {
        let failure = Failure {
            code: Code::Internal.as_str().to_owned(),
            message:
                "Something failed on our side while the run was carried out; the log names the run."
                    .to_owned(),
        };
        self.end_unrun(fence, failure).await;
    }

    async fn end_unrun(&self, fence: Fence, failure: Failure) {
        let write = Arc::new(JournalWrite {
            fence,
            steps: Vec::new(),
            change: RunChange::End {
                status: RunStatus::Failed,
                error: Some(failure),
                at: self.now(),
                child: true,
            },
            response: None,
            begin: None,
        });
        if let Err(error) = self.inner.journal.write(&write).await {
            tracing::error!(%error, run = %write.fence.run, "the end of a run could not be written");
        }
        self.run_changed(&write.fence.run);
        self.queue_changed();
    }
}

impl Execution {
    async fn carry_on(mut self, mut machine: Machine) -> Result<(), Gone> {
        let mut event = Event::Begin;
        loop {
            let commands = machine.step(event, self.runner.now());
            let mut call = None;
            for command in commands {
                match command {
                    Command::Record(record) => self.record(record),
                    Command::Respond(answer) => {
                        self.response.get_or_insert(answer);
                    }
                    Command::Call(wanted) => call = Some(wanted),
                    Command::End(end) => return self.end(end).await,
                }
            }
            let Some(call) = call else {
                // The machine says nothing only to events that do not fit.
                tracing::error!(run = %self.run.id, "a run came to a stop without an end");
                return self.leave(RunChange::Requeue).await;
            };
            if self.active.cancel.is_cancelled() || self.run.cancel_requested {
                return self.cancelled().await;
            }
            if self.runner.inner.stopping.is_cancelled() {
                return self.leave(RunChange::Requeue).await;
            }
            event = match self.make(&call).await? {
                Next::Go(result) => Event::Finished {
                    path: call.path,
                    result,
                },
                Next::Leave => return Ok(()),
            };
        }
    }

    /// Makes a call, as often as it takes.
    async fn make(&mut self, call: &Call) -> Result<Next, Gone> {
        match &call.task {
            Task::Delay { until } => self.delay(call, *until).await,
            Task::RunFlow(input) => self.flow_call(call, input).await,
            Task::Http | Task::Action => Box::pin(self.app_call(call)).await,
        }
    }

    async fn delay(&mut self, call: &Call, until: Timestamp) -> Result<Next, Gone> {
        let now = self.runner.now();
        if until <= now {
            self.open_line(call, call.input.clone());
            return Ok(Next::Go(Ok(json!({ "until": until }))));
        }
        self.open_line(call, call.input.clone());
        let line = self.line(call);
        line.status = StepStatus::Waiting;
        line.wake_at = Some(until);
        self.leave(RunChange::Wait { until, run: None }).await?;
        Ok(Next::Leave)
    }

    async fn flow_call(&mut self, call: &Call, input: &RunFlowInput) -> Result<Next, Gone> {
        let mut aways = 0;
        loop {
            self.open_line(call, call.input.clone());
            self.write(RunChange::Keep).await?;
            match self.runner.subflow(&self.run, &call.path, input).await {
                Ok(SubflowEnd::Done(result)) => return Ok(Next::Go(result)),
                Ok(SubflowEnd::Wait { child, until }) => {
                    self.line(call).status = StepStatus::Waiting;
                    let change = RunChange::Wait {
                        until,
                        run: Some(child.clone()),
                    };
                    self.leave(change).await?;
                    self.runner.child_check(&self.run.project, &child).await;
                    return Ok(Next::Leave);
                }
                Err(Unstarted::Refused(failure)) => return Ok(Next::Go(Err(failure))),
                Err(Unstarted::Away(failure)) => {
                    if let Some(left) = self.pause(call, &failure, retry::away(&mut aways)).await? {
                        return Ok(left);
                    }
                }
            }
        }
    }

    async fn app_call(&mut self, call: &Call) -> Result<Next, Gone> {
        let kept = if call.task == Task::Http {
            redact::http_input(&call.input)
        } else {
            call.input.clone()
        };
        self.open_line(call, kept);
        let key = format!("{}:{}", self.run.id, call.path);
        let plan = Arc::clone(&self.plan);
        let step = plan.step(call.step);
        let mut aways = 0;
        loop {
            let line = self.line(call);
            line.attempts += 1;
            line.status = StepStatus::Running;
            line.wake_at = None;
            let (attempts, started) = (line.attempts, line.started);
            let (runner, actor) = (self.runner.clone(), Arc::clone(&self.actor));
            let context = CallContext {
                actor: &actor,
                step,
                input: &call.input,
                key: &key,
                started,
            };
            let mut made = Box::pin(async {
                if call.task == Task::Http {
                    runner.call_http(&context).await
                } else {
                    runner.call_action(&context).await
                }
            });
            let mut end = None;
            if self.may_be_written_later(call) {
                let left = WRITTEN_WITHIN.saturating_sub(self.taken.elapsed());
                end = tokio::time::timeout(left, &mut made).await.ok();
            }
            if end.is_none() {
                self.write(RunChange::Keep).await?;
                end = self.unless_stopped(made).await;
            }
            let Some(end) = end else {
                return self.stopped(call).await;
            };
            let failed = match end {
                CallEnd::Done(output) => return Ok(Next::Go(Ok(output))),
                CallEnd::Held(connection, failure) => {
                    if self.run.kind == RunKind::Test {
                        // Whoever tests is there to see it.
                        return Ok(Next::Go(Err(failure)));
                    }
                    self.hold(call, connection, failure).await?;
                    return Ok(Next::Leave);
                }
                CallEnd::Away(failure) => {
                    // It was not made.
                    self.line(call).attempts -= 1;
                    if let Some(left) = self.pause(call, &failure, retry::away(&mut aways)).await? {
                        return Ok(left);
                    }
                    continue;
                }
                CallEnd::Failed(failed) => failed,
            };
            let Some(wait) = retry::wait(step, &failed, attempts) else {
                return Ok(Next::Go(Err(failed.failure)));
            };
            if let Some(left) = self.pause(call, &failed.failure, wait).await? {
                return Ok(left);
            }
        }
    }

    /// Whether a call may be made before anything of the run is durable. Its caller waits and has been told nothing, so
    /// that a run that is lost with the process was never taken; and the call only reads, so that nothing is done at an
    /// app that the journal does not know of. Then one write serves for the run, its calls and its end.
    fn may_be_written_later(&self, call: &Call) -> bool {
        let reads = || {
            let method = call.input.get("method").and_then(Value::as_str);
            method.is_none_or(|method| {
                let only = ["GET", "HEAD", "OPTIONS"];
                only.iter().any(|read| read.eq_ignore_ascii_case(method))
            })
        };
        self.begin.is_some()
            && call.task == Task::Http
            && reads()
            && self.runner.inner.answers.wanted(&self.run.id)
    }

    /// Waits before a call is made again: here when it is not long, else by giving the worker free, which is how it
    /// leaves the run.
    async fn pause(
        &mut self,
        call: &Call,
        failure: &StepFailure,
        wait: Duration,
    ) -> Result<Option<Next>, Gone> {
        let until = self.runner.now().plus(wait);
        let line = self.line(call);
        line.error = Some(kept_failure(failure));
        line.status = StepStatus::Waiting;
        line.wake_at = Some(until);
        if wait > SIT_OUT {
            self.leave(RunChange::Wait { until, run: None }).await?;
            return Ok(Some(Next::Leave));
        }
        self.write(RunChange::Keep).await?;
        let waited = self.unless_stopped(tokio::time::sleep(wait)).await;
        if waited.is_none() {
            return self.stopped(call).await.map(Some);
        }
        if self.runner.inner.stopping.is_cancelled() {
            self.leave(RunChange::Requeue).await?;
            return Ok(Some(Next::Leave));
        }
        Ok(None)
    }

    /// Waits, but not beyond a cancellation, a lost lease or the end of the process.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.active.cancel.cancelled() => None,
            () = self.active.lost.cancelled() => None,
            () = self.runner.inner.letting_go.cancelled() => None,
            done = work => Some(done),
        }
    }

    async fn stopped(&mut self, call: &Call) -> Result<Next, Gone> {
        if self.active.lost.is_cancelled() {
            return Err(Gone);
        }
        if self.active.cancel.is_cancelled() {
            let now = self.runner.now();
            let line = self.line(call);
            line.status = StepStatus::Failed;
            line.error = Some(Failure {
                code: "CANCELLED".to_owned(),
                message: "The run was cancelled while this step was under way; the app may have acted on it."
                    .to_owned(),
            });
            line.duration_ms = Some(now.millis() - line.started.millis());
            self.cancelled().await?;
            return Ok(Next::Leave);
        }
        // The line stays open: the step is made again with the same key, for it may have happened.
        self.leave(RunChange::Requeue).await?;
        Ok(Next::Leave)
    }

    async fn hold(
        &mut self,
        call: &Call,
        connection: ConnectionId,
        failure: StepFailure,
    ) -> Result<(), Gone> {
        let line = self.line(call);
        line.status = StepStatus::Held;
        line.error = Some(kept_failure(&failure));
        // It was not made.
        line.attempts -= 1;
        self.leave(RunChange::Hold {
            connection: connection.clone(),
        })
        .await?;
        metrics::counter!("patchbay_runs_held_total").increment(1);
        self.runner.held_begun(&self.run, &connection).await;
        Ok(())
    }

    async fn cancelled(&mut self) -> Result<(), Gone> {
        let at = self.runner.now();
        self.leave(RunChange::End {
            status: RunStatus::Cancelled,
            error: Some(Failure {
                code: "CANCELLED".to_owned(),
                message: "Somebody cancelled the run.".to_owned(),
            }),
            at,
            child: self.run.depth > 0,
        })
        .await
    }

    async fn end(&mut self, end: End) -> Result<(), Gone> {
        let at = self.runner.now();
        let (status, error) = match end {
            End::Succeeded => (RunStatus::Succeeded, None),
            End::Failed(failure) => (RunStatus::Failed, Some(kept_failure(&failure))),
        };
        metrics::counter!("patchbay_runs_ended_total", "status" => status.as_str()).increment(1);
        self.leave(RunChange::End {
            status,
            error,
            at,
            child: self.run.depth > 0,
        })
        .await
    }
}

/// The Idempotency-Key of a child run: one for each place that starts it.
pub(super) fn child_key(parent: &RunId, path: &str) -> String {
    format!("run:{parent}:{path}")
}
