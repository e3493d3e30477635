//! What people do to flows.

mod change;
mod problems;
mod publish;
mod read;
mod sample;
mod versions;

use patchbay_flow::FlowProblem;
use patchbay_model::{Code, Problem, RunStatus, Timestamp, UserId, flow::FlowDocument};
use patchbay_store::{flows::FlowHead, polls::PollStatus};

pub use change::{FlowChange, NewFlowRequest};
pub use read::FlowQuery;
pub use versions::VersionView;

/// A person as answers name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// Who.
    pub id: UserId,
    /// Their name, empty when they are gone.
    pub name: String,
}

/// The latest live run of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// Which run.
    pub id: patchbay_model::RunId,
    /// How it is.
    pub status: RunStatus,
    /// When it began, or was queued.
    pub started_at: Timestamp,
}

/// A flow in a list.
#[derive(Debug, Clone)]
pub struct FlowSummary {
    /// The flow.
    pub head: FlowHead,
    /// How many of the connections it uses do not work.
    pub broken_connections: u64,
    /// Its latest live run.
    pub last_run: Option<LastRun>,
    /// How polling for it goes, when it is active and an app's event starts it.
    pub polling: Option<Polling>,
    /// Who made it.
    pub created_by: PersonName,
}

/// How polling for a flow goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Polling {
    /// Where it stands.
    pub status: PollStatus,
    /// Seconds between two polls when all is well.
    pub interval: u32,
}

/// A flow with its draft and what is wrong with it.
#[derive(Debug, Clone)]
pub struct FlowView {
    /// As in the list.
    pub summary: FlowSummary,
    /// What people work on.
    pub draft: FlowDocument,
    /// Whether the draft differs from the published version.
    pub draft_changed: bool,
    /// Where its webhook is called; nothing for other triggers.
    pub webhook_url: Option<String>,
    /// What keeps the draft from being published.
    pub problems: Vec<FlowProblem>,
}

pub(crate) fn flow_not_found() -> Problem {
    Problem::new(Code::FlowNotFound, "There is no such flow in this project.")
}

/// Longest name of a flow, in characters.
const NAME_MAX: usize = 120;

fn name_check(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::field("name", "Give the flow a name."));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Problem::field(
            "name",
            format!("The name may have at most {NAME_MAX} characters."),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Problem::field(
            "name",
            "The name may not hold control characters.",
        ));
    }
    Ok(name.to_owned())
}
