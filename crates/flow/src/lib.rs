//! Flow documents made into plans, and plans carried out in the mind.
//!
//! [`Plan::compile`] reads a document; [`check`] also looks at what surrounds it (apps, connections, schedules) and says
//! all that is wrong. [`Machine`] is the interpreter: it takes what happened and answers what to do next, and does
//! nothing itself, so that a run can be gone through again from its journal.

pub mod check;
pub mod input;
pub mod limits;
mod machine;
mod plan;
mod problem;
mod references;
mod trigger;

pub use check::{KnownConnection, Surroundings, check};
pub use machine::{
    Call, Command, End, Event, Facts, Machine, Past, Record, RecordStatus, StepFailure, Task,
};
pub use plan::{Plan, PlanStep};
pub use problem::{FlowProblem, ProblemCode};
pub use trigger::{item_data, trigger_data};
