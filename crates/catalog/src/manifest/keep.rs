use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::template::Probe;

/// Where a token answer differs from RFC 6749 §5. Paths are dotted, with
/// numbers for list places: `authed_user.access_token`, `accounts.0.id`. With ` | ` between
/// them they are alternatives, and the first that is there counts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseManifest {
    /// Path of the access token.
    pub access_token: Option<String>,
    /// Path of the refresh token.
    pub refresh_token: Option<String>,
    /// Path of the lifetime in seconds.
    pub expires_in: Option<String>,
    /// Path of the lifetime in milliseconds.
    pub expires_in_ms: Option<String>,
    /// Path of the moment it ends: RFC 3339, epoch seconds or milliseconds.
    pub expires_at: Option<String>,
    /// Path of the scopes granted.
    pub scope: Option<String>,
    /// Holds when an answer with a success status is an error.
    pub failed: Option<Probe>,
    /// Path of the error code.
    pub error: Option<String>,
    /// Path of the error's text.
    pub error_description: Option<String>,
    /// Paths of further tokens, secret, by the name they have in `credential`.
    #[serde(default)]
    pub tokens: IndexMap<String, String>,
    /// What is saved into `settings`, by name.
    #[serde(default)]
    pub keep: IndexMap<String, Keep>,
}

/// A value of an answer to keep as a setting.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Keep {
    /// Its path.
    Path(String),
    /// Its path and what it must be.
    Rule(KeepRule),
}

/// A kept value and what it must be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepRule {
    /// Path in the answer.
    pub path: String,
    /// The value is a URL or host; its host, which must be one of these domains or lie within one, is kept.
    pub host_within: Option<Vec<String>>,
    /// Regular expression the whole value must match.
    pub pattern: Option<String>,
    /// Whether connecting fails without it.
    #[serde(default)]
    pub required: bool,
}

impl Keep {
    /// Path in the answer.
    pub fn path(&self) -> &str {
        match self {
            Self::Path(path) => path,
            Self::Rule(rule) => &rule.path,
        }
    }

    /// Domains the host must lie within, when it is to become one.
    pub fn host_within(&self) -> Option<&[String]> {
        self.rule()?.host_within.as_deref()
    }

    /// What the whole value must match.
    pub fn pattern(&self) -> Option<&str> {
        self.rule()?.pattern.as_deref()
    }

    /// Whether connecting fails without it.
    pub fn is_required(&self) -> bool {
        self.rule().is_some_and(|rule| rule.required)
    }

    fn rule(&self) -> Option<&KeepRule> {
        match self {
            Self::Path(_) => None,
            Self::Rule(rule) => Some(rule),
        }
    }
}
