//! Values of answers that become settings of a connection.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use url::Url;

use crate::context::Settings;
use crate::form_check::whole;
use crate::host::HostPort;
use crate::json_path;
use crate::manifest::Keep;

/// What a value from a redirect's query must look like where its rule says nothing: it has passed through a browser,
/// so it must not be able to lead a path elsewhere.
const FROM_BROWSER: &str = "[A-Za-z0-9._~-]{1,200}";

/// Why the values were not kept. Quotes none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepError {
    /// A host outside the domains it must lie within.
    Host {
        /// Name of the setting.
        name: String,
        /// The domains.
        domains: Vec<String>,
    },
    /// A value that does not match its pattern.
    Malformed {
        /// Name of the setting.
        name: String,
    },
    /// A value that is needed and not there.
    Missing {
        /// Name of the setting.
        name: String,
        /// Where it should have been.
        path: String,
    },
}

impl KeepError {
    /// One sentence without its end. `place` says where the value was looked for: `in its answer`.
    pub fn sentence(&self, app: &str, place: &str) -> String {
        match self {
            Self::Host { domains, .. } => format!(
                "{app} named a host outside {} {place}, so nothing was saved",
                domains.join(" and ")
            ),
            Self::Malformed { name } => format!(
                "{app} gave a value for `{name}` {place} that is not of the form it must have, so nothing was saved"
            ),
            Self::Missing { name, path } => format!(
                "{app} did not say `{path}` {place}, without which there is no `{name}`, so nothing was saved"
            ),
        }
    }
}

/// What is kept of an answer's body.
pub(crate) fn of_body(rules: &IndexMap<String, Keep>, body: &Json) -> Result<Settings, KeepError> {
    kept(rules, |path| json_path::find_any(body, path).cloned(), None)
}

/// What is kept of the parameters of a redirect.
pub(crate) fn of_query(
    rules: &IndexMap<String, Keep>,
    query: &[(String, String)],
) -> Result<Settings, KeepError> {
    let find = |path: &str| {
        query
            .iter()
            .find(|(name, value)| name == path && !value.is_empty())
            .map(|(_, value)| Json::from(value.clone()))
    };
    kept(rules, find, Some(FROM_BROWSER))
}

fn kept(
    rules: &IndexMap<String, Keep>,
    find: impl Fn(&str) -> Option<Json>,
    otherwise: Option<&str>,
) -> Result<Settings, KeepError> {
    let mut out = Map::new();
    for (name, rule) in rules {
        let name = name.clone();
        let Some(value) = find(rule.path()) else {
            if rule.is_required() {
                let path = rule.path().to_owned();
                return Err(KeepError::Missing { name, path });
            }
            continue;
        };
        if let Some(domains) = rule.host_within() {
            let host = json_path::text(&value)
                .and_then(|text| host_of(&text))
                .filter(|host| domains.iter().any(|domain| host.is_within(domain)));
            let Some(host) = host else {
                let domains = domains.to_vec();
                return Err(KeepError::Host { name, domains });
            };
            out.insert(name, Json::from(host.to_string()));
            continue;
        }
        if let Some(pattern) = rule.pattern().or(otherwise) {
            let fits = json_path::text(&value)
                .is_some_and(|text| whole(pattern).is_ok_and(|regex| regex.is_match(&text)));
            if !fits {
                return Err(KeepError::Malformed { name });
            }
        }
        out.insert(name, value);
    }
    Ok(out)
}

/// The host of an `https` URL or a bare host.
fn host_of(text: &str) -> Option<HostPort> {
    let text = text.trim();
    if !text.contains("://") {
        return text.parse().ok();
    }
    let url = Url::parse(text).ok()?;
    if url.scheme() != "https" || text.contains('\\') {
        return None;
    }
    HostPort::of_url(&url)
}
