//! The app catalog: manifests, and everything that can be read out of them
//! without sending anything.
//!
//! [`Catalog`] finds an [`App`]; an app renders requests (authorize URL, token
//! request, verify call, actions) and reads answers. All of it is pure. Start
//! reading at [`Catalog`], then [`App`], then the document in [`manifest`].

mod action;
mod answer;
mod app;
mod attach;
mod attach_body;
mod auth;
mod catalog;
pub mod check;
mod context;
mod discover;
pub mod document;
mod dry_run;
mod error;
mod form_check;
mod host;
mod icon;
mod input;
mod json_path;
mod keep;
mod lacking;
pub mod manifest;
mod oauth;
mod options;
mod outline;
mod request;
mod schema;
mod search;
mod summary;
mod trigger;
mod verify;

pub use action::Action;
pub use answer::Answer;
pub use app::App;
pub use attach::AttachParts;
pub use attach_body::BodyParts;
pub use auth::{Attach, AuthMethod, KeptSetting, Login, OAuth, OAuth1, Signing};
pub use catalog::{Catalog, LoadError};
pub use check::{ManifestProblem, check_file, check_text};
pub use context::{CallContext, ConnectionFacts, Settings};
pub use discover::{Discover, DiscoverError};
pub use dry_run::{DryCall, DryRun, DryRunCalls, DryRunError, DryRunRequest};
pub use error::RenderError;
pub use form_check::FieldProblem;
pub use host::{HostError, HostPort, host_allowed};
pub use icon::Icon;
pub use input::{InputProblem, InputSchema};
pub use keep::KeepError;
pub use lacking::lacking;
pub use manifest::{Category, Field, Idempotent, ItemOrder, Limits, Setting, TriggerKind};
pub use oauth::{
    AuthorizeInput, ClientRef, Endpoints, Grant, JwtParts, LoginContext, OAuth1Answer, OAuth1Urls,
    OAuthContext, Revocation, RevokedToken, SigningScope, TokenAnswer, TokenFailure,
    TokenFailureKind, TokenRequest,
};
pub use options::{OptionItem, options_items};
pub use request::RequestParts;
pub use schema::manifest_schema;
pub use summary::{MethodSummary, Summary};
pub use trigger::{Poll, PollItem, PollPage, Trigger};
pub use verify::{CallFailure, Verification};
