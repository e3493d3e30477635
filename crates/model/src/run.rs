//! How a run and its steps are.

use crate::connection::words;
use serde::{Deserialize, Serialize};

words! {
    /// How a run is.
    RunStatus, "run status" {
        /// Waits for a worker.
        Queued = "QUEUED",
        /// A worker carries it out.
        Running = "RUNNING",
        /// Waits for a delay to pass.
        Waiting = "WAITING",
        /// Parked because a connection it needs is broken; goes on after Reconnect.
        Held = "HELD",
        /// Ended well.
        Succeeded = "SUCCEEDED",
        /// Ended with an error.
        Failed = "FAILED",
        /// Stopped by somebody.
        Cancelled = "CANCELLED",
    }
}

impl RunStatus {
    /// Whether nothing more will happen to it by itself.
    pub const fn ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// How a step of a run is.
    StepStatus, "step status" {
        /// Not reached yet.
        Pending = "PENDING",
        /// Under way.
        Running = "RUNNING",
        /// Waits for a delay.
        Waiting = "WAITING",
        /// Waits for its connection.
        Held = "HELD",
        /// Ended well.
        Succeeded = "SUCCEEDED",
        /// Ended with an error.
        Failed = "FAILED",
        /// Not taken: another branch, or a filter stopped the flow before it.
        Skipped = "SKIPPED",
    }
}

words! {
    /// Why a run exists.
    RunKind, "run kind" {
        /// Started by its trigger or by hand, on the published version.
        Live = "live",
        /// A test of the draft.
        Test = "test",
    }
}
