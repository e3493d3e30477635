use std::borrow::Cow;

use indexmap::IndexMap;
use patchbay_expr::Scope;
use url::Url;

use crate::action::Action;
use crate::auth::AuthMethod;
use crate::check::Finding;
use crate::context::{Settings, settings_scope};
use crate::error::RenderError;
use crate::host::{HostPort, host_allowed};
use crate::manifest::{
    ActionManifest, Category, FailureManifest, Limits, Manifest, OptionsManifest, Setting, Text,
    TriggerManifest, VerifyManifest,
};
use crate::trigger::Trigger;

/// One app of the catalog, ready for use. Everything here is pure: it renders
/// requests and reads answers, and sends nothing.
#[derive(Debug)]
pub struct App {
    /// The app's id.
    pub slug: String,
    /// The app's name.
    pub name: String,
    /// Where it stands in the catalog.
    pub category: Category,
    /// One line on what it is for.
    pub description: String,
    /// Other words for it.
    pub aliases: Vec<String>,
    /// Its API documentation.
    pub docs_url: Option<String>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// What the user is asked besides secrets.
    pub settings: Vec<Setting>,
    /// Ways in, the preferred one first.
    pub auth: Vec<AuthMethod>,
    /// How a credential is checked; `None` where the app has no harmless call.
    pub verify: Option<VerifyManifest>,
    /// How the app says at a success status that a call failed.
    pub failure: Option<FailureManifest>,
    /// How many requests the app takes from one connection.
    pub limits: Option<Limits>,
    /// The header in which the app looks for what tells a repeated call.
    pub idempotency_header: String,
    /// What flow steps can do, by key.
    pub actions: IndexMap<String, Action>,
    /// Drop-downs loaded through a connection, by name.
    pub options: IndexMap<String, OptionsManifest>,
    /// What can start a flow, by key.
    pub triggers: IndexMap<String, Trigger>,
    pub(crate) base_url: Text,
    pub(crate) hosts: Vec<Text>,
    pub(crate) headers: IndexMap<String, Text>,
}

impl App {
    /// From a manifest; the findings say which parts do not fit together.
    pub(crate) fn new(manifest: Manifest) -> Result<Self, Vec<Finding>> {
        let auth = AuthMethod::build_all(&manifest.auth)?;
        Ok(Self {
            slug: manifest.slug,
            name: manifest.name,
            category: manifest.category,
            description: manifest.description,
            aliases: manifest.aliases,
            docs_url: manifest.docs_url,
            brand_color: manifest.brand_color,
            settings: manifest.settings,
            auth,
            verify: manifest.verify,
            failure: manifest.failure,
            limits: manifest.limits,
            idempotency_header: manifest
                .idempotency_header
                .unwrap_or_else(|| "Idempotency-Key".to_owned()),
            actions: keyed(manifest.actions, |key, m: ActionManifest| {
                Action::new(key, m)
            }),
            options: manifest.options,
            triggers: keyed(manifest.triggers, |key, m: TriggerManifest| {
                Trigger::new(key, m)
            }),
            base_url: manifest.base_url,
            hosts: manifest.hosts,
            headers: manifest.headers,
        })
    }

    /// The auth method with this id.
    pub fn method(&self, id: &str) -> Option<&AuthMethod> {
        self.auth.iter().find(|m| m.id == id)
    }

    /// Templates of the hosts, as written: for showing before connecting.
    pub fn host_templates(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(Text::source)
    }

    /// The exact hosts a credential with these settings may be sent to, to be
    /// pinned at connect time.
    ///
    /// An entry without a port whose host is that of `base_url` takes the port
    /// of `base_url`; any other takes 443.
    pub fn hosts(&self, settings: &Settings) -> Result<Vec<HostPort>, RenderError> {
        self.hosts_in(None, settings)
    }

    /// The same for a connection made with `method`, which may have hosts of its own.
    pub fn hosts_of(
        &self,
        method: &AuthMethod,
        settings: &Settings,
    ) -> Result<Vec<HostPort>, RenderError> {
        self.hosts_in(Some(method), settings)
    }

    fn hosts_in(
        &self,
        method: Option<&AuthMethod>,
        settings: &Settings,
    ) -> Result<Vec<HostPort>, RenderError> {
        let scope = settings_scope(settings);
        let base = HostPort::of_url(&self.base_url(method, &scope)?)
            .ok_or_else(|| RenderError::url(&self.slug, "base_url", "it names no plain host"))?;
        let own = method.and_then(|method| method.hosts.as_ref());
        let mut out: Vec<HostPort> = Vec::new();
        for entry in own.unwrap_or(&self.hosts) {
            let text = entry
                .render(&scope)
                .map_err(|e| RenderError::template(&self.slug, "host", &e))?;
            let plain = |port| {
                HostPort::parse(&text, port)
                    .map_err(|e| RenderError::url(&self.slug, "host", e.to_string()))
            };
            let mut host = plain(443)?;
            if host.host() == base.host() {
                host = plain(base.port())?;
            }
            if !out.contains(&host) {
                out.push(host);
            }
        }
        Ok(out)
    }

    /// Where relative targets go, for a connection with these settings.
    pub fn base(&self, settings: &Settings) -> Result<Url, RenderError> {
        self.base_url(None, &settings_scope(settings))
    }

    /// The same for a connection made with `method`, which may have a base URL of its own.
    pub fn base_of(&self, method: &AuthMethod, settings: &Settings) -> Result<Url, RenderError> {
        self.base_url(Some(method), &settings_scope(settings))
    }

    /// The URL that a flow author's `target` means: an absolute URL as it is,
    /// anything else below `base`. The host must be one of `hosts`.
    pub fn target_url(
        &self,
        base: &Url,
        target: &str,
        hosts: &[HostPort],
    ) -> Result<Url, RenderError> {
        let url = match path_below(base, target) {
            Some(url) => url,
            None => self.join(|| Ok(Cow::Borrowed(base)), target, "request URL")?,
        };
        pinned(url, hosts)
    }

    pub(crate) fn base_url(
        &self,
        method: Option<&AuthMethod>,
        scope: &Scope,
    ) -> Result<Url, RenderError> {
        let own = method.and_then(|method| method.base_url.as_ref());
        let text = own
            .unwrap_or(&self.base_url)
            .render(scope)
            .map_err(|e| RenderError::template(&self.slug, "base_url", &e))?;
        parse_url(&self.slug, "base_url", &text)
    }

    pub(crate) fn resolve(
        &self,
        method: Option<&AuthMethod>,
        scope: &Scope,
        target: &str,
        place: &str,
    ) -> Result<Url, RenderError> {
        self.join(
            || self.base_url(method, scope).map(Cow::Owned),
            target,
            place,
        )
    }

    fn join<'b>(
        &self,
        base: impl FnOnce() -> Result<Cow<'b, Url>, RenderError>,
        target: &str,
        place: &str,
    ) -> Result<Url, RenderError> {
        if target != target.trim() {
            return Err(RenderError::url(
                &self.slug,
                place,
                "it has space around it",
            ));
        }
        let mut url = if is_absolute(target) {
            parse_url(&self.slug, place, target)?
        } else {
            let base = base()?;
            let base = base.as_str().trim_end_matches('/');
            let slash = if target.starts_with(['/', '?']) || target.is_empty() {
                ""
            } else {
                "/"
            };
            parse_url(&self.slug, place, &format!("{base}{slash}{target}"))?
        };
        url.set_fragment(None);
        Ok(url)
    }
}

fn keyed<M, T>(from: IndexMap<String, M>, make: impl Fn(&str, M) -> T) -> IndexMap<String, T> {
    from.into_iter()
        .map(|(key, value)| {
            let made = make(&key, value);
            (key, made)
        })
        .collect()
}

/// The URL, if its host is one that the credential may be sent to.
pub(crate) fn pinned(url: Url, hosts: &[HostPort]) -> Result<Url, RenderError> {
    if host_allowed(&url, hosts) {
        return Ok(url);
    }
    let allowed: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    Err(RenderError::HostNotAllowed {
        host: HostPort::of_url(&url).map_or_else(|| "this URL".to_owned(), |h| h.to_string()),
        allowed: allowed.join(", "),
    })
}

/// A plain path below `base`, as `App::join` would make it, without parsing the host again: that is most of the work,
/// and most targets are plain paths. `None` for everything else.
fn path_below(base: &Url, target: &str) -> Option<Url> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_~!$&'()*+,;=:@%?.".contains(&b);
    if !target.starts_with('/')
        || !target.bytes().all(plain)
        || target.contains("://")
        || base.query().is_some()
        || base.fragment().is_some()
    {
        return None;
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut url = base.clone();
    match base.path().trim_end_matches('/') {
        "" => url.set_path(path),
        below => url.set_path(&format!("{below}{path}")),
    }
    url.set_query(query);
    Some(url)
}

/// Whether `target` starts with a scheme and `//`.
fn is_absolute(target: &str) -> bool {
    target.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

/// Parses an `http` or `https` URL without user information. Characters that
/// URL parsers drop or bend silently are refused, because what is checked must
/// be what is dialled.
pub(crate) fn parse_url(app: &str, place: &str, text: &str) -> Result<Url, RenderError> {
    if text != text.trim() || text.chars().any(|c| c.is_control() || c == '\\') {
        return Err(RenderError::url(
            app,
            place,
            "it holds a line break, a backslash or space around it",
        ));
    }
    let url = Url::parse(text).map_err(|e| RenderError::url(app, place, e.to_string()))?;
    if HostPort::of_url(&url).is_none() {
        return Err(RenderError::url(
            app,
            place,
            "it must be http or https with a plain host, without user name or trailing dot",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s07_a_plain_path_is_joined_as_any_target_is() {
        let pieces = [
            "/",
            "//",
            "a",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            "?",
            "?x=1",
            "&y=%20",
            "@",
            ":",
            ":80",
            "evil.example",
            "b;c=d",
            "é",
            " ",
            "#",
            "\\",
            "'",
            "\"",
            "|",
            "\t",
            "://",
            "%",
            "%zz",
            "+",
            "~",
            "$batch",
            "(1)",
            "*",
            "=",
            ",",
            "!",
        ];
        let bases = [
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com/v1",
            "https://api.example.com/v1/",
            "http://127.0.0.1:8701/a/b//",
            "https://[::1]:8443/x",
            "https://api.example.com/v1?k=1",
        ];
        // A small linear congruential generator: the same targets every time.
        let mut state = 7_u32;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % below
        };
        let mut joined = 0;
        for _ in 0..20_000 {
            let base = Url::parse(bases[next(bases.len())]).expect("a URL");
            let mut target = String::from("/");
            for _ in 0..next(7) {
                target.push_str(pieces[next(pieces.len())]);
            }
            let Some(url) = path_below(&base, &target) else {
                continue;
            };
            joined += 1;
            let whole = format!("{}{target}", base.as_str().trim_end_matches('/'));
            let parsed = Url::parse(&whole).expect("a URL");
            assert_eq!(url.as_str(), parsed.as_str(), "{base} and {target}");
        }
        assert!(joined > 2_000, "only {joined} targets were plain paths");
    }
}
