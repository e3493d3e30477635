//! Names, patterns, links and schemas.

use std::collections::HashSet;

use serde_json::Value as Json;
use url::Url;

use super::Finding;
use crate::auth::endpoint_requests;
use crate::form_check::whole;
use crate::icon::is_color;
use crate::json_path;
use crate::manifest::{
    AttachManifest, AuthManifest, DiscoverManifest, Field, Manifest, RequestTemplate, TriggerKind,
};
use crate::request::{METHODS, check_header};

pub(super) const NAME_RULE: &str =
    "a name is lower-case letters, digits and underscores, starting with a letter";

/// Whether `name` can stand in a template.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Property names of an input schema.
pub(super) fn properties(schema: Option<&Json>) -> Vec<String> {
    schema
        .and_then(|s| s.get("properties"))
        .and_then(Json::as_object)
        .map(|p| p.keys().cloned().collect())
        .unwrap_or_default()
}

pub(super) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    head(manifest, &mut found);
    settings(manifest, &mut found);
    auth(manifest, &mut found);
    if let Some(verify) = &manifest.verify {
        found.request("verify.request", &verify.request);
    }
    for (key, action) in &manifest.actions {
        let at = format!("actions.{key}");
        found.name(&at, key);
        found.title(&format!("{at}.title"), &action.title);
        found.schema(&format!("{at}.input"), action.input.as_ref(), manifest);
        found.request(&format!("{at}.request"), &action.request);
    }
    for (name, options) in &manifest.options {
        let at = format!("options.{name}");
        found.name(&at, name);
        found.request(&format!("{at}.request"), &options.request);
        for (field, text) in [("value", &options.value), ("label", &options.label)] {
            if !text.contains("{{") {
                found.path(&format!("{at}.{field}"), text);
            }
        }
    }
    triggers(manifest, &mut found);
    found.0
}

fn head(manifest: &Manifest, found: &mut Findings) {
    let slug = &manifest.slug;
    let good = slug.len() <= 63
        && slug.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        found.add(
            "slug",
            "a slug is lower-case letters, digits and dashes, starting with a letter or digit",
        );
    }
    found.title("name", &manifest.name);
    if manifest.description.contains('\n') {
        found.add("description", "a description is one line of text");
    }
    if let Some(color) = &manifest.brand_color
        && !is_color(color)
    {
        found.add("brand_color", "a colour is written `#rrggbb`");
    }
    if let Some(url) = &manifest.docs_url {
        found.link("docs_url", url);
    }
    let mut seen = HashSet::new();
    for (index, alias) in manifest.aliases.iter().enumerate() {
        if alias.trim().is_empty() || !seen.insert(alias.to_lowercase()) {
            found.add(
                format!("aliases[{index}]"),
                "an alias stands here once, and not empty",
            );
        }
    }
    for name in manifest.headers.keys() {
        if let Err(error) = check_header(name, "") {
            found.add(format!("headers.{name}"), error.to_string());
        }
    }
    if let Some(limits) = &manifest.limits {
        for (field, value) in [
            ("requests_per_minute", limits.requests_per_minute),
            ("requests_per_second", limits.requests_per_second),
        ] {
            if value == Some(0) {
                found.add(format!("limits.{field}"), "a limit is at least 1");
            }
        }
    }
}

fn settings(manifest: &Manifest, found: &mut Findings) {
    let mut seen = HashSet::new();
    for (index, setting) in manifest.settings.iter().enumerate() {
        let at = format!("settings[{index}]");
        found.name(&format!("{at}.name"), &setting.name);
        found.title(&format!("{at}.title"), &setting.title);
        if !seen.insert(&setting.name) {
            found.add(
                format!("{at}.name"),
                format!("the setting `{}` is there already", setting.name),
            );
        }
        let Some(pattern) = &setting.pattern else {
            continue;
        };
        let regex = match whole(pattern) {
            Ok(regex) => regex,
            Err(error) => {
                found.add(format!("{at}.pattern"), no_regex(&error));
                continue;
            }
        };
        for (field, value) in [("example", &setting.example), ("default", &setting.default)] {
            if let Some(value) = value
                && !regex.is_match(value)
            {
                found.add(
                    format!("{at}.{field}"),
                    format!("`{value}` does not match the pattern of this setting"),
                );
            }
        }
    }
}

fn auth(manifest: &Manifest, found: &mut Findings) {
    if manifest.auth.is_empty() {
        found.add("auth", "an app needs at least one auth method");
    }
    for (index, auth) in manifest.auth.iter().enumerate() {
        let at = format!("auth[{index}]");
        if let Some(fields) = &auth.fields {
            fields_check(&format!("{at}.fields"), fields, found);
        }
        for (nth, name) in auth.settings.iter().flatten().enumerate() {
            if manifest.settings.iter().all(|s| s.name != *name) {
                found.add(
                    format!("{at}.settings[{nth}]"),
                    format!("there is no setting `{name}`"),
                );
            }
        }
        if let Some(url) = &auth.setup_url {
            found.link(&format!("{at}.setup_url"), url);
        }
        if let Some(revoke) = &auth.revoke {
            found.request(&format!("{at}.revoke.request"), &revoke.request);
        }
        if let Some(response) = &auth.response {
            for (field, path) in [
                ("access_token", &response.access_token),
                ("refresh_token", &response.refresh_token),
                ("expires_in", &response.expires_in),
                ("expires_in_ms", &response.expires_in_ms),
                ("expires_at", &response.expires_at),
                ("scope", &response.scope),
                ("error", &response.error),
                ("error_description", &response.error_description),
            ] {
                if let Some(path) = path {
                    found.path(&format!("{at}.response.{field}"), path);
                }
            }
        }
        for (path, _, keep) in auth.keeps() {
            let at = format!("{at}.{path}");
            // A parameter of a redirect has a name, not a path.
            if !path.starts_with("callback.") {
                found.path(&at, keep.path());
            } else if keep.path().is_empty() {
                found.add(&at, "this is the name of a parameter, and not empty");
            }
            if let Some(pattern) = keep.pattern()
                && let Err(error) = whole(pattern)
            {
                found.add(format!("{at}.pattern"), no_regex(&error));
            }
        }
        connecting(&at, auth, found);
        for (nth, step) in auth.discover.iter().flatten().enumerate() {
            discover(&format!("{at}.discover[{nth}]"), step, found);
        }
        if let Some(attach) = &auth.attach {
            attach_check(&format!("{at}.attach"), attach, found);
        }
    }
}

/// What becomes a token, and what is signed.
fn connecting(at: &str, auth: &AuthManifest, found: &mut Findings) {
    for (path, request) in endpoint_requests(auth) {
        if !path.starts_with("discover[") {
            found.request(&format!("{at}.{path}"), request);
        }
    }
    let more = auth
        .exchanges()
        .filter_map(|(_, one)| one.response.as_ref());
    for response in auth.response.iter().chain(more) {
        for (name, path) in &response.tokens {
            let at = format!("{at}.response.tokens.{name}");
            found.name(&at, name);
            found.path(&at, path);
        }
    }
    if let Some(attach) = &auth.login_attach {
        attach_check(&format!("{at}.login_attach"), attach, found);
    }
    if let Some(jwt) = &auth.jwt
        && !(1..=86_400).contains(&jwt.lifetime)
    {
        found.add(
            format!("{at}.jwt.lifetime"),
            "a signed token lives from 1 to 86400 seconds",
        );
    }
}

fn discover(at: &str, step: &DiscoverManifest, found: &mut Findings) {
    found.request(&format!("{at}.request"), &step.request);
    if step.keep.is_empty() {
        found.add(
            at,
            "this call keeps nothing; say under `keep` what it is for",
        );
    }
    if step.items.is_none() {
        for (field, given) in [
            ("where", step.chosen.is_some()),
            ("missing", step.missing.is_some()),
        ] {
            if given {
                found.add(
                    format!("{at}.{field}"),
                    format!("`{field}` belongs to `items`: the list to choose from"),
                );
            }
        }
    }
    if let Some(text) = &step.missing {
        found.title(&format!("{at}.missing"), text);
    }
    if let Some(attach) = &step.attach {
        attach_check(&format!("{at}.attach"), attach, found);
    }
}

fn attach_check(at: &str, attach: &AttachManifest, found: &mut Findings) {
    let empty = attach.header.is_empty()
        && attach.query.is_empty()
        && attach.basic.is_none()
        && attach.path.is_none()
        && attach.body.is_empty();
    if empty {
        found.add(
            at,
            "`attach` puts nothing on the request; give header, query, basic, path or body",
        );
    }
    for name in attach.header.keys().filter(|n| !n.contains("{{")) {
        if let Err(error) = check_header(name, "") {
            found.add(format!("{at}.header.{name}"), error.to_string());
        }
    }
    if let Some(path) = &attach.path
        && !path.source().starts_with('/')
    {
        found.add(format!("{at}.path"), "a path starts with a slash");
    }
}

fn fields_check(at: &str, fields: &[Field], found: &mut Findings) {
    let mut seen = HashSet::new();
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{at}[{index}]");
        found.name(&format!("{at}.name"), &field.name);
        found.title(&format!("{at}.title"), &field.title);
        if !seen.insert(&field.name) {
            found.add(
                format!("{at}.name"),
                format!("the field `{}` is there already", field.name),
            );
        }
        if let Some(pattern) = &field.pattern
            && let Err(error) = whole(pattern)
        {
            found.add(format!("{at}.pattern"), no_regex(&error));
        }
        if let Some(url) = &field.help_url {
            found.link(&format!("{at}.help_url"), url);
        }
    }
}

fn triggers(manifest: &Manifest, found: &mut Findings) {
    for (key, trigger) in &manifest.triggers {
        let at = format!("triggers.{key}");
        found.name(&at, key);
        found.title(&format!("{at}.title"), &trigger.title);
        found.schema(&format!("{at}.input"), trigger.input.as_ref(), manifest);
        if trigger.kind == TriggerKind::Webhook {
            found.add(
                format!("{at}.kind"),
                "webhook triggers are not supported yet in this version; use poll",
            );
            continue;
        }
        for (field, given) in [
            ("request", trigger.request.is_some()),
            ("items", trigger.items.is_some()),
        ] {
            if !given {
                found.add(&at, format!("a poll trigger needs `{field}`"));
            }
        }
        for (field, given) in [
            ("subscribe", trigger.subscribe.is_some()),
            ("unsubscribe", trigger.unsubscribe.is_some()),
            ("signature", trigger.signature.is_some()),
        ] {
            if given {
                found.add(
                    format!("{at}.{field}"),
                    format!("`{field}` belongs to webhook triggers"),
                );
            }
        }
        if let Some(request) = &trigger.request {
            found.request(&format!("{at}.request"), request);
        }
        if let Some(detail) = &trigger.detail {
            found.request(&format!("{at}.detail.request"), &detail.request);
        }
        if trigger
            .interval
            .is_some_and(|seconds| !(5..=86_400).contains(&seconds))
        {
            found.add(
                format!("{at}.interval"),
                "an app is asked every 5 to 86400 seconds",
            );
        }
    }
}

fn no_regex(error: &regex_lite::Error) -> String {
    format!("the pattern is no regular expression: {error}")
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding::new(path, message));
    }

    fn name(&mut self, at: &str, name: &str) {
        if !is_name(name) {
            self.add(at, NAME_RULE);
        }
    }

    fn title(&mut self, at: &str, text: &str) {
        if text.trim().is_empty() || text.contains('\n') {
            self.add(at, "this is one line of text, and not empty");
        }
    }

    fn path(&mut self, at: &str, path: &str) {
        if !json_path::are_valid(path) {
            self.add(
                at,
                format!(
                    "`{path}` is no path; write names with dots between them, such as `data.token`"
                ),
            );
        }
    }

    fn link(&mut self, at: &str, url: &str) {
        let good =
            Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "https" | "http") && u.has_host());
        if !good {
            self.add(at, "a link is an absolute http or https URL");
        }
    }

    fn request(&mut self, at: &str, request: &RequestTemplate) {
        let method = request.method.source();
        if !method.contains("{{") && !METHODS.contains(&method) {
            self.add(
                format!("{at}.method"),
                format!(
                    "`{method}` is no method a request may have; there are {}",
                    METHODS.join(", ")
                ),
            );
        }
        if matches!(method, "GET" | "HEAD") && request.body.is_some() {
            self.add(
                format!("{at}.body"),
                format!("{method} requests have no body"),
            );
        }
        if let Some(query) = &request.query
            && !query.source().is_object()
            && !query.source().is_string()
        {
            self.add(
                format!("{at}.query"),
                "`query` is a map of parameters, or an expression that yields one",
            );
        }
        if let Some((_, query)) = request.path.source().split_once('?')
            && query.contains("{{")
        {
            self.add(
                format!("{at}.path"),
                "put query parameters with values under `query`, where they are encoded",
            );
        }
        for name in request.headers.keys() {
            if let Err(error) = check_header(name, "") {
                self.add(format!("{at}.headers.{name}"), error.to_string());
            }
        }
    }

    fn schema(&mut self, at: &str, schema: Option<&Json>, manifest: &Manifest) {
        let Some(schema) = schema else { return };
        if schema.get("type").and_then(Json::as_str) != Some("object") {
            self.add(at, "the schema of an input has `type: object`");
            return;
        }
        if let Err(error) = jsonschema::meta::validate(schema) {
            let place = error.instance_path().to_string().replace('/', ".");
            self.add(
                format!("{at}{place}"),
                format!("this is no JSON Schema: {error}"),
            );
            return;
        }
        let names = properties(Some(schema));
        for required in schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(name) = required.as_str()
                && !names.iter().any(|n| n == name)
            {
                self.add(
                    format!("{at}.required"),
                    format!("`{name}` is required but not among the properties"),
                );
            }
        }
        for (name, property) in schema
            .get("properties")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            let at = format!("{at}.properties.{name}");
            if let Some(options) = property.get("options") {
                let known = options
                    .as_str()
                    .is_some_and(|o| manifest.options.contains_key(o));
                if !known {
                    self.add(
                        format!("{at}.options"),
                        format!("there is no list {options} under `options`"),
                    );
                }
            }
        }
    }
}
