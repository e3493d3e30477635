//! Runs and the journal of their steps.
//!
//! The rows are the truth: a worker claims a run under a lease with an epoch that only grows, and everything it writes
//! is fenced by that epoch, so a worker that was paused past its lease cannot write any more.

mod claim;
mod entity;
mod held;
mod journal;
mod read;
mod start;
mod step_entity;
mod waiting;

use patchbay_model::{
    ConnectionId, FlowId, ProjectId, RunId, RunKind, RunStatus, StepStatus, Timestamp,
    flow::FlowDocument,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{StoreError, StoreResult};

pub use claim::{
    Beat, ClaimedRun, leases_count, leases_drop, leases_expire, leases_extend, leases_forget,
    queue_has_work, run_claim,
};
pub use held::held_counts;
pub use journal::{Fence, JournalWrite, RunBegin, RunChange, journal_write, journal_write_many};
pub use read::{
    RunFilter, held_count, last_runs, run_document, run_find, run_list, run_revision, steps_list,
};
pub use start::{NewRun, Started, run_cancel, run_insert, steps_copy};
pub use waiting::{HeldOn, held_connections, held_release, next_wake, parent_wake, timers_fire};

/// Why a run or a step ended badly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A code to act on.
    pub code: String,
    /// A sentence to read.
    pub message: String,
}

/// One execution of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Which run.
    pub id: RunId,
    /// Whose.
    pub project: ProjectId,
    /// Of which flow.
    pub flow: FlowId,
    /// Of which version; `None` for a test of the draft.
    pub version: Option<i64>,
    /// Why it exists.
    pub kind: RunKind,
    /// How it is.
    pub status: RunStatus,
    /// What started it: `manual`, `schedule`, `webhook`, `app`, `flow`.
    pub trigger_kind: String,
    /// What the trigger brought.
    pub trigger: Value,
    /// Why it failed.
    pub error: Option<Failure>,
    /// What its `respond` step answered.
    pub response: Option<Value>,
    /// When it was queued.
    pub created: Timestamp,
    /// When a worker first took it.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The connection it is held for.
    pub waiting_connection: Option<ConnectionId>,
    /// When a delay ends.
    pub wake_at: Option<Timestamp>,
    /// Whether somebody wants it stopped.
    pub cancel_requested: bool,
    /// How many flows called each other to get here; 0 for one that was triggered.
    pub depth: i64,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// Grows with every change.
    pub revision: i64,
}

/// One line of a run's journal. A step in a loop has a line for each item.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStep {
    /// Where in the run: the step's id, within loops `each[0].post`.
    pub path: String,
    /// The order in which steps began.
    pub seq: i64,
    /// The step's id in the document.
    pub step: String,
    /// Its kind, as in the document.
    pub kind: String,
    /// What people call it.
    pub name: Option<String>,
    /// How it is.
    pub status: StepStatus,
    /// What it was given, secrets taken out.
    pub input: Option<Value>,
    /// What came of it, secrets taken out.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// When its delay or its next try is due.
    pub wake_at: Option<Timestamp>,
}

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        table: "runs",
        what: what.to_string(),
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> StoreResult<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(corrupt)
}

fn kind_parse(text: &str) -> StoreResult<RunKind> {
    parse(text)
}

fn json<T: serde::de::DeserializeOwned>(text: Option<&str>) -> StoreResult<Option<T>> {
    text.map(serde_json::from_str).transpose().map_err(corrupt)
}

fn text<T: Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(corrupt)
}

fn run(row: &entity::Model) -> StoreResult<Run> {
    Ok(Run {
        id: parse(&row.id)?,
        project: parse(&row.project)?,
        flow: parse(&row.flow)?,
        version: row.version,
        kind: kind_parse(&row.kind)?,
        status: parse(&row.status)?,
        trigger_kind: row.trigger_kind.clone(),
        trigger: serde_json::from_str(&row.trigger_data).map_err(corrupt)?,
        error: json(row.error.as_deref())?,
        response: json(row.response.as_deref())?,
        created: Timestamp::from_millis(row.created_at),
        started: row.started_at.map(Timestamp::from_millis),
        finished: row.finished_at.map(Timestamp::from_millis),
        waiting_connection: row
            .waiting_connection
            .as_deref()
            .map(parse::<ConnectionId>)
            .transpose()?,
        wake_at: row.wake_at.map(Timestamp::from_millis),
        cancel_requested: row.cancel_requested,
        depth: row.depth,
        retry_of: row.retry_of.as_deref().map(parse::<RunId>).transpose()?,
        revision: row.revision,
    })
}

fn step(row: &step_entity::Model) -> StoreResult<RunStep> {
    Ok(RunStep {
        path: row.path.clone(),
        seq: row.seq,
        step: row.step.clone(),
        kind: row.kind.clone(),
        name: row.name.clone(),
        status: parse(&row.status)?,
        input: json(row.input.as_deref())?,
        output: json(row.output.as_deref())?,
        error: json(row.error.as_deref())?,
        attempts: row.attempts,
        started: Timestamp::from_millis(row.started_at),
        duration_ms: row.duration_ms,
        wake_at: row.wake_at.map(Timestamp::from_millis),
    })
}

fn document(text: Option<&str>) -> StoreResult<Option<FlowDocument>> {
    json(text)
}
