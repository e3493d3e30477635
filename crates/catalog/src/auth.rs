//! The ways into an app, ready for use.

mod build;

pub(crate) use build::{default_title, endpoint_requests, shown_kind};

use indexmap::IndexMap;
use patchbay_model::AuthMethodKind;

use crate::check::Finding;
use crate::discover::Discover;
use crate::manifest::{
    AttachBodyFormat, AttachManifest, AuthManifest, AwsManifest, BasicAttach, CallbackManifest,
    ClientAuths, DiscoverManifest, ExchangeManifest, Field, JwtManifest, OAuth1Signature, Pkce,
    RefreshKind, RequestTemplate, ResponseManifest, RevokeManifest, ScopeSeparator, Text,
    TokenFormat, Tree,
};

/// One way into an app.
#[derive(Debug, Clone)]
pub struct AuthMethod {
    /// The method's name, with `_2`, `_3` … where an app has it again.
    pub id: String,
    /// The kind of credential.
    pub kind: AuthMethodKind,
    /// What people choose it by.
    pub title: String,
    /// What the user fills in; empty where a browser window does it.
    pub fields: Vec<Field>,
    /// Names of the settings it needs; all when `None`.
    pub settings: Option<Vec<String>>,
    /// How the credential is put on a request.
    pub attach: Attach,
    /// What OAuth needs; `None` for other kinds.
    pub oauth: Option<OAuth>,
    /// Calls made once the credential is there, in order.
    pub discover: Vec<Discover>,
    /// How the fields become a token; `None` where they are the credential.
    pub login: Option<Login>,
    /// The token that is signed here, for `login` or for each request.
    pub jwt: Option<JwtManifest>,
    /// How requests are signed.
    pub signing: Option<Signing>,
    /// The settings that connecting brings.
    pub kept: Vec<KeptSetting>,
    pub(crate) base_url: Option<Text>,
    pub(crate) hosts: Option<Vec<Text>>,
}

/// A setting that nobody fills in: connecting brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSetting {
    /// Its name in templates.
    pub name: String,
    /// It is a host, and lies within one of these domains; empty where it is none.
    pub host_within: Vec<String>,
}

/// How a credential is put on a request.
#[derive(Debug, Clone, Default)]
pub struct Attach {
    pub(crate) body: Vec<(Text, Text)>,
    pub(crate) body_format: AttachBodyFormat,
    pub(crate) headers: Vec<(Text, Text)>,
    pub(crate) query: Vec<(Text, Text)>,
    pub(crate) basic: Option<BasicAttach>,
    pub(crate) path: Option<Text>,
}

/// An app's OAuth 2.0 endpoints and manners.
#[derive(Debug, Clone)]
pub struct OAuth {
    /// `None` for client credentials.
    pub authorize_url: Option<Text>,
    /// Where codes, refresh tokens and client credentials are exchanged.
    pub token_url: Text,
    /// Where tokens are refreshed, if not at `token_url`.
    pub refresh_url: Option<Text>,
    /// RFC 7009 endpoint.
    pub revoke_url: Option<Text>,
    /// A revocation that is not RFC 7009.
    pub revoke: Option<RevokeManifest>,
    /// What `iss` in the callback must be (RFC 9207).
    pub issuer: Option<Text>,
    /// Scopes asked for by default.
    pub scopes: Vec<Text>,
    /// Between scopes.
    pub scope_separator: ScopeSeparator,
    /// Whether a challenge is sent (RFC 7636, S256).
    pub pkce: Pkce,
    /// Where client id and secret go.
    pub client_auth: ClientAuths,
    /// Other names of the standard parameters; `None` for one that is not sent.
    pub param_names: IndexMap<String, Option<String>>,
    /// Exchanges right after the code, in order.
    pub exchange: Vec<ExchangeManifest>,
    /// The request that renews a token, where that is not the usual one.
    pub refresh_request: Option<RequestTemplate>,
    /// How token requests are written.
    pub token_format: TokenFormat,
    /// Further authorize parameters.
    pub authorize_params: IndexMap<String, Text>,
    /// Further token parameters.
    pub token_params: IndexMap<String, Text>,
    /// Further refresh parameters.
    pub refresh_params: IndexMap<String, Text>,
    /// How answers are read.
    pub response: ResponseManifest,
    /// What the redirect back carries besides the code.
    pub callback: CallbackManifest,
    /// Seconds a token lives when the answer says nothing; `None` = it does not expire.
    pub default_ttl: Option<u32>,
    /// What becomes of a used refresh token.
    pub refresh: RefreshKind,
    /// Seconds a used refresh token still works, where known.
    pub refresh_grace: Option<u32>,
    /// Where an admin registers the OAuth client.
    pub setup_url: Option<String>,
    /// What to do there.
    pub setup_help: Option<String>,
}

/// A login: a request whose answer is the credential.
#[derive(Debug, Clone)]
pub struct Login {
    pub(crate) how: LoginRequest,
    pub(crate) attach: Option<Attach>,
    pub(crate) refresh: Option<RequestTemplate>,
    pub(crate) response: ResponseManifest,
    pub(crate) default_ttl: Option<u32>,
}

/// What a login sends.
#[derive(Debug, Clone)]
pub(crate) enum LoginRequest {
    /// A request of the app's own.
    Own(Box<RequestTemplate>),
    /// The signed token to a token endpoint (RFC 7523 §2.1).
    Assertion {
        url: Text,
        params: IndexMap<String, Text>,
        format: TokenFormat,
    },
}

/// How each request is signed.
#[derive(Debug, Clone)]
pub enum Signing {
    /// OAuth 1.0a (RFC 5849).
    OAuth1(OAuth1),
    /// AWS Signature Version 4.
    Aws(AwsManifest),
}

/// OAuth 1.0a as an app speaks it.
#[derive(Debug, Clone)]
pub struct OAuth1 {
    /// How requests are signed.
    pub signature: OAuth1Signature,
    /// Where a sign-in begins; `None` where the user brings tokens.
    pub request_token_url: Option<Text>,
    pub(crate) realm: Option<Text>,
}

impl OAuth {
    /// Whether the access token itself is presented to renew it.
    pub fn renews_by_access_token(&self) -> bool {
        self.refresh_request
            .as_ref()
            .is_some_and(|request| !uses(request, "refresh_token") && uses(request, "access_token"))
    }
}

impl Login {
    /// Whether a refresh token can be used in place of logging in again.
    pub fn can_refresh(&self) -> bool {
        self.refresh.is_some()
    }
}

/// Whether a request uses this field of the credential.
fn uses(request: &RequestTemplate, field: &str) -> bool {
    let name = format!("credential.{field}");
    let trees = request
        .headers
        .values()
        .chain(&request.query)
        .chain(&request.body);
    let in_tree = |tree: &Tree| {
        tree.template()
            .is_ok_and(|template| template.references().contains(&name))
    };
    let in_path = request
        .path
        .template()
        .is_ok_and(|template| template.references().contains(&name));
    in_path || trees.into_iter().any(in_tree)
}

impl AuthMethod {
    /// Whether authorizing takes a browser window.
    pub fn needs_browser(&self) -> bool {
        self.kind.needs_browser()
    }

    /// Names of the fields that are secret.
    pub fn secret_fields(&self) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(|f| f.secret)
            .map(|f| f.name.as_str())
    }

    /// Builds the methods of an app, or says what is wrong with them.
    pub(crate) fn build_all(manifests: &[AuthManifest]) -> Result<Vec<Self>, Vec<Finding>> {
        let mut out: Vec<Self> = Vec::new();
        let mut findings = Vec::new();
        let kinds: Vec<AuthMethodKind> = manifests.iter().map(|m| m.method).collect();
        for (index, manifest) in manifests.iter().enumerate() {
            let id = method_id(&kinds, index);
            match build::method(manifest, id, &format!("auth[{index}]")) {
                Ok(method) => out.push(method),
                Err(mut found) => findings.append(&mut found),
            }
        }
        if findings.is_empty() {
            Ok(out)
        } else {
            Err(findings)
        }
    }
}

/// The id of the method at `index`: its name, with `_2`, `_3` … when repeated.
pub(crate) fn method_id(kinds: &[AuthMethodKind], index: usize) -> String {
    let kind = kinds[index];
    match kinds[..index].iter().filter(|k| **k == kind).count() {
        0 => kind.as_str().to_owned(),
        before => format!("{kind}_{}", before + 1),
    }
}

impl Attach {
    /// RFC 6750 §2.1.
    fn bearer() -> Self {
        Self {
            headers: vec![(
                Text::new("Authorization"),
                Text::new("Bearer {{ credential.access_token }}"),
            )],
            ..Self::default()
        }
    }

    /// RFC 7617.
    fn basic() -> Self {
        Self {
            basic: Some(BasicAttach {
                username: Text::new("{{ credential.username }}"),
                password: Text::new("{{ credential.password }}"),
            }),
            ..Self::default()
        }
    }
}

impl From<&AttachManifest> for Attach {
    fn from(manifest: &AttachManifest) -> Self {
        let pairs = |map: &IndexMap<String, Text>| {
            map.iter()
                .map(|(name, value)| (Text::new(name.clone()), value.clone()))
                .collect()
        };
        Self {
            headers: pairs(&manifest.header),
            query: pairs(&manifest.query),
            basic: manifest.basic.clone(),
            path: manifest.path.clone(),
            body: pairs(&manifest.body),
            body_format: manifest.body_format,
        }
    }
}

impl From<&DiscoverManifest> for Discover {
    fn from(manifest: &DiscoverManifest) -> Self {
        Self {
            request: manifest.request.clone(),
            attach: manifest.attach.as_ref().map(Attach::from),
            items: manifest.items.clone(),
            chosen: manifest.chosen.clone(),
            missing: manifest.missing.clone(),
            keep: manifest.keep.clone(),
        }
    }
}
