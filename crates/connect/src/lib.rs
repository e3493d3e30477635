//! Gets and keeps credentials: connect sessions, OAuth, forms, checks, renewal, and managing what is there.
//!
//! Start at [`Connector`]. The ways a credential comes in are [`Connector::connection_create`] (forms) and
//! [`Connector::session_create`] (a browser at the provider); the one way it goes out is
//! [`Connector::credential_use`]. Every function that acts for somebody takes the actor first.

mod attach;
mod connector;
mod credential;
mod discover;
mod error;
mod forms;
mod kek_rotation;
mod keyring;
mod manage;
mod oauth;
mod oauth_clients;
mod options;
mod random;
mod refresh;
mod save;
mod secrets;
mod session;
mod sight;
mod sign;
mod upkeep;
mod used;
mod verify;

pub use attach::{Attached, BODY_WHOLE_MAX, facts, pinned_hosts};
pub use connector::{
    ConnectionEvent, ConnectionEventKind, Connector, ConnectorParts, InstalledClient,
};
pub use credential::{LiveCredential, Purpose};
pub use error::{ConnectError, ConnectResult, UseError};
pub use forms::{ConnectionCreate, FormReconnect};
pub use kek_rotation::{current_suffices, root_keks, roots_rewrap};
pub use keyring::{UnlockError, keyring_is_new, vault_open};
pub use manage::{
    ConnectionListRequest, ConnectionView, ReplaceOutcome, ReplacedFlow, RevokeRequest, Usages,
    UsedBy,
};
pub use oauth_clients::{ENDPOINTS, OAuthClientPut, OAuthClientView};
pub use options::{ConnectOptions, MethodOption};
pub use refresh::RefreshTimings;
pub use session::{
    CallbackBrowser, CallbackEnd, CallbackQuery, Choice, ConnectSessionView, SessionCreate,
    SessionCreated, SessionError, SessionWatch, return_to_checked,
};
pub use sight::Can;
