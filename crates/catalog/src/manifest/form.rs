use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something non-secret that the user is asked when connecting, and that is
/// shown afterwards.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name in templates: `settings.<name>`.
    pub name: String,
    /// The label in the form.
    pub title: String,
    /// Regular expression the whole value must match, checked on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// A value as an example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// One sentence on where to find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Used when the user gives nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether a value is needed; true unless said otherwise.
    #[serde(default = "yes")]
    pub required: bool,
}

/// One field of a credential.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in templates: `credential.<name>`.
    pub name: String,
    /// The label in the form.
    pub title: String,
    /// Whether it is hidden while typed and never shown again; true unless said otherwise.
    #[serde(default = "yes")]
    pub secret: bool,
    /// Regular expression the whole value must match, checked on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// One sentence on where to find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The page where it is found or made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_url: Option<String>,
    /// What such a value looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Whether a value is needed; true unless said otherwise.
    #[serde(default = "yes")]
    pub required: bool,
    /// Whether it has several lines, as a key file does.
    #[serde(default)]
    pub multiline: bool,
}

impl Field {
    pub(crate) fn implied(name: &str, title: &str, secret: bool) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            secret,
            pattern: None,
            help: None,
            help_url: None,
            placeholder: None,
            required: true,
            multiline: false,
        }
    }
}

fn yes() -> bool {
    true
}
