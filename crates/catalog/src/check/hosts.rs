//! Whether a credential can only ever go where `hosts` says.

use patchbay_expr::{Engine, Template};
use serde_json::Value as Json;

use super::Finding;
use crate::app::{App, parse_url};
use crate::auth::endpoint_requests;
use crate::context::{Settings, settings_scope};
use crate::form_check::whole;
use crate::host::{HostPort, host_allowed};
use crate::manifest::{AuthManifest, Manifest, RequestTemplate};

/// What a value inside a host must not be able to hold, because it would lead
/// to another host.
const INSIDE: [&str; 9] = [
    "evil.example/",
    "evil.example/x",
    "a@evil.example",
    "a:b@evil.example",
    "evil.example#",
    "evil.example?",
    "evil.example\\",
    "a b",
    "a%2f",
];

/// What a whole URL must not be able to be.
const WHOLE: [&str; 8] = [
    "evil.example",
    "javascript:alert(1)",
    "ftp://evil.example",
    "file:///etc/passwd",
    "https://a@evil.example",
    "https://a:b@evil.example/x",
    "https://good.example\\@evil.example",
    "https://",
];

pub(super) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut out = Vec::new();
    if manifest.hosts.is_empty() {
        out.push(Finding::new(
            "hosts",
            "an app needs at least one host that its credential may be sent to",
        ));
    }
    let own = manifest.auth.iter().enumerate().flat_map(|(index, auth)| {
        let hosts = auth.hosts.iter().flatten().enumerate();
        hosts.map(move |(nth, host)| (format!("auth[{index}].hosts[{nth}]"), host))
    });
    let hosts = manifest.hosts.iter().enumerate();
    let hosts = hosts.map(|(index, host)| (format!("hosts[{index}]"), host));
    for (at, host) in hosts.chain(own) {
        // `| host` takes the host out of a URL, so the setting is a whole one.
        let from_url = host.source().contains("| host");
        settings_in_host(manifest, &at, host.source(), from_url, &mut out);
    }
    for (at, source) in urls(manifest) {
        let (authority, is_whole) = authority(&source);
        settings_in_host(manifest, &at, authority, is_whole, &mut out);
    }
    for (index, auth) in manifest.auth.iter().enumerate() {
        if auth.hosts.as_ref().is_some_and(Vec::is_empty) {
            out.push(Finding::new(
                format!("auth[{index}].hosts"),
                "a method with hosts of its own needs at least one",
            ));
        }
    }
    for (at, request) in endpoints(manifest) {
        only_settings_in_host(&at, request, &mut out);
    }
    if out.is_empty() {
        coverage(manifest, &mut out);
    }
    out
}

/// Templates of whole URLs, with their paths.
fn urls(manifest: &Manifest) -> Vec<(String, String)> {
    let mut out = vec![("base_url".to_owned(), manifest.base_url.source().to_owned())];
    for (index, auth) in manifest.auth.iter().enumerate() {
        for (field, url) in [
            ("base_url", &auth.base_url),
            ("authorize_url", &auth.authorize_url),
            ("token_url", &auth.token_url),
            ("refresh_url", &auth.refresh_url),
            ("revoke_url", &auth.revoke_url),
            ("request_token_url", &auth.request_token_url),
        ] {
            if let Some(url) = url {
                out.push((format!("auth[{index}].{field}"), url.source().to_owned()));
            }
        }
    }
    for (at, request) in requests(manifest).into_iter().chain(endpoints(manifest)) {
        let source = request.path.source();
        if is_url(source) {
            out.push((at, source.to_owned()));
        }
    }
    out
}

/// Requests whose host the manifest itself decides, as it does for `token_url`: it need not be among `hosts`.
fn endpoints(manifest: &Manifest) -> Vec<(String, &RequestTemplate)> {
    let mut out = Vec::new();
    for (index, auth) in manifest.auth.iter().enumerate() {
        let requests = endpoint_requests(auth).into_iter();
        out.extend(requests.map(|(at, request)| (format!("auth[{index}].{at}"), request)));
    }
    out
}

/// Nothing but settings, which are held to patterns and domains, may decide on the host of an endpoint.
fn only_settings_in_host(at: &str, request: &RequestTemplate, out: &mut Vec<Finding>) {
    let source = request.path.source();
    let is_relative = !is_url(source) && !source.starts_with("{{");
    if is_relative {
        return;
    }
    let (authority, _) = authority(source);
    let Ok(template) = Engine::new().compile(authority) else {
        return;
    };
    let foreign = template
        .references()
        .into_iter()
        .find(|name| !name.starts_with("settings."));
    if let Some(name) = foreign {
        out.push(Finding::new(
            at,
            format!("`{name}` decides on a host here; only settings with a `pattern` or `host_within` may"),
        ));
    }
}

fn requests(manifest: &Manifest) -> Vec<(String, &RequestTemplate)> {
    let revocations = manifest.auth.iter().enumerate();
    let revocations = revocations.filter_map(|(index, auth)| revocation(index, auth));
    calls(manifest).into_iter().chain(revocations).collect()
}

fn revocation(index: usize, auth: &AuthManifest) -> Option<(String, &RequestTemplate)> {
    let revoke = auth.revoke.as_ref()?;
    Some((format!("auth[{index}].revoke.request"), &revoke.request))
}

/// What connections of all methods may call.
fn calls(manifest: &Manifest) -> Vec<(String, &RequestTemplate)> {
    let mut out = Vec::new();
    if let Some(verify) = &manifest.verify {
        out.push(("verify.request".to_owned(), &verify.request));
    }
    for (key, action) in &manifest.actions {
        out.push((format!("actions.{key}.request"), &action.request));
    }
    for (name, options) in &manifest.options {
        out.push((format!("options.{name}.request"), &options.request));
    }
    for (key, trigger) in &manifest.triggers {
        if let Some(request) = &trigger.request {
            out.push((format!("triggers.{key}.request"), request));
        }
    }
    out
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// The part of a URL template that decides on the host, and whether that is
/// an expression for a whole URL.
pub(crate) fn authority(source: &str) -> (&str, bool) {
    let Some(rest) = source
        .strip_prefix("https://")
        .or_else(|| source.strip_prefix("http://"))
    else {
        let end = source.find("}}").map_or(source.len(), |i| i + 2);
        return (&source[..end], true);
    };
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' | '?' | '#' if depth == 0 => return (&rest[..at], false),
            _ => {}
        }
    }
    (rest, false)
}

fn settings_in_host(
    manifest: &Manifest,
    at: &str,
    source: &str,
    is_whole: bool,
    out: &mut Vec<Finding>,
) {
    // A template that cannot be read is reported with the templates.
    let Ok(template) = Engine::new().compile(source) else {
        return;
    };
    for name in template.references() {
        let Some(name) = name.strip_prefix("settings.") else {
            continue;
        };
        let name = name.split('.').next().unwrap_or(name);
        if let Some(setting) = manifest.settings.iter().find(|s| s.name == name) {
            let Some(pattern) = &setting.pattern else {
                out.push(Finding::new(
                    at,
                    format!("`settings.{name}` decides on a host, so it needs a `pattern`"),
                ));
                continue;
            };
            let Ok(regex) = whole(pattern) else { continue };
            let probes: &[&str] = if is_whole { &WHOLE } else { &INSIDE };
            if let Some(probe) = probes.iter().find(|p| regex.is_match(p)) {
                out.push(Finding::new(
                    at,
                    format!(
                        "the pattern of `settings.{name}` lets `{probe}` through, which would lead to another host"
                    ),
                ));
            }
        } else if kept_without_domains(manifest, name) {
            out.push(Finding::new(
                at,
                format!("`{name}` is kept from an answer and decides on a host, so it needs `host_within`"),
            ));
        }
    }
}

fn kept_without_domains(manifest: &Manifest, name: &str) -> bool {
    manifest
        .auth
        .iter()
        .flat_map(AuthManifest::keeps)
        .any(|(_, kept, rule)| kept == name && rule.host_within().is_none())
}

/// Settings as a user might give them.
fn sample_settings(manifest: &Manifest) -> Settings {
    let mut out = Settings::new();
    for setting in &manifest.settings {
        let value = setting.example.as_ref().or(setting.default.as_ref());
        out.insert(
            setting.name.clone(),
            Json::from(value.cloned().unwrap_or_else(|| "sample".to_owned())),
        );
    }
    for auth in &manifest.auth {
        for (_, name, keep) in auth.keeps() {
            let value = match keep.host_within().and_then(<[String]>::first) {
                // An address has nothing below it.
                Some(domain) if domain.parse::<std::net::IpAddr>().is_ok() => domain.clone(),
                Some(domain) => format!("sample.{domain}"),
                None => "sample".to_owned(),
            };
            out.insert(name.clone(), Json::from(value));
        }
    }
    out
}

/// Every URL that carries a credential has its host among `hosts`.
fn coverage(manifest: &Manifest, out: &mut Vec<Finding>) {
    let settings = sample_settings(manifest);
    let Ok(app) = App::new(manifest.clone()) else {
        return;
    };
    covered(manifest, &app, None, &settings, out);
    for (index, method) in app.auth.iter().enumerate() {
        if method.base_url.is_some() || method.hosts.is_some() {
            covered(manifest, &app, Some(index), &settings, out);
        }
    }
    oauth_endpoints(manifest, &settings, out);
}

/// The same for what one method has of its own, or for the app.
fn covered(
    manifest: &Manifest,
    app: &App,
    own: Option<usize>,
    settings: &Settings,
    out: &mut Vec<Finding>,
) {
    let method = own.and_then(|index| Some((index, app.auth.get(index)?)));
    let hosts = match method {
        None => app.hosts(settings),
        Some((_, method)) => app.hosts_of(method, settings),
    };
    let hosts = match hosts {
        Ok(hosts) => hosts,
        Err(error) => {
            let at = method.map_or_else(|| "hosts".to_owned(), |(i, _)| format!("auth[{i}]"));
            let message = format!("with the examples of the settings, {error}");
            out.push(Finding::new(at, message));
            return;
        }
    };
    let shown: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let base = method.and_then(|(index, method)| Some((index, method.base_url.as_ref()?)));
    let mut sources = match base {
        Some((index, base)) => vec![(format!("auth[{index}].base_url"), base.source())],
        None => vec![("base_url".to_owned(), manifest.base_url.source())],
    };
    let revocations = manifest.auth.iter().enumerate().filter(|(index, auth)| {
        let has_own = auth.hosts.is_some() || auth.base_url.is_some();
        own.map_or(!has_own, |own| own == *index)
    });
    sources.extend(
        calls(manifest)
            .into_iter()
            .chain(revocations.filter_map(|(index, auth)| revocation(index, auth)))
            .map(|(at, r)| (at, r.path.source()))
            .filter(|(_, source)| is_url(source)),
    );
    for (at, source) in sources {
        let (authority, is_whole) = authority(source);
        let end = if is_whole {
            authority.len()
        } else {
            source.find("://").unwrap_or(0) + 3 + authority.len()
        };
        let rendered = Engine::new()
            .compile(&source[..end])
            .and_then(|t: Template| t.render_str(&settings_scope(settings)));
        // What cannot be rendered is reported with the templates.
        let Ok(text) = rendered else { continue };
        match parse_url(&manifest.slug, "URL", &text) {
            Ok(url) if host_allowed(&url, &hosts) => {}
            Ok(url) => {
                let host = HostPort::of_url(&url).map_or_else(String::new, |h| h.to_string());
                out.push(Finding::new(
                    at,
                    format!(
                        "the host {host} is not among `hosts` ({})",
                        shown.join(", ")
                    ),
                ));
            }
            Err(error) => out.push(Finding::new(at, error.to_string())),
        }
    }
}

/// OAuth endpoints are usable URLs once settings are filled in.
fn oauth_endpoints(manifest: &Manifest, settings: &Settings, out: &mut Vec<Finding>) {
    let scope = settings_scope(settings).with("client", &serde_json::json!({"id": "sample"}));
    for (at, source) in urls(manifest) {
        let is_endpoint = at.starts_with("auth[") && at.ends_with("_url");
        if !is_endpoint || at.ends_with(".base_url") {
            continue;
        }
        let field = at.rsplit('.').next().unwrap_or_default();
        if let Ok(text) = Engine::new()
            .compile(&source)
            .and_then(|t| t.render_str(&scope))
            && let Err(error) = parse_url(&manifest.slug, field, &text)
        {
            out.push(Finding::new(at.clone(), error.to_string()));
        }
    }
}
