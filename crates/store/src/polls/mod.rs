//! Questions asked of apps now and then for flows that wait for something new.
//!
//! A question is a row of `polls`: connection, trigger and input, with how far it has been read. Flows that ask the same
//! share the row (`poll_flows`), so that the app is asked once. Which flow asks what follows from the published
//! documents: whatever publishes, switches, changes or deletes a flow brings it up to date in its own write unit
//! (`subscribe.rs`). Runs are made in the unit that moves the position ([`poll_write`]), fenced by a lease.

mod ask;
pub(crate) mod entity;
mod read;
mod subscribe;

use patchbay_model::{ConnectionId, FlowId, ProjectId, Timestamp};
use serde_json::Value;

use crate::{StoreError, StoreResult, runs::Failure};

pub use ask::{
    PollChange, PollFence, Subscriber, poll_leases_forget, poll_release, poll_subscribers,
    poll_write, polls_claim, polls_due,
};
pub use read::{paused_connections, poll_statuses};
pub use subscribe::{polls_hasten, polls_resume};
pub(crate) use subscribe::{subscription_remove, subscription_set};

/// How polling for a flow goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollState {
    /// As it should.
    Polling,
    /// Not at all, until a person has mended the connection.
    Paused,
    /// The last time it failed; it is tried again by itself.
    Failing,
}

impl PollState {
    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::Paused => "paused",
            Self::Failing => "failing",
        }
    }

    fn parse(text: &str) -> StoreResult<Self> {
        [Self::Polling, Self::Paused, Self::Failing]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| corrupt(text))
    }
}

/// A question to be asked now, as whoever claimed it finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedPoll {
    /// Its id with the claim's owner and epoch.
    pub fence: PollFence,
    /// Whose.
    pub project: ProjectId,
    /// Through which connection.
    pub connection: ConnectionId,
    /// Slug of the app.
    pub app: String,
    /// Key of the trigger.
    pub trigger: String,
    /// The trigger's input.
    pub input: Value,
    /// What the app's answers said to remember.
    pub cursor: Option<Value>,
    /// Fingerprints of items that were there before, oldest first.
    pub seen: Vec<String>,
    /// Whether it was never answered before: then the answer only sets the beginning.
    pub first: bool,
    /// How often in a row it has failed.
    pub failures: i64,
}

/// How polling for one flow stands.
#[derive(Debug, Clone, PartialEq)]
pub struct PollStatus {
    /// How it goes.
    pub state: PollState,
    /// Why it does not go.
    pub failure: Option<Failure>,
    /// Slug of the app.
    pub app: String,
    /// Key of the trigger.
    pub trigger: String,
    /// Through which connection.
    pub connection: ConnectionId,
    /// Since when it goes so.
    pub since: Timestamp,
    /// The last time it was answered.
    pub last_at: Option<Timestamp>,
    /// When it is asked next.
    pub next_at: Option<Timestamp>,
    /// Whether only what comes from now on makes runs; before that the beginning is not set yet.
    pub begun: bool,
}

/// The flow a status belongs to.
pub type StatusesByFlow = std::collections::HashMap<FlowId, PollStatus>;

fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        table: "polls",
        what: what.to_string(),
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> StoreResult<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(corrupt)
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(corrupt)
}

fn text<T: serde::Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(corrupt)
}
