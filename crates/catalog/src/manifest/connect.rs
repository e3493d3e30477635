use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::auth::AttachManifest;
use super::call::RequestTemplate;
use super::keep::Keep;
use super::template::Probe;

/// What a provider's redirect back carries besides `code` and `state` (RFC 6749 §4.1.2).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackManifest {
    /// The parameter that holds the code, where it is not `code`.
    pub code: Option<String>,
    /// Parameters saved into `settings`, by name, before the code is exchanged. `path` is the parameter's name.
    #[serde(default)]
    pub keep: IndexMap<String, Keep>,
    /// Must hold, or the sign-in stops. Uses `query` (the redirect's parameters) and `settings`.
    pub check: Option<Probe>,
    /// The parameter `hmac` must be that of the other parameters by the client's secret.
    pub hmac: Option<CallbackHmac>,
}

/// How a redirect is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallbackHmac {
    /// HMAC-SHA256 in hexadecimal over the parameters in order of name, as Shopify does.
    Sha256,
}

/// A call made once a credential is there, for what its answer does not say: a site, an account, a host.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscoverManifest {
    /// What to send: an absolute URL, or a path below `base_url`. Uses `settings`, also those that earlier calls kept.
    pub request: RequestTemplate,
    /// How the credential is put on it, where that is not as on any other request.
    pub attach: Option<AttachManifest>,
    /// A list to choose from; `keep` then reads the one that is chosen. Uses `response` and `settings`.
    pub items: Option<Probe>,
    /// Chooses the first item it holds for; the first of all when absent. Uses `item` and `settings`.
    #[serde(rename = "where")]
    pub chosen: Option<Probe>,
    /// One sentence for when there is no such item.
    pub missing: Option<String>,
    /// What is saved into `settings`, by name.
    pub keep: IndexMap<String, Keep>,
}
