//! The product's nouns. Every other room speaks in these types.

pub mod actor;
pub mod connection;
pub mod flow;
pub mod id;
pub mod name;
pub mod plan;
pub mod problem;
pub mod rights;
pub mod run;
pub mod timestamp;

pub use actor::{Actor, Principal};
pub use connection::{AccountIdentity, AuthMethodKind, ConnectionStatus, StatusReason, Visibility};
pub use id::{
    AuditId, ConnectSessionId, ConnectionId, FlowId, IdError, InvitationId, KeyId, ProjectId,
    RunId, SessionId, UserId,
};
pub use plan::{Plan, PlanLimits};
pub use problem::{Code, Problem};
pub use rights::{KeyScope, Right, Role};
pub use run::{RunKind, RunStatus, StepStatus};
pub use timestamp::Timestamp;
