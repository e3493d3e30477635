//! The manifest document: one app as a YAML file.
//!
//! These types are the file as written. [`crate::App`] is what the rest of the
//! product uses; it is made from a manifest that passed [`crate::check`].

mod auth;
mod call;
mod category;
mod connect;
mod form;
mod keep;
mod signed;
mod template;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub use auth::{
    AttachBodyFormat, AttachManifest, AuthManifest, BasicAttach, ClientAuth, ClientAuths,
    ExchangeManifest, Exchanges, Pkce, RefreshKind, RefreshManifest, RevokeAuth, RevokeManifest,
    ScopeSeparator, TokenFormat,
};
pub use call::{
    AccountManifest, ActionManifest, BodyFormat, DetailManifest, FailureManifest, Idempotent,
    ItemOrder, Limits, OptionsManifest, RequestTemplate, TriggerKind, TriggerManifest,
    VerifyManifest,
};
pub use category::Category;
pub use connect::{CallbackHmac, CallbackManifest, DiscoverManifest};
pub use form::{Field, Setting};
pub use keep::{Keep, KeepRule, ResponseManifest};
pub use signed::{AwsManifest, AwsPayload, JwtAlgorithm, JwtManifest, KeyFormat, OAuth1Signature};
pub use template::{Probe, Text, Tree};

/// One app: what it is, how to connect to it, what it can do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Patchbay app manifest")]
pub struct Manifest {
    /// The app's id, equal to the file's name: lower-case letters, digits and dashes.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,62}$"))]
    pub slug: String,
    /// The app's name as its makers write it.
    pub name: String,
    /// Where it stands in the catalog.
    pub category: Category,
    /// One line on what the app is for.
    #[serde(default)]
    pub description: String,
    /// Other words people search for.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The app's API documentation.
    pub docs_url: Option<String>,
    /// `#rrggbb`, for the letter shown when there is no icon.
    pub brand_color: Option<String>,
    /// Where relative request paths go. May use `settings`.
    pub base_url: Text,
    /// The only hosts a credential may be sent to; exact `host` or `host:port`. May use `settings`.
    pub hosts: Vec<Text>,
    /// What the user is asked besides secrets, shown afterwards.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Ways in, in order of preference.
    pub auth: Vec<AuthManifest>,
    /// The cheapest harmless call; tells good from bad and who it is.
    pub verify: Option<VerifyManifest>,
    /// How this app says that a call failed, where the HTTP status does not.
    pub failure: Option<FailureManifest>,
    /// How many requests the app takes.
    pub limits: Option<Limits>,
    /// Sent with every request. May use `settings`.
    #[serde(default)]
    pub headers: IndexMap<String, Text>,
    /// The header that tells a repeated call of an action with `idempotent: header`; `Idempotency-Key` when absent.
    pub idempotency_header: Option<String>,
    /// What a flow step can do.
    #[serde(default)]
    pub actions: IndexMap<String, ActionManifest>,
    /// Drop-downs loaded through a connection.
    #[serde(default)]
    pub options: IndexMap<String, OptionsManifest>,
    /// What can start a flow.
    #[serde(default)]
    pub triggers: IndexMap<String, TriggerManifest>,
}
