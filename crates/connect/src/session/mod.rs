//! Connect sessions: one attempt to authorize at a provider, from the button to exactly one outcome.
//!
//! `create` makes the attempt and the URL to go to; `callback` takes the browser back and starts `exchange`, which
//! ends in a connection or in an error; `resolve` lets the person choose after signing in as another account; `watch`
//! tells whoever waits.

mod callback;
mod create;
mod exchange;
mod held;
mod resolve;
mod return_to;
mod snapshot;
mod view;
mod watch;

pub use callback::{CallbackBrowser, CallbackEnd, CallbackQuery};
pub use create::{SessionCreate, SessionCreated};
pub use resolve::Choice;
pub use return_to::return_to_checked;
pub use view::{ConnectSessionView, SessionError};
pub use watch::SessionWatch;
