//! Every template of a manifest, with its path and the names it may use.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::rules::properties;
use crate::auth::{AuthMethod, Signing};
use crate::manifest::{
    AttachManifest, AuthManifest, Manifest, Probe, RefreshManifest, RequestTemplate, Text, Tree,
};

/// A template where it stands.
pub(super) struct Use<'a> {
    pub(super) path: String,
    pub(super) source: Source<'a>,
    /// Root names in scope.
    pub(super) roots: &'static [&'static str],
    /// Field names behind `credential`, where that is in scope.
    pub(super) credential: Vec<String>,
    /// Property names behind `input`, where they are known.
    pub(super) input: Option<Vec<String>>,
}

pub(super) enum Source<'a> {
    Text(&'a str),
    Probe(&'a str),
    Tree(&'a Tree),
}

const SETTINGS: &[&str] = &["settings"];
const CLIENT: &[&str] = &["settings", "client"];
const ATTACH: &[&str] = &["settings", "credential", "connection"];
const REVOKE: &[&str] = &["settings", "client", "credential"];
const LOGIN: &[&str] = &["settings", "credential"];
const CALLBACK: &[&str] = &["settings", "query"];
const REQUEST: &[&str] = &["settings", "connection"];
const INPUT: &[&str] = &["settings", "connection", "input"];
const POLL: &[&str] = &["settings", "connection", "input", "cursor", "page"];
const DETAIL: &[&str] = &["settings", "connection", "input", "item"];
const DETAIL_OUTPUT: &[&str] = &["response", "item", "input"];
const RESPONSE: &[&str] = &["response"];
const VERIFIED: &[&str] = &["response", "settings"];
const DISCOVERED: &[&str] = &["response", "settings"];
const DISCOVER_ITEM: &[&str] = &["item", "response", "settings"];
const OUTPUT: &[&str] = &["response", "input"];
const ITEM: &[&str] = &["item"];
const ITEM_ID: &[&str] = &["item", "index", "key", "cursor"];
const POLL_ITEMS: &[&str] = &["response", "settings", "connection", "input", "cursor"];
const POLL_NEXT: &[&str] = &[
    "response",
    "items",
    "page",
    "settings",
    "connection",
    "input",
    "cursor",
];
const POLL_CURSOR: &[&str] = &[
    "response",
    "items",
    "settings",
    "connection",
    "input",
    "cursor",
];

pub(super) struct Collector<'a> {
    pub(super) out: Vec<Use<'a>>,
    credential: Vec<String>,
    input: Option<Vec<String>>,
}

pub(super) fn collect(manifest: &Manifest) -> Vec<Use<'_>> {
    let mut c = Collector {
        out: Vec::new(),
        credential: Vec::new(),
        input: None,
    };
    c.text("base_url", &manifest.base_url, SETTINGS);
    for (index, host) in manifest.hosts.iter().enumerate() {
        c.text(&format!("hosts[{index}]"), host, SETTINGS);
    }
    c.texts("headers", &manifest.headers, SETTINGS);
    c.auth(manifest);
    if let Some(verify) = &manifest.verify {
        c.request("verify.request", &verify.request, REQUEST);
        c.probe("verify.ok", verify.ok.as_ref(), VERIFIED);
        c.probe("verify.error", verify.error.as_ref(), RESPONSE);
        if let Some(account) = &verify.account {
            c.probe("verify.account.id", account.id.as_ref(), VERIFIED);
            c.probe("verify.account.label", account.label.as_ref(), VERIFIED);
        }
    }
    if let Some(failure) = &manifest.failure {
        c.probe("failure.when", Some(&failure.when), RESPONSE);
        c.probe(
            "failure.unauthorized",
            failure.unauthorized.as_ref(),
            RESPONSE,
        );
        c.probe("failure.message", failure.message.as_ref(), RESPONSE);
    }
    for (key, action) in &manifest.actions {
        c.input = known_inputs(action.input.as_ref());
        c.request(&format!("actions.{key}.request"), &action.request, INPUT);
        c.probe(
            &format!("actions.{key}.output"),
            action.output.as_ref(),
            OUTPUT,
        );
    }
    // What the form holds when options are loaded depends on the action.
    c.input = None;
    for (name, options) in &manifest.options {
        c.request(&format!("options.{name}.request"), &options.request, INPUT);
        c.probe(
            &format!("options.{name}.items"),
            Some(&options.items),
            OUTPUT,
        );
        c.maybe_path(&format!("options.{name}.value"), &options.value);
        c.maybe_path(&format!("options.{name}.label"), &options.label);
    }
    for (key, trigger) in &manifest.triggers {
        c.input = known_inputs(trigger.input.as_ref());
        let at = |field: &str| format!("triggers.{key}.{field}");
        if let Some(request) = &trigger.request {
            c.request(&at("request"), request, POLL);
        }
        c.probe(&at("items"), trigger.items.as_ref(), POLL_ITEMS);
        c.probe(&at("id"), trigger.id.as_ref(), ITEM_ID);
        c.probe(&at("next"), trigger.next.as_ref(), POLL_NEXT);
        if let Some(detail) = &trigger.detail {
            c.request(&at("detail.request"), &detail.request, DETAIL);
            c.probe(&at("detail.output"), detail.output.as_ref(), DETAIL_OUTPUT);
        }
        c.probe(&at("cursor"), trigger.cursor.as_ref(), POLL_CURSOR);
    }
    c.out
}

impl<'a> Collector<'a> {
    fn auth(&mut self, manifest: &'a Manifest) {
        for (index, auth) in manifest.auth.iter().enumerate() {
            let at = |field: &str| format!("auth[{index}].{field}");
            self.credential = credential_names(&manifest.auth, index);
            for (field, url) in [
                ("authorize_url", &auth.authorize_url),
                ("token_url", &auth.token_url),
                ("refresh_url", &auth.refresh_url),
                ("revoke_url", &auth.revoke_url),
                ("issuer", &auth.issuer),
                ("request_token_url", &auth.request_token_url),
            ] {
                if let Some(url) = url {
                    self.text(&at(field), url, CLIENT);
                }
            }
            if let Some(base) = &auth.base_url {
                self.text(&at("base_url"), base, SETTINGS);
            }
            for (nth, host) in auth.hosts.iter().flatten().enumerate() {
                self.text(&at(&format!("hosts[{nth}]")), host, SETTINGS);
            }
            for (nth, step) in auth.discover.iter().flatten().enumerate() {
                let at = |field: &str| at(&format!("discover[{nth}].{field}"));
                self.request(&at("request"), &step.request, SETTINGS);
                self.probe(&at("items"), step.items.as_ref(), DISCOVERED);
                self.probe(&at("where"), step.chosen.as_ref(), DISCOVER_ITEM);
                if let Some(attach) = &step.attach {
                    self.attach(&at("attach"), attach);
                }
            }
            for (nth, scope) in auth.scopes.iter().flatten().enumerate() {
                self.text(&at(&format!("scopes[{nth}]")), scope, SETTINGS);
            }
            for (field, params) in [
                ("authorize_params", &auth.authorize_params),
                ("token_params", &auth.token_params),
                ("refresh_params", &auth.refresh_params),
            ] {
                if let Some(params) = params {
                    self.texts(&at(field), params, CLIENT);
                }
            }
            if let Some(revoke) = &auth.revoke {
                self.request(&at("revoke.request"), &revoke.request, REVOKE);
            }
            if let Some(response) = &auth.response {
                self.probe(&at("response.failed"), response.failed.as_ref(), RESPONSE);
            }
            self.connecting(&at, auth);
            if let Some(attach) = &auth.attach {
                self.attach(&at("attach"), attach);
            }
        }
    }

    /// What becomes a token, and what is signed.
    fn connecting(&mut self, at: &dyn Fn(&str) -> String, auth: &'a AuthManifest) {
        if let Some(callback) = &auth.callback {
            self.probe(&at("callback.check"), callback.check.as_ref(), CALLBACK);
        }
        for (path, exchange) in auth.exchanges() {
            let at = at(&path);
            self.request(&format!("{at}.request"), &exchange.request, REVOKE);
            if let Some(response) = &exchange.response {
                let at = format!("{at}.response.failed");
                self.probe(&at, response.failed.as_ref(), RESPONSE);
            }
        }
        if let Some(RefreshManifest::Request(request)) = &auth.refresh {
            let roots = if auth.token_url.is_some() {
                REVOKE
            } else {
                LOGIN
            };
            self.request(&at("refresh"), request, roots);
        }
        if let Some(request) = &auth.request {
            self.request(&at("request"), request, LOGIN);
        }
        if let Some(attach) = &auth.login_attach {
            self.attach(&at("login_attach"), attach);
        }
        if let Some(jwt) = &auth.jwt {
            self.text(&at("jwt.key"), &jwt.key, LOGIN);
            for (field, trees) in [("header", &jwt.header), ("claims", &jwt.claims)] {
                for (name, tree) in trees {
                    let at = at(&format!("jwt.{field}.{name}"));
                    self.push(at, Source::Tree(tree), LOGIN);
                }
            }
        }
        if let Some(realm) = &auth.realm {
            self.text(&at("realm"), realm, SETTINGS);
        }
        if let Some(aws) = &auth.aws {
            self.text(&at("aws.service"), &aws.service, SETTINGS);
            self.text(&at("aws.region"), &aws.region, SETTINGS);
        }
    }

    fn attach(&mut self, at: &str, attach: &'a AttachManifest) {
        for (field, map) in [
            ("header", &attach.header),
            ("query", &attach.query),
            ("body", &attach.body),
        ] {
            for name in map.keys() {
                self.push(format!("{at}.{field}.{name}"), Source::Text(name), ATTACH);
            }
            self.texts(&format!("{at}.{field}"), map, ATTACH);
        }
        if let Some(basic) = &attach.basic {
            self.text(&format!("{at}.basic.username"), &basic.username, ATTACH);
            self.text(&format!("{at}.basic.password"), &basic.password, ATTACH);
        }
        if let Some(path) = &attach.path {
            self.text(&format!("{at}.path"), path, ATTACH);
        }
    }

    fn push(&mut self, path: String, source: Source<'a>, roots: &'static [&'static str]) {
        self.out.push(Use {
            path,
            source,
            roots,
            credential: if roots.contains(&"credential") {
                self.credential.clone()
            } else {
                Vec::new()
            },
            input: self.input.clone().filter(|_| roots.contains(&"input")),
        });
    }

    fn text(&mut self, path: &str, text: &'a Text, roots: &'static [&'static str]) {
        self.push(path.to_owned(), Source::Text(text.source()), roots);
    }

    fn texts(
        &mut self,
        path: &str,
        map: &'a IndexMap<String, Text>,
        roots: &'static [&'static str],
    ) {
        for (name, text) in map {
            self.text(&format!("{path}.{name}"), text, roots);
        }
    }

    fn probe(&mut self, path: &str, probe: Option<&'a Probe>, roots: &'static [&'static str]) {
        if let Some(probe) = probe {
            self.push(path.to_owned(), Source::Probe(probe.source()), roots);
        }
    }

    fn maybe_path(&mut self, path: &str, text: &'a str) {
        if text.contains("{{") {
            self.push(path.to_owned(), Source::Probe(text), ITEM);
        }
    }

    fn request(
        &mut self,
        path: &str,
        request: &'a RequestTemplate,
        roots: &'static [&'static str],
    ) {
        self.text(&format!("{path}.method"), &request.method, roots);
        self.text(&format!("{path}.path"), &request.path, roots);
        for (name, header) in &request.headers {
            self.push(
                format!("{path}.headers.{name}"),
                Source::Tree(header),
                roots,
            );
        }
        for (field, tree) in [("query", &request.query), ("body", &request.body)] {
            if let Some(tree) = tree {
                self.push(format!("{path}.{field}"), Source::Tree(tree), roots);
            }
        }
    }
}

/// Names behind `input`; `None` where no schema says.
fn known_inputs(schema: Option<&Json>) -> Option<Vec<String>> {
    schema.map(|s| properties(Some(s)))
}

/// Names behind `credential` for the method at `index`; empty when the method
/// is itself wrong, which is reported elsewhere.
fn credential_names(all: &[crate::manifest::AuthManifest], index: usize) -> Vec<String> {
    let Ok(methods) = AuthMethod::build_all(&all[index..=index]) else {
        return Vec::new();
    };
    let Some(method) = methods.first() else {
        return Vec::new();
    };
    let mut names: Vec<String> = method.fields.iter().map(|f| f.name.clone()).collect();
    let mut add = |more: &[&str]| names.extend(more.iter().map(|name| (*name).to_owned()));
    match &method.signing {
        Some(Signing::OAuth1(_)) if method.oauth.is_some() => {
            add(&["consumer_key", "consumer_secret", "token", "token_secret"]);
        }
        _ if method.oauth.is_some() || method.login.is_some() => {
            add(&["access_token", "refresh_token"]);
        }
        _ => {}
    }
    if method.jwt.is_some() {
        add(&["jwt"]);
    }
    if let Some(response) = &all[index].response {
        names.extend(response.tokens.keys().cloned());
    }
    names
}
