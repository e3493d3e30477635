//! The room's integration tests.

mod away;
mod calls;
mod crash;
mod deleted;
mod held;
mod hooks;
mod polls;
mod schedules;
mod site;
mod subflows;
mod views;
mod world;
