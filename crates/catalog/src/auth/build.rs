//! From a method as written to one that is ready for use.

use patchbay_model::AuthMethodKind as Kind;

use super::{Attach, AuthMethod, KeptSetting, Login, LoginRequest, OAuth, OAuth1, Signing};
use crate::check::Finding;
use crate::discover::Discover;
use crate::manifest::{
    AuthManifest, Field, RefreshKind, RefreshManifest, RequestTemplate, TokenFormat,
};

/// What a method is called where the manifest gives it no title.
pub(crate) fn default_title(kind: Kind) -> &'static str {
    match kind {
        Kind::OAuth2 | Kind::OAuth1 => "Sign in",
        Kind::OAuth2ClientCredentials => "Client credentials",
        Kind::ApiKey => "API key",
        Kind::Basic => "User name and password",
        Kind::AwsSigV4 => "Access key",
        Kind::JwtBearer => "Signing key",
        Kind::Custom | Kind::TokenExchange => "Credentials",
    }
}

/// What a method is to those who connect: OAuth 1.0a with tokens that the user brings is filled into a form.
pub(crate) fn shown_kind(written: Kind, has_authorize_url: bool) -> Kind {
    match written {
        Kind::OAuth1 if !has_authorize_url => Kind::Custom,
        kind => kind,
    }
}

pub(super) fn method(
    manifest: &AuthManifest,
    id: String,
    at: &str,
) -> Result<AuthMethod, Vec<Finding>> {
    let mut findings = misplaced(manifest, at);
    let kind = shown_kind(manifest.method, manifest.authorize_url.is_some());
    let fields = fields(manifest, kind, at, &mut findings);
    let oauth = match kind {
        Kind::OAuth2 | Kind::OAuth2ClientCredentials | Kind::OAuth1 => {
            oauth(manifest, at, &mut findings)
        }
        _ => None,
    };
    let login = login(manifest, at, &mut findings);
    let signing = signing(manifest, at, &mut findings);
    let attach = match (&manifest.attach, manifest.method) {
        (Some(attach), _) => Attach::from(attach),
        (None, Kind::ApiKey | Kind::Custom) => {
            findings.push(needs_attach(at, manifest.method));
            Attach::default()
        }
        (None, Kind::JwtBearer) if manifest.request.is_none() && manifest.token_url.is_none() => {
            findings.push(needs_attach(at, manifest.method));
            Attach::default()
        }
        (None, Kind::Basic) => Attach::basic(),
        (None, Kind::AwsSigV4 | Kind::OAuth1) => Attach::default(),
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
        login,
        jwt: manifest.jwt.clone(),
        signing,
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

fn needs_attach(at: &str, kind: Kind) -> Finding {
    Finding::new(
        at,
        format!("`{kind}` needs `attach`: how the credential is put on a request"),
    )
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

fn fields(
    manifest: &AuthManifest,
    kind: Kind,
    at: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Field> {
    let given = manifest.fields.as_deref();
    let implied: &[(&str, &str, bool)] = match (manifest.method, given) {
        (Kind::OAuth2 | Kind::OAuth1, Some(_)) if kind.needs_browser() => {
            findings.push(Finding::new(
                format!("{at}.fields"),
                format!("`{kind}` takes no `fields`: signing in gives the credential; use `settings` for anything else"),
            ));
            return Vec::new();
        }
        (Kind::OAuth2, _) => &[],
        (Kind::OAuth1, _) if kind.needs_browser() => &[],
        (Kind::Custom | Kind::TokenExchange | Kind::JwtBearer, None) => {
            findings.push(Finding::new(
                at,
                format!("`{kind}` needs `fields`: what the user fills in"),
            ));
            return Vec::new();
        }
        (Kind::Custom | Kind::TokenExchange | Kind::JwtBearer | Kind::ApiKey, Some(given)) => {
            return given.to_vec();
        }
        (Kind::ApiKey, None) => &[("api_key", "API key", true)],
        (Kind::Basic, _) => &[
            ("username", "User name", false),
            ("password", "Password", true),
        ],
        (Kind::OAuth2ClientCredentials, _) => &[
            ("client_id", "Client ID", false),
            ("client_secret", "Client secret", true),
        ],
        (Kind::OAuth1, _) => &[
            ("consumer_key", "Consumer key", false),
            ("consumer_secret", "Consumer secret", true),
            ("token", "Token", false),
            ("token_secret", "Token secret", true),
        ],
        (Kind::AwsSigV4, _) => &[
            ("access_key_id", "Access key ID", false),
            ("secret_access_key", "Secret access key", true),
            ("session_token", "Session token", true),
        ],
    };
    complete(given.unwrap_or_default(), implied)
}

/// The implied fields first, each as given where it is given.
fn complete(given: &[Field], implied: &[(&str, &str, bool)]) -> Vec<Field> {
    let make = |(name, title, secret): &(&str, &str, bool)| {
        let mut field = Field::implied(name, title, *secret);
        // Long-lived access keys have none.
        field.required = *name != "session_token";
        given
            .iter()
            .find(|f| f.name == *name)
            .cloned()
            .unwrap_or(field)
    };
    let mut out: Vec<Field> = implied.iter().map(make).collect();
    out.extend(
        given
            .iter()
            .filter(|f| implied.iter().all(|(name, ..)| f.name != *name))
            .cloned(),
    );
    out
}

const OAUTH: &[Kind] = &[Kind::OAuth2, Kind::OAuth2ClientCredentials];
const SIGN_IN: &[Kind] = &[Kind::OAuth2, Kind::OAuth2ClientCredentials, Kind::OAuth1];
const BROWSER: &[Kind] = &[Kind::OAuth2, Kind::OAuth1];
const TOKEN: &[Kind] = &[Kind::OAuth2, Kind::OAuth2ClientCredentials, Kind::JwtBearer];
const ANSWERED: &[Kind] = &[
    Kind::OAuth2,
    Kind::OAuth2ClientCredentials,
    Kind::OAuth1,
    Kind::TokenExchange,
    Kind::JwtBearer,
];

/// Parts that the method does not use.
fn misplaced(m: &AuthManifest, at: &str) -> Vec<Finding> {
    let parts: [(&str, bool, &[Kind]); 30] = [
        ("authorize_url", m.authorize_url.is_some(), SIGN_IN),
        (
            "token_url",
            m.token_url.is_some(),
            &[
                Kind::OAuth2,
                Kind::OAuth2ClientCredentials,
                Kind::OAuth1,
                Kind::JwtBearer,
            ],
        ),
        ("refresh_url", m.refresh_url.is_some(), OAUTH),
        ("revoke_url", m.revoke_url.is_some(), OAUTH),
        ("revoke", m.revoke.is_some(), OAUTH),
        ("issuer", m.issuer.is_some(), OAUTH),
        ("scopes", m.scopes.is_some(), OAUTH),
        ("scope_separator", m.scope_separator.is_some(), OAUTH),
        ("pkce", m.pkce.is_some(), OAUTH),
        ("client_auth", m.client_auth.is_some(), OAUTH),
        ("param_names", m.param_names.is_some(), OAUTH),
        ("token_format", m.token_format.is_some(), TOKEN),
        ("authorize_params", m.authorize_params.is_some(), SIGN_IN),
        ("token_params", m.token_params.is_some(), TOKEN),
        ("refresh_params", m.refresh_params.is_some(), OAUTH),
        ("response", m.response.is_some(), ANSWERED),
        ("default_ttl", m.default_ttl.is_some(), ANSWERED),
        (
            "refresh",
            m.refresh.is_some(),
            &[
                Kind::OAuth2,
                Kind::OAuth2ClientCredentials,
                Kind::TokenExchange,
            ],
        ),
        ("refresh_grace", m.refresh_grace.is_some(), OAUTH),
        ("exchange", m.exchange.is_some(), &[Kind::OAuth2]),
        ("setup_url", m.setup_url.is_some(), SIGN_IN),
        ("setup_help", m.setup_help.is_some(), SIGN_IN),
        ("callback", m.callback.is_some(), BROWSER),
        (
            "request",
            m.request.is_some(),
            &[Kind::TokenExchange, Kind::JwtBearer],
        ),
        (
            "login_attach",
            m.login_attach.is_some(),
            &[Kind::TokenExchange],
        ),
        ("jwt", m.jwt.is_some(), &[Kind::JwtBearer]),
        (
            "request_token_url",
            m.request_token_url.is_some(),
            &[Kind::OAuth1],
        ),
        ("signature", m.signature.is_some(), &[Kind::OAuth1]),
        ("realm", m.realm.is_some(), &[Kind::OAuth1]),
        ("aws", m.aws.is_some(), &[Kind::AwsSigV4]),
    ];
    parts
        .into_iter()
        .filter(|(_, given, kinds)| *given && !kinds.contains(&m.method))
        .map(|(name, _, kinds)| {
            let owner = if kinds.contains(&Kind::OAuth2) {
                "OAuth methods".to_owned()
            } else {
                let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
                kinds.join(" and ")
            };
            Finding::new(
                format!("{at}.{name}"),
                format!(
                    "`{name}` belongs to {owner}; `{}` does not use it",
                    m.method
                ),
            )
        })
        .collect()
}

fn oauth(m: &AuthManifest, at: &str, findings: &mut Vec<Finding>) -> Option<OAuth> {
    if m.method == Kind::OAuth2 && m.authorize_url.is_none() {
        findings.push(Finding::new(at, "`oauth2` needs `authorize_url`"));
    }
    if m.method == Kind::OAuth2ClientCredentials && m.authorize_url.is_some() {
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
    let (kind, refresh_request) = match &m.refresh {
        Some(RefreshManifest::Kind(kind)) => (*kind, None),
        Some(RefreshManifest::Request(request)) => {
            (RefreshKind::default(), Some((**request).clone()))
        }
        None => (RefreshKind::default(), None),
    };
    if refresh_request.is_some() {
        for (name, given) in [
            ("refresh_url", m.refresh_url.is_some()),
            ("refresh_params", m.refresh_params.is_some()),
        ] {
            if given {
                findings.push(Finding::new(
                    format!("{at}.{name}"),
                    format!("`refresh` is a request of its own, so `{name}` is not used"),
                ));
            }
        }
    }
    // A grant without a user gives no refresh token (RFC 6749 §4.4.3).
    let refresh = match m.method {
        Kind::OAuth2ClientCredentials => RefreshKind::None,
        _ => kind,
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
        param_names: m.param_names.clone().unwrap_or_default(),
        token_format: m.token_format.unwrap_or_default(),
        authorize_params: m.authorize_params.clone().unwrap_or_default(),
        token_params: m.token_params.clone().unwrap_or_default(),
        refresh_params: m.refresh_params.clone().unwrap_or_default(),
        response: m.response.clone().unwrap_or_default(),
        callback: m.callback.clone().unwrap_or_default(),
        exchange: m.exchanges().map(|(_, one)| one.clone()).collect(),
        refresh_request,
        default_ttl: m.default_ttl,
        refresh,
        refresh_grace: m.refresh_grace,
        setup_url: m.setup_url.clone(),
        setup_help: m.setup_help.clone(),
    })
}

fn login(m: &AuthManifest, at: &str, findings: &mut Vec<Finding>) -> Option<Login> {
    let how = match (m.method, &m.request, &m.token_url) {
        (Kind::TokenExchange, None, _) => {
            findings.push(Finding::new(
                at,
                "`token_exchange` needs `request`: the login whose answer is the token",
            ));
            return None;
        }
        (Kind::TokenExchange | Kind::JwtBearer, Some(request), None) => {
            LoginRequest::Own(Box::new(request.clone()))
        }
        (Kind::JwtBearer, None, Some(url)) => LoginRequest::Assertion {
            url: url.clone(),
            params: m.token_params.clone().unwrap_or_default(),
            format: m.token_format.unwrap_or(TokenFormat::Form),
        },
        (Kind::JwtBearer, Some(_), Some(_)) => {
            findings.push(Finding::new(
                format!("{at}.request"),
                "give either `token_url` (RFC 7523) or `request`, not both",
            ));
            return None;
        }
        _ => return None,
    };
    let refresh = match &m.refresh {
        None => None,
        Some(RefreshManifest::Request(request)) => Some((**request).clone()),
        Some(RefreshManifest::Kind(_)) => {
            findings.push(Finding::new(
                format!("{at}.refresh"),
                "`refresh` is a request here; without one, the login is made again",
            ));
            None
        }
    };
    Some(Login {
        how,
        attach: m.login_attach.as_ref().map(Attach::from),
        refresh,
        response: m.response.clone().unwrap_or_default(),
        default_ttl: m.default_ttl,
    })
}

fn signing(m: &AuthManifest, at: &str, findings: &mut Vec<Finding>) -> Option<Signing> {
    match m.method {
        Kind::OAuth1 => {
            if m.authorize_url.is_some() != m.request_token_url.is_some() {
                findings.push(Finding::new(
                    at,
                    "`oauth1` needs both `request_token_url` and `authorize_url` to sign in, or neither for tokens that the user brings",
                ));
            }
            Some(Signing::OAuth1(OAuth1 {
                signature: m.signature.unwrap_or_default(),
                request_token_url: m.request_token_url.clone(),
                realm: m.realm.clone(),
            }))
        }
        Kind::AwsSigV4 => {
            if m.aws.is_none() {
                findings.push(Finding::new(
                    at,
                    "`aws_sigv4` needs `aws`: the service and region that requests are signed for",
                ));
            }
            m.aws.clone().map(Signing::Aws)
        }
        Kind::JwtBearer => {
            if m.jwt.is_none() {
                findings.push(Finding::new(
                    at,
                    "`jwt_bearer` needs `jwt`: the token that is signed",
                ));
            }
            None
        }
        _ => None,
    }
}

/// Requests to endpoints of a method, with their paths in the manifest.
pub(crate) fn endpoint_requests(m: &AuthManifest) -> Vec<(String, &RequestTemplate)> {
    let mut out = Vec::new();
    for (nth, step) in m.discover.iter().flatten().enumerate() {
        out.push((format!("discover[{nth}].request"), &step.request));
    }
    for (at, exchange) in m.exchanges() {
        out.push((format!("{at}.request"), &exchange.request));
    }
    if let Some(RefreshManifest::Request(request)) = &m.refresh {
        out.push(("refresh".to_owned(), request));
    }
    if let Some(request) = &m.request {
        out.push(("request".to_owned(), request));
    }
    out
}
