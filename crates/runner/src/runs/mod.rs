//! What people do to runs.

mod control;
mod read;
mod start;
mod watch;

use patchbay_model::{
    Code, ConnectionId, ConnectionStatus, Problem, Timestamp, flow::FlowDocument,
};
use patchbay_store::runs::{Run, RunStep};

pub use control::RetryFrom;
pub use read::{FlowName, RunSummary};
pub use start::StartedRun;
pub use watch::RunWatch;

/// The connection a run is held for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFor {
    /// Which one.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: ConnectionStatus,
    /// Since when it is in the trash.
    pub deleted_at: Option<Timestamp>,
}

/// A run with everything it did.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// As in the list.
    pub summary: RunSummary,
    /// Its steps in the order they began, then those it has not come to.
    pub steps: Vec<RunLine>,
    /// What it carries out.
    pub document: Option<FlowDocument>,
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunLine {
    /// As the journal has it; for a step not come to, what the document says of it.
    pub step: RunStep,
    /// Whether it has begun.
    pub begun: bool,
}

pub(crate) fn run_not_found() -> Problem {
    Problem::new(Code::RunNotFound, "There is no such run in this project.")
}

impl RunView {
    /// The run itself.
    pub fn run(&self) -> &Run {
        &self.summary.run
    }
}
