//! Carries flows out durably: queue, journal, retries, timers, triggers, held runs; and manages flows.
//!
//! Managing flows (what people do to them) is in [`flows`]: list, make, save, publish, switch, duplicate, delete,
//! versions. When a schedule is due is in `schedule`, what a webhook's caller must show in `webhook_auth`.

pub mod flows;
mod runner;
mod schedule;
mod webhook_auth;

pub use runner::{Runner, RunnerParts, RunnerResult};
pub use schedule::{Schedule, ScheduleError};
