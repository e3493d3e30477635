//! What goes into the machine and comes out of it.

use patchbay_expr::ExprError;
use patchbay_model::{FlowId, RunId, Timestamp};
use serde_json::Value;

use crate::{input::RunFlowInput, plan::sentence};

/// What the machine knows of its run beside the plan.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The run.
    pub run: RunId,
    /// Its flow.
    pub flow: FlowId,
    /// The flow's name.
    pub flow_name: String,
    /// What the trigger brought.
    pub trigger: Value,
    /// When the run began.
    pub started: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run begins, or goes on after having been cut off.
    Begin,
    /// The call under way has ended.
    Finished {
        /// Which call.
        path: String,
        /// What came of it, or why it failed for good.
        result: Result<Value, StepFailure>,
    },
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Write this into the journal before anything else is done.
    Record(Record),
    /// Do this and come back with [`Event::Finished`].
    Call(Call),
    /// Whoever waits for the flow's answer gets this.
    Respond(Value),
    /// The run has ended.
    End(End),
}

/// Something the machine cannot do itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Where in the run: the step's id, within loops `each[0].post`.
    pub path: String,
    /// Which step of the plan.
    pub step: usize,
    /// Its input, templates filled in.
    pub input: Value,
    /// What to do.
    pub task: Task,
}

/// What a call does.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// Sends the request that the input describes.
    Http,
    /// Runs the step's action with the input.
    Action,
    /// Waits.
    Delay {
        /// Until then.
        until: Timestamp,
    },
    /// Runs another flow.
    RunFlow(RunFlowInput),
}

/// How a recorded step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordStatus {
    /// Begun: a loop that is going over its items, or a call under way.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error.
    Failed,
}

/// A line for the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Where in the run.
    pub path: String,
    /// Which step of the plan.
    pub step: usize,
    /// How it is.
    pub status: RecordStatus,
    /// What it was given; `None` leaves what the journal has.
    pub input: Option<Value>,
    /// What came of it.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<StepFailure>,
}

/// A line of the journal of the run's earlier life.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// How the step was.
    pub status: RecordStatus,
    /// What it was given.
    pub input: Option<Value>,
    /// What came of it.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<StepFailure>,
    /// When it began; expressions that ask for the time get this one again.
    pub started: Timestamp,
}

impl Past {
    pub(super) fn ended(&self) -> bool {
        self.status != RecordStatus::Running
    }

    pub(super) fn loop_items(self) -> Option<Vec<Value>> {
        match self.input?.get_mut("items")?.take() {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Well.
    Succeeded,
    /// With the failure of a step.
    Failed(StepFailure),
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq)]
pub struct StepFailure {
    /// A code to act on, e.g. `HTTP_STATUS`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What there is of an output all the same, e.g. the answer with the bad status.
    pub output: Option<Box<Value>>,
}

impl StepFailure {
    /// A failure with a code and a sentence.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            output: None,
        }
    }

    /// The same with what there is of an output.
    pub fn with_output(mut self, output: Value) -> Self {
        self.output = Some(Box::new(output));
        self
    }

    /// A step's output is larger than can be kept.
    pub fn too_large() -> Self {
        Self::new(
            "OUTPUT_TOO_LARGE",
            "The step's data is larger than 1 MiB; ask for less, for example with a filter or fewer fields.",
        )
    }

    pub(super) fn unknown() -> Self {
        Self::new("STEP_FAILED", "The step failed.")
    }

    pub(super) fn expression(place: &str, error: &ExprError) -> Self {
        Self::new(
            "EXPRESSION_FAILED",
            format!("{place}: {}", sentence(&error.message)),
        )
    }
}
