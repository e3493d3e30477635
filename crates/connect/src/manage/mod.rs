//! Looking after connections: seeing, renaming, checking, revoking, handing over, deleting, replacing.

mod change;
mod read;
mod replace;
mod trash;
mod view;

pub use change::RevokeRequest;
pub use read::{ConnectionListRequest, Usages, UsedBy};
pub use replace::{ReplaceOutcome, ReplacedFlow};
pub use view::ConnectionView;
