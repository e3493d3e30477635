//! The ways into an app, ready for use.

use indexmap::IndexMap;
use patchbay_model::AuthMethodKind;

use crate::check::Finding;
use crate::discover::Discover;
use crate::manifest::{
    AttachManifest, AuthManifest, BasicAttach, CallbackManifest, ClientAuth, DiscoverManifest,
    Field, Pkce, RefreshKind, ResponseManifest, RevokeManifest, ScopeSeparator, Text, TokenFormat,
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
    pub client_auth: ClientAuth,
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

impl AuthMethod {
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
            match build(manifest, id, &format!("auth[{index}]")) {
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

/// What a method is called where the manifest gives it no title.
pub(crate) fn default_title(kind: AuthMethodKind) -> &'static str {
    match kind {
        AuthMethodKind::OAuth2 => "Sign in",
        AuthMethodKind::OAuth2ClientCredentials => "Client credentials",
        AuthMethodKind::ApiKey => "API key",
        AuthMethodKind::Basic => "User name and password",
        _ => "Credentials",
    }
}

fn build(manifest: &AuthManifest, id: String, at: &str) -> Result<AuthMethod, Vec<Finding>> {
    let kind = manifest.method;
    let is_oauth = matches!(
        kind,
        AuthMethodKind::OAuth2 | AuthMethodKind::OAuth2ClientCredentials
    );
    if !is_oauth
        && !matches!(
            kind,
            AuthMethodKind::ApiKey | AuthMethodKind::Basic | AuthMethodKind::Custom
        )
    {
        return Err(vec![Finding::new(
            format!("{at}.method"),
            format!(
                "the method `{kind}` is not supported yet in this version; use oauth2, oauth2_client_credentials, api_key, basic or custom"
            ),
        )]);
    }
    let mut findings = Vec::new();
    if !is_oauth {
        for name in oauth_fields(manifest) {
            findings.push(Finding::new(
                format!("{at}.{name}"),
                format!("`{name}` belongs to OAuth methods; `{kind}` does not use it"),
            ));
        }
    }
    let fields = fields(manifest, at, &mut findings);
    let oauth = if is_oauth {
        oauth(manifest, at, &mut findings)
    } else {
        None
    };
    let attach = match (&manifest.attach, kind) {
        (Some(attach), _) => Attach::from(attach),
        (None, AuthMethodKind::ApiKey | AuthMethodKind::Custom) => {
            findings.push(Finding::new(
                at,
                format!("`{kind}` needs `attach`: how the credential is put on a request"),
            ));
            Attach::default()
        }
        (None, AuthMethodKind::Basic) => Attach::basic(),
        (None, _) => Attach::bearer(),
    };
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(AuthMethod {
        id,
        kind,
        title: manifest
            .title
            .clone()
            .unwrap_or_else(|| default_title(kind).to_owned()),
        fields,
        settings: manifest.settings.clone(),
        attach,
        oauth,
        discover: manifest
            .discover
            .iter()
            .flatten()
            .map(Discover::from)
            .collect(),
        kept: kept(manifest),
        base_url: manifest.base_url.clone(),
        hosts: manifest.hosts.clone(),
    })
}

/// Every name that connecting with a method may add to the settings.
fn kept(manifest: &AuthManifest) -> Vec<KeptSetting> {
    manifest
        .keeps()
        .map(|(_, name, rule)| KeptSetting {
            name: name.clone(),
            host_within: rule.host_within().unwrap_or_default().to_vec(),
        })
        .collect()
}

fn fields(manifest: &AuthManifest, at: &str, findings: &mut Vec<Finding>) -> Vec<Field> {
    match (manifest.method, &manifest.fields) {
        (AuthMethodKind::OAuth2, Some(_)) => {
            findings.push(Finding::new(
                format!("{at}.fields"),
                "`oauth2` takes no `fields`: signing in gives the credential; use `settings` for anything else",
            ));
            Vec::new()
        }
        (AuthMethodKind::Custom, None) => {
            findings.push(Finding::new(
                at,
                "`custom` needs `fields`: what the user fills in",
            ));
            Vec::new()
        }
        (AuthMethodKind::ApiKey, None) => vec![Field::implied("api_key", "API key", true)],
        (AuthMethodKind::Basic, given) => complete(
            given.as_deref(),
            [
                ("username", "User name", false),
                ("password", "Password", true),
            ],
        ),
        (AuthMethodKind::OAuth2ClientCredentials, given) => complete(
            given.as_deref(),
            [
                ("client_id", "Client ID", false),
                ("client_secret", "Client secret", true),
            ],
        ),
        (_, Some(given)) => given.clone(),
        (_, None) => Vec::new(),
    }
}

/// The implied fields first, each as given where it is given.
fn complete(given: Option<&[Field]>, implied: [(&str, &str, bool); 2]) -> Vec<Field> {
    let given = given.unwrap_or_default();
    let mut out: Vec<Field> = implied
        .iter()
        .map(|(name, title, secret)| {
            given
                .iter()
                .find(|f| f.name == *name)
                .cloned()
                .unwrap_or_else(|| Field::implied(name, title, *secret))
        })
        .collect();
    out.extend(
        given
            .iter()
            .filter(|f| implied.iter().all(|(name, ..)| f.name != *name))
            .cloned(),
    );
    out
}

fn oauth_fields(m: &AuthManifest) -> Vec<&'static str> {
    [
        ("authorize_url", m.authorize_url.is_some()),
        ("token_url", m.token_url.is_some()),
        ("refresh_url", m.refresh_url.is_some()),
        ("revoke_url", m.revoke_url.is_some()),
        ("revoke", m.revoke.is_some()),
        ("issuer", m.issuer.is_some()),
        ("scopes", m.scopes.is_some()),
        ("scope_separator", m.scope_separator.is_some()),
        ("pkce", m.pkce.is_some()),
        ("client_auth", m.client_auth.is_some()),
        ("token_format", m.token_format.is_some()),
        ("authorize_params", m.authorize_params.is_some()),
        ("token_params", m.token_params.is_some()),
        ("refresh_params", m.refresh_params.is_some()),
        ("response", m.response.is_some()),
        ("default_ttl", m.default_ttl.is_some()),
        ("refresh", m.refresh.is_some()),
        ("refresh_grace", m.refresh_grace.is_some()),
        ("setup_url", m.setup_url.is_some()),
        ("setup_help", m.setup_help.is_some()),
        ("callback", m.callback.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect()
}

fn oauth(m: &AuthManifest, at: &str, findings: &mut Vec<Finding>) -> Option<OAuth> {
    if m.method == AuthMethodKind::OAuth2 && m.authorize_url.is_none() {
        findings.push(Finding::new(at, "`oauth2` needs `authorize_url`"));
    }
    if m.method == AuthMethodKind::OAuth2ClientCredentials && m.authorize_url.is_some() {
        findings.push(Finding::new(
            format!("{at}.authorize_url"),
            "`oauth2_client_credentials` has no `authorize_url`: nobody signs in",
        ));
    }
    if m.revoke.is_some() && m.revoke_url.is_some() {
        findings.push(Finding::new(
            format!("{at}.revoke"),
            "give either `revoke_url` (RFC 7009) or `revoke`, not both",
        ));
    }
    let Some(token_url) = m.token_url.clone() else {
        findings.push(Finding::new(
            at,
            format!("`{}` needs `token_url`", m.method),
        ));
        return None;
    };
    // A grant without a user gives no refresh token (RFC 6749 §4.4.3).
    let refresh = match m.method {
        AuthMethodKind::OAuth2ClientCredentials => RefreshKind::None,
        _ => m.refresh.unwrap_or_default(),
    };
    Some(OAuth {
        authorize_url: m.authorize_url.clone(),
        token_url,
        refresh_url: m.refresh_url.clone(),
        revoke_url: m.revoke_url.clone(),
        revoke: m.revoke.clone(),
        issuer: m.issuer.clone(),
        scopes: m.scopes.clone().unwrap_or_default(),
        scope_separator: m.scope_separator.unwrap_or_default(),
        pkce: m.pkce.unwrap_or_default(),
        client_auth: m.client_auth.unwrap_or_default(),
        token_format: m.token_format.unwrap_or_default(),
        authorize_params: m.authorize_params.clone().unwrap_or_default(),
        token_params: m.token_params.clone().unwrap_or_default(),
        refresh_params: m.refresh_params.clone().unwrap_or_default(),
        response: m.response.clone().unwrap_or_default(),
        callback: m.callback.clone().unwrap_or_default(),
        default_ttl: m.default_ttl,
        refresh,
        refresh_grace: m.refresh_grace,
        setup_url: m.setup_url.clone(),
        setup_help: m.setup_help.clone(),
    })
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
