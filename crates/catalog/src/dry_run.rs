//! The requests an app makes, with placeholders where something is secret or not known yet. Nothing is sent.
//!
//! A placeholder travels through the real rendering as a marker of letters and digits, which no encoding changes, and
//! becomes `‹name›` afterwards, also inside base64 (RFC 7617).

mod marker;
mod sample;
mod signed;

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::app::App;
use crate::auth::{AuthMethod, Signing};
use crate::context::{CallContext, ConnectionFacts, Settings};
use crate::error::RenderError;
use crate::form_check::FieldProblem;
use crate::host::HostPort;
use crate::input::{InputProblem, InputSchema};
use crate::manifest::{Idempotent, RefreshKind, TriggerKind};
use crate::oauth::{
    AuthorizeInput, ClientRef, Endpoints, Grant, LoginContext, OAuthContext, RevokedToken,
    TokenRequest,
};
use crate::request::RequestParts;
use marker::{marked, shown};
use sample::{input_sample, settings_sample};

/// What is to be shown.
#[derive(Debug, Clone, Default)]
pub struct DryRunRequest<'a> {
    /// Only this auth method; every one when `None`.
    pub method: Option<&'a str>,
    /// Which requests.
    pub calls: DryRunCalls<'a>,
    /// Settings by name; what is left out gets the manifest's example.
    pub settings: Settings,
    /// What an action, list or trigger is given; `None` fills in what is required.
    pub input: Option<Json>,
    /// What the last poll remembered.
    pub cursor: Option<Json>,
    /// The redirect URI to show.
    pub redirect_uri: String,
}

/// Which of an app's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DryRunCalls<'a> {
    /// Those that connect: authorize, token, refresh, revoke, second calls, verify.
    #[default]
    Connecting,
    /// All there are.
    All,
    /// An action, by key.
    Action(&'a str),
    /// A drop-down's list, by name.
    Options(&'a str),
    /// A trigger's poll, by key.
    Trigger(&'a str),
}

/// The requests of one auth method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// The method's id.
    pub method: String,
    /// Its title.
    pub title: String,
    /// Hosts the credential may be sent to.
    pub hosts: Vec<String>,
    /// In the order they are made.
    pub calls: Vec<DryCall>,
}

/// One request as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DryCall {
    /// What it is for: `authorize`, `token`, `action send_message`, …
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// Full URL.
    pub url: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body; `None` when there is none.
    pub body: Option<String>,
    /// What the request itself does not show.
    pub note: Option<Cow<'static, str>>,
    /// Why it cannot be made; then the rest is empty.
    pub error: Option<String>,
}

/// Why nothing can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DryRunError {
    /// The app has nothing of this name.
    #[error("{app} has no {what} `{name}`; it has: {known}")]
    Unknown {
        /// The app's name.
        app: String,
        /// `auth method`, `action`, `list` or `trigger`.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The settings given are not as the manifest wants them.
    #[error("{}", .0.iter().map(|p| format!("setting {}: {}", p.field, p.message)).collect::<Vec<_>>().join("\n"))]
    Settings(Vec<FieldProblem>),
    /// The input given is not as the schema wants it.
    #[error("{}", .0.iter().map(|p| format!("input {}: {}", p.path, p.message)).collect::<Vec<_>>().join("\n"))]
    Input(Vec<InputProblem>),
    /// Hosts or base URL cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl App {
    /// Renders the requests asked for, once for each auth method (for the first only, when a single call is asked for
    /// and no method).
    ///
    /// # Errors
    /// When something is asked for that the app does not have, or what is given does not fit. A request that cannot be
    /// rendered is no error of the whole: it is in the answer, with the reason.
    pub fn dry_run(&self, wanted: &DryRunRequest<'_>) -> Result<Vec<DryRun>, DryRunError> {
        self.known(wanted.calls)?;
        let methods: Vec<&AuthMethod> = match wanted.method {
            Some(id) => {
                let known = || self.auth.iter().map(|method| method.id.as_str());
                vec![
                    self.method(id)
                        .ok_or_else(|| self.unknown("auth method", id, known()))?,
                ]
            }
            None if matches!(wanted.calls, DryRunCalls::Connecting | DryRunCalls::All) => {
                self.auth.iter().collect()
            }
            None => self.auth.iter().take(1).collect(),
        };
        methods
            .into_iter()
            .map(|method| Rehearsal::new(self, method, wanted)?.run())
            .collect()
    }

    fn known(&self, calls: DryRunCalls<'_>) -> Result<(), DryRunError> {
        let (what, name, known): (_, _, Vec<&String>) = match calls {
            DryRunCalls::Action(name) => ("action", name, self.actions.keys().collect()),
            DryRunCalls::Options(name) => ("list", name, self.options.keys().collect()),
            DryRunCalls::Trigger(name) => ("trigger", name, self.triggers.keys().collect()),
            DryRunCalls::Connecting | DryRunCalls::All => return Ok(()),
        };
        if known.iter().any(|key| *key == name) {
            return Ok(());
        }
        Err(self.unknown(what, name, known.into_iter().map(String::as_str)))
    }

    fn unknown<'k>(
        &self,
        what: &'static str,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> DryRunError {
        let known: Vec<&str> = known.collect();
        DryRunError::Unknown {
            app: self.name.clone(),
            what,
            name: name.to_owned(),
            known: if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            },
        }
    }
}

/// One method's requests under way.
struct Rehearsal<'a> {
    app: &'a App,
    method: &'a AuthMethod,
    wanted: &'a DryRunRequest<'a>,
    settings: Settings,
    hosts: Vec<HostPort>,
    facts: ConnectionFacts,
    out: Vec<DryCall>,
}

impl<'a> Rehearsal<'a> {
    fn new(
        app: &'a App,
        method: &'a AuthMethod,
        wanted: &'a DryRunRequest<'a>,
    ) -> Result<Self, DryRunError> {
        let settings =
            settings_sample(app, method, &wanted.settings).map_err(DryRunError::Settings)?;
        let hosts = app.hosts_of(method, &settings)?;
        Ok(Self {
            app,
            method,
            wanted,
            settings,
            hosts,
            facts: ConnectionFacts {
                id: marked("connection_id"),
                name: marked("connection_name"),
                account: Some(marked("account")),
            },
            out: Vec::new(),
        })
    }

    fn run(mut self) -> Result<DryRun, DryRunError> {
        match self.wanted.calls {
            DryRunCalls::Connecting => self.connecting(),
            DryRunCalls::All => {
                self.connecting();
                for key in self.app.actions.keys() {
                    self.action(key)?;
                }
                for name in self.app.options.keys() {
                    self.options(name);
                }
                for key in self.app.triggers.keys() {
                    self.trigger(key)?;
                }
            }
            DryRunCalls::Action(key) => self.action(key)?,
            DryRunCalls::Options(name) => self.options(name),
            DryRunCalls::Trigger(key) => self.trigger(key)?,
        }
        Ok(DryRun {
            method: self.method.id.clone(),
            title: self.method.title.clone(),
            hosts: self
                .hosts
                .iter()
                .map(|host| shown(&host.to_string()))
                .collect(),
            calls: self.out,
        })
    }

    fn connecting(&mut self) {
        if matches!(self.method.signing, Some(Signing::OAuth1(_))) {
            self.oauth1();
        } else {
            self.oauth();
        }
        self.signed();
        self.login();
        for step in &self.method.discover {
            let request = self.app.discover_request(step, self.method, &self.settings);
            let attached = self.credentials().into_iter().find_map(|credential| {
                let fields = borrowed(&credential);
                self.app
                    .discover_attach(step, self.method, &self.settings, &fields)
                    .ok()
            });
            let call = request.and_then(|mut request| {
                if let Some(parts) = attached {
                    parts.apply_parts(&mut request)?;
                }
                Ok(call_of(request))
            });
            self.add(
                "second call",
                call,
                Some("its answer becomes settings of the connection".into()),
            );
        }
        let context = CallContext::new(&self.settings).with_method(self.method);
        match self.app.verify_request(&context, &self.hosts) {
            Ok(None) => {}
            Ok(Some(request)) => self.attached("verify", Ok(request), None),
            Err(error) => self.attached("verify", Err(error), None),
        }
    }

    /// The three legs of OAuth 1.0a (RFC 5849 §2); each is signed when it is sent.
    fn oauth1(&mut self) {
        if self.method.oauth.is_none() {
            return;
        }
        let settings = self.settings.clone();
        let context = OAuthContext {
            settings: &settings,
            client: ClientRef {
                id: &marked("client_id"),
                secret: None,
            },
            endpoints: &Endpoints::default(),
        };
        let urls = self.app.oauth1_urls(self.method, &context);
        for (name, method) in [
            ("temporary token", "POST"),
            ("authorize", "GET"),
            ("token", "POST"),
        ] {
            let call = urls.clone().map(|urls| {
                let url = match name {
                    "temporary token" => urls.request_token,
                    "authorize" => urls.authorize,
                    _ => urls.access_token,
                };
                call_of_token(TokenRequest {
                    method: method.to_owned(),
                    url,
                    headers: Vec::new(),
                    body: Vec::new(),
                })
            });
            self.add(name, call, Some("signed by the OAuth client".into()));
        }
    }

    /// The request whose answer is the credential.
    fn login(&mut self) {
        if self.method.login.is_none() {
            return;
        }
        let mut last = None;
        for credential in self.credentials() {
            let fields = borrowed(&credential);
            let context = LoginContext {
                settings: &self.settings,
                credential: &fields,
            };
            let request = self.app.login_request(self.method, &context);
            let good = request.is_ok();
            last = Some(request.map(call_of_token));
            if good {
                break;
            }
        }
        if let Some(call) = last {
            self.add("login", call, Some("its answer is the credential".into()));
        }
    }

    fn oauth(&mut self) {
        let Some(oauth) = &self.method.oauth else {
            return;
        };
        let (id, secret) = (marked("client_id"), marked("client_secret"));
        let endpoints = Endpoints::default();
        let settings = self.settings.clone();
        let context = OAuthContext {
            settings: &settings,
            client: ClientRef {
                id: &id,
                secret: Some(&secret),
            },
            endpoints: &endpoints,
        };
        let (code, verifier) = (marked("code"), marked("code_verifier"));
        let grant = if oauth.authorize_url.is_some() {
            let url = self.app.authorize_url(
                self.method,
                &context,
                &AuthorizeInput {
                    redirect_uri: &self.wanted.redirect_uri,
                    state: &marked("state"),
                    code_challenge: &marked("code_challenge"),
                    scopes: None,
                },
            );
            let call = url.map(|url| DryCall {
                method: "GET".to_owned(),
                url: shown(url.as_str()),
                ..DryCall::default()
            });
            self.add("authorize", call, Some("opened in the browser".into()));
            Grant::Code {
                code: &code,
                redirect_uri: &self.wanted.redirect_uri,
                verifier: &verifier,
            }
        } else {
            Grant::ClientCredentials { scopes: None }
        };
        let token = self.app.token_request(self.method, &context, &grant);
        self.add("token", token.map(call_of_token), None);
        let (access, refresh) = (marked("access_token"), marked("refresh_token"));
        for (nth, exchange) in oauth.exchange.iter().enumerate() {
            let request = self
                .app
                .exchange_request(self.method, exchange, &context, &access);
            let last = nth + 1 == oauth.exchange.len();
            let note = last.then_some("its answer is the token that is kept".into());
            self.add("exchange", request.map(call_of_token), note);
        }
        if oauth.refresh != RefreshKind::None {
            let grant = if oauth.renews_by_access_token() {
                Grant::Renew {
                    access_token: &access,
                }
            } else {
                Grant::Refresh {
                    refresh_token: &refresh,
                }
            };
            let call = self.app.token_request(self.method, &context, &grant);
            self.add("refresh", call.map(call_of_token), None);
        }
        let tokens = RevokedToken {
            access_token: &access,
            refresh_token: Some(&refresh),
        };
        match self.app.revocation(self.method, &context, tokens) {
            Ok(None) => {}
            Ok(Some(revocation)) => {
                let note = revocation
                    .attach_credential
                    .then_some("with the credential attached".into());
                self.add("revoke", Ok(call_of_token(revocation.request)), note);
            }
            Err(error) => self.add("revoke", Err(error), None),
        }
    }

    fn action(&mut self, key: &str) -> Result<(), DryRunError> {
        let Some(action) = self.app.actions.get(key) else {
            return Ok(());
        };
        let input = self.input(&action.input)?;
        let context = CallContext {
            connection: Some(&self.facts),
            ..CallContext::new(&self.settings).with_method(self.method)
        };
        let request = self
            .app
            .action_request(action, &context.with_input(&input), &self.hosts);
        let note = (action.idempotent == Idempotent::Header).then(|| {
            let header = &self.app.idempotency_header;
            Cow::Owned(format!("with {header} of its own for each run and step"))
        });
        self.attached(&format!("action {key}"), request, note);
        Ok(())
    }

    fn options(&mut self, name: &str) {
        let Some(options) = self.app.options.get(name) else {
            return;
        };
        // A list is loaded for a form that may be filled in partly; it has no schema of its own.
        let input = self
            .wanted
            .input
            .clone()
            .unwrap_or_else(|| sample::every_input(self.app));
        let context = CallContext {
            connection: Some(&self.facts),
            ..CallContext::new(&self.settings).with_method(self.method)
        };
        let request = self
            .app
            .options_request(options, &context.with_input(&input), &self.hosts);
        self.attached(&format!("list {name}"), request, None);
    }

    fn trigger(&mut self, key: &str) -> Result<(), DryRunError> {
        let Some(trigger) = self.app.triggers.get(key) else {
            return Ok(());
        };
        let name = format!("trigger {key}");
        if trigger.kind == TriggerKind::Webhook {
            self.out.push(DryCall {
                name,
                note: Some("the app calls; nothing is asked".into()),
                ..DryCall::default()
            });
            return Ok(());
        }
        let input = self.input(&trigger.input)?;
        let context = CallContext {
            connection: Some(&self.facts),
            cursor: self.wanted.cursor.as_ref(),
            ..CallContext::new(&self.settings).with_method(self.method)
        };
        let request = self
            .app
            .trigger_request(trigger, &context.with_input(&input), &self.hosts);
        let note = self
            .wanted
            .cursor
            .is_none()
            .then_some("the first poll: nothing is remembered yet".into());
        self.attached(&name, request, note);
        Ok(())
    }

    fn input(&self, schema: &InputSchema) -> Result<Json, DryRunError> {
        match &self.wanted.input {
            // With every call, what is given may be meant for one of them only.
            Some(given) if self.wanted.calls != DryRunCalls::All => {
                schema.check(given).map_err(DryRunError::Input)?;
                Ok(given.clone())
            }
            _ => Ok(input_sample(schema.schema())),
        }
    }

    /// A request with the credential on it.
    fn attached(
        &mut self,
        name: &str,
        request: Result<RequestParts, RenderError>,
        note: Option<Cow<'static, str>>,
    ) {
        let call = request.and_then(|mut request| {
            let mut tried = self.credentials().into_iter().map(|credential| {
                let fields = borrowed(&credential);
                self.app
                    .attach(self.method, &self.settings, &self.facts, &fields)
            });
            // The first failure says most: the others stand in for it.
            let first = tried
                .next()
                .unwrap_or_else(|| Ok(crate::AttachParts::none()));
            let parts = match first {
                Ok(parts) => parts,
                Err(error) => tried.find_map(Result::ok).ok_or(error)?,
            };
            parts.apply_parts(&mut request)?;
            Ok(call_of(request))
        });
        self.add(name, call, note);
    }

    /// Fields of a credential to try in turn: placeholders, and for an app that takes a field apart what the manifest
    /// shows as an example.
    fn credentials(&self) -> Vec<Vec<(String, String)>> {
        let with = |value: &dyn Fn(&crate::Field) -> String| {
            let mut fields: Vec<(String, String)> = self
                .method
                .fields
                .iter()
                .map(|field| (field.name.clone(), value(field)))
                .collect();
            let mut more = Vec::new();
            if self.method.oauth.is_some() || self.method.login.is_some() {
                more.push("access_token");
            }
            if self.method.jwt.is_some() {
                more.push("jwt");
            }
            let tokens = self.method.oauth.iter();
            more.extend(tokens.flat_map(|oauth| oauth.response.tokens.keys().map(String::as_str)));
            fields.extend(more.iter().map(|name| ((*name).to_owned(), marked(name))));
            fields
        };
        vec![
            with(&|field| marked(&field.name)),
            with(&|field| {
                field
                    .placeholder
                    .clone()
                    .unwrap_or_else(|| marked(&field.name))
            }),
        ]
    }

    fn add(
        &mut self,
        name: &str,
        call: Result<DryCall, RenderError>,
        note: Option<Cow<'static, str>>,
    ) {
        let call = call.unwrap_or_else(|error| DryCall {
            error: Some(shown(&error.to_string())),
            ..DryCall::default()
        });
        self.out.push(DryCall {
            name: name.to_owned(),
            note,
            ..call
        });
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn call_of(request: RequestParts) -> DryCall {
    call(
        &request.method,
        request.url.as_str(),
        &request.headers,
        request.body.as_deref(),
    )
}

fn call_of_token(request: TokenRequest) -> DryCall {
    let body = (!request.body.is_empty()).then_some(request.body.as_slice());
    call(
        &request.method,
        request.url.as_str(),
        &request.headers,
        body,
    )
}

fn call(method: &str, url: &str, headers: &[(String, String)], body: Option<&[u8]>) -> DryCall {
    DryCall {
        method: method.to_owned(),
        url: shown(url),
        headers: headers
            .iter()
            .map(|(name, value)| (shown(name), shown(value)))
            .collect(),
        body: body.map(|body| shown(&String::from_utf8_lossy(body))),
        ..DryCall::default()
    }
}
