//! The room's integration tests.

mod check;
mod replay;
mod semantics;
mod support;
