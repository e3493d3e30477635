//! Carrying runs out.

mod begin;
mod call;
mod dispatch;
mod execute;
mod held;
mod journal;
mod poll;
mod retry;
mod subflow;
mod upkeep;

pub(crate) use journal::Journal;
pub(crate) use poll::UNKNOWN_INTERVAL;
pub(crate) use upkeep::tick;
