//! Carries flows out durably: queue, journal, retries, timers, triggers, held runs; and manages flows.
//!
//! Managing flows (what people do to them) is in [`flows`]: list, make, save, publish, switch, duplicate, delete,
//! versions. What people do to runs (start, test, look at, watch, cancel, retry) is in [`runs`], calls of webhooks in
//! [`hooks`]. Carrying runs out is in `worker`; start reading at `worker/execute`. When a schedule is due is in
//! `schedule`, what a webhook's caller must show in `webhook_auth`.

mod answers;
pub mod flows;
pub mod hooks;
mod published;
mod redact;
mod runner;
pub mod runs;
mod schedule;
mod webhook_auth;
mod worker;

pub use runner::{Clock, Runner, RunnerParts, RunnerResult, SystemClock};
pub use schedule::{Schedule, ScheduleError};
