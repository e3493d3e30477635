//! Uses credentials: the only way from a flow step, a drop-down or the API to an app.
//!
//! Start at [`Gateway::send`] in `send.rs`; the layers of a request are numbered there:
//!
//! 1. the actor's right,
//! 2. the connection and its credential, read anew,
//! 3. the URL on a pinned host and the headers that may pass,
//! 4. the credential onto the request,
//! 5. the app's pace,
//! 6. out through egress,
//! 7. a refused credential renewed once,
//! 8. the use noted.
//!
//! Secrets come in as part of a live credential and leave on the wire; nothing here returns one.

mod action;
mod error;
mod gateway;
mod headers;
mod json;
mod pace;
mod plain;
mod poll;
mod prepared;
mod request;
mod scrub;
mod send;

pub use action::ActionRequest;
pub use error::GatewayError;
pub use gateway::Gateway;
pub use headers::response_headers_keep;
pub use json::GatewayAnswer;
pub use plain::PlainRequest;
pub use poll::{PollAnswer, PollRequest};
pub use request::{GatewayRequest, GatewayResponse};
pub use scrub::{REDACTED, Scrubber};
