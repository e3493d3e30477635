//! What each app sends, recorded.

use std::fmt::Write as _;
use std::path::Path;

use patchbay_catalog::{
    App, AttachParts, AuthMethod, AuthorizeInput, CallContext, Catalog, ClientRef, ConnectionFacts,
    Endpoints, Grant, HostPort, LoginContext, OAuth, OAuthContext, RenderError, RequestParts,
    RevokedToken, TokenRequest, check_file, check_text, lacking,
};

use crate::{method_settings, sample_settings};

#[test]
fn every_manifest_is_without_mistakes() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps");
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        match check_file(&path) {
            // The embedded catalog finds a manifest by its file's name.
            Ok(app) => assert_eq!(path.file_stem().unwrap(), app.slug.as_str()),
            Err(problems) => {
                let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
                panic!("{}", shown.join("\n"));
            }
        }
    }
}

#[test]
fn every_app_has_what_people_need() {
    let catalog = Catalog::embedded();
    for slug in catalog.slugs() {
        let app = catalog.get(slug).unwrap();
        let icon = catalog.icon(slug).unwrap();
        assert!(!icon.svg.windows(7).any(|w| w == b"<script"), "{slug}");
        let lacking = lacking(&app, !icon.generated);
        assert!(lacking.is_empty(), "{slug}: {}", lacking.join("; "));
    }
}

#[test]
fn what_newcomers_forget_is_named() {
    let bare = "slug: acme\nname: Acme\ncategory: developer\nbase_url: https://api.acme.example\nhosts: [api.acme.example]\nauth:\n  - method: api_key\n    fields: [{name: api_key, title: Key}]\n    attach: {query: {key: \"{{ credential.api_key }}\"}}\n";
    let app = check_text("acme.yaml", bare).unwrap_or_else(|p| panic!("{p:?}"));
    let said = lacking(&app, false).join("\n");
    for word in [
        "icons/acme.svg",
        "description",
        "verify",
        "api_request",
        "help",
    ] {
        assert!(said.contains(word), "{word} is not in\n{said}");
    }
    assert!(!lacking(&app, true).join("\n").contains("icon"));
}

#[test]
fn every_app_renders_as_recorded() {
    let catalog = Catalog::embedded();
    for slug in catalog.slugs() {
        let app = catalog.get(slug).unwrap();
        insta::assert_snapshot!(format!("app_{slug}"), rendering(&app));
    }
}

fn rendering(app: &App) -> String {
    let settings = sample_settings(app);
    let hosts = app.hosts(&settings).unwrap();
    let mut out = String::new();
    writeln!(out, "hosts: {}", shown_hosts(&hosts)).unwrap();
    for method in &app.auth {
        writeln!(out, "\n== {} ({})", method.id, method.title).unwrap();
        let settings = method_settings(app, method);
        let own = app.hosts_of(method, &settings).unwrap();
        if own != hosts {
            writeln!(out, "hosts: {}", shown_hosts(&own)).unwrap();
        }
        oauth(app, method, &settings, &mut out);
        signed(app, method, &settings, &mut out);
        login(app, method, &settings, &mut out);
        for step in &method.discover {
            let mut request = app.discover_request(step, method, &settings).unwrap();
            let parts = attached(method, |fields| {
                app.discover_attach(step, method, &settings, fields)
            });
            attach(&parts, &mut request);
            writeln!(out, "-- discover\n{}", shown_request(&request)).unwrap();
        }
        let parts = attached(method, |fields| {
            app.attach(method, &settings, &ConnectionFacts::default(), fields)
        });
        let context = CallContext::new(&settings).with_method(method);
        if let Some(mut request) = app.verify_request(&context, &own).unwrap() {
            attach(&parts, &mut request);
            writeln!(out, "-- verify, attached\n{}", shown_request(&request)).unwrap();
        }
    }
    out
}

fn login(app: &App, method: &AuthMethod, settings: &patchbay_catalog::Settings, out: &mut String) {
    if method.login.is_none() {
        return;
    }
    let mut credential = credential(method, "SECRET:key");
    credential.push(("refresh_token".to_owned(), "REFRESH".to_owned()));
    let credential: Vec<(&str, &str)> = credential
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let context = LoginContext {
        settings,
        credential: &credential,
    };
    let request = app.login_request(method, &context).unwrap();
    writeln!(out, "-- login\n{}", shown_token(&request)).unwrap();
    if let Some(request) = app.login_refresh_request(method, &context).unwrap() {
        writeln!(out, "-- renew\n{}", shown_token(&request)).unwrap();
    }
}

/// What is signed for a login or a request, with fields as the manifest's examples show them.
fn signed(app: &App, method: &AuthMethod, settings: &patchbay_catalog::Settings, out: &mut String) {
    let fields: Vec<(&str, &str)> = method
        .fields
        .iter()
        .map(|f| (f.name.as_str(), f.placeholder.as_deref().unwrap_or(&f.name)))
        .collect();
    if let Some(jwt) = app.jwt(method, settings, &fields, 1_790_000_000).unwrap() {
        let header = serde_json::Value::Object(jwt.header);
        let claims = serde_json::Value::Object(jwt.claims);
        writeln!(out, "-- signed token\n{header}\n{claims}\n").unwrap();
    }
}

fn shown_hosts(hosts: &[HostPort]) -> String {
    let shown: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    shown.join(", ")
}

/// What a made-up credential adds, `how` it is put on a request.
fn attached(
    method: &AuthMethod,
    how: impl Fn(&[(&str, &str)]) -> Result<AttachParts, RenderError>,
) -> AttachParts {
    let with = |key: &str| {
        let credential = credential(method, key);
        let fields: Vec<(&str, &str)> = credential
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        how(&fields)
    };
    // A key that is a user name holds no colon.
    with("SECRET:key").or_else(|_| with("SECRETkey")).unwrap()
}

fn oauth(app: &App, method: &AuthMethod, settings: &patchbay_catalog::Settings, out: &mut String) {
    if method.oauth.is_none() {
        return;
    }
    let context = OAuthContext {
        settings,
        client: ClientRef {
            id: "client:id",
            secret: Some("s%cret+&é"),
        },
        endpoints: &Endpoints::default(),
    };
    if let Ok(urls) = app.oauth1_urls(method, &context) {
        let (begin, sign_in, end) = (urls.request_token, urls.authorize, urls.access_token);
        writeln!(out, "-- signed\n{begin}\n{sign_in}\n{end}\n").unwrap();
        return;
    }
    let input = AuthorizeInput {
        redirect_uri: "https://patchbay.example/oauth/callback/app",
        state: "STATE",
        code_challenge: "CHALLENGE",
        scopes: None,
    };
    let grant = match app.authorize_url(method, &context, &input) {
        Ok(url) => {
            writeln!(out, "-- authorize\n{url}").unwrap();
            Grant::Code {
                code: "CODE",
                redirect_uri: input.redirect_uri,
                verifier: "VERIFIER",
            }
        }
        Err(_) => Grant::ClientCredentials { scopes: None },
    };
    let token = app.token_request(method, &context, &grant).unwrap();
    writeln!(out, "-- token\n{}", shown_token(&token)).unwrap();
    for exchange in &method.oauth.as_ref().unwrap().exchange {
        let request = app.exchange_request(method, exchange, &context, "ACCESS");
        writeln!(out, "-- exchange\n{}", shown_token(&request.unwrap())).unwrap();
    }
    let refresh = if method
        .oauth
        .as_ref()
        .is_some_and(OAuth::renews_by_access_token)
    {
        Grant::Renew {
            access_token: "ACCESS",
        }
    } else {
        Grant::Refresh {
            refresh_token: "REFRESH",
        }
    };
    let refresh = app.token_request(method, &context, &refresh).unwrap();
    writeln!(out, "-- refresh\n{}", shown_token(&refresh)).unwrap();
    let tokens = RevokedToken {
        access_token: "ACCESS",
        refresh_token: Some("REFRESH"),
    };
    if let Some(revocation) = app.revocation(method, &context, tokens).unwrap() {
        let attached = if revocation.attach_credential {
            " (credential attached)"
        } else {
            ""
        };
        writeln!(
            out,
            "-- revoke{attached}\n{}",
            shown_token(&revocation.request)
        )
        .unwrap();
    }
}

fn credential(method: &AuthMethod, key: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = method
        .fields
        .iter()
        .map(|f| {
            let value = match f.name.as_str() {
                "api_key" => key,
                "header_name" => "X-Key",
                other => other,
            };
            (f.name.clone(), value.to_owned())
        })
        .collect();
    if method.oauth.is_some() || method.login.is_some() {
        out.push(("access_token".to_owned(), "ACCESS".to_owned()));
    }
    if method.jwt.is_some() {
        out.push(("jwt".to_owned(), "JWT".to_owned()));
    }
    out
}

fn attach(parts: &AttachParts, request: &mut RequestParts) {
    parts.apply_parts(request).unwrap();
}

fn shown_request(request: &RequestParts) -> String {
    shown(
        &request.method,
        request.url.as_str(),
        &request.headers,
        request.body.as_deref().unwrap_or_default(),
    )
}

fn shown_token(request: &TokenRequest) -> String {
    shown(
        &request.method,
        request.url.as_str(),
        &request.headers,
        &request.body,
    )
}

fn shown(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> String {
    let mut out = format!("{method} {url}\n");
    for (name, value) in headers {
        writeln!(out, "{name}: {value}").unwrap();
    }
    if !body.is_empty() {
        writeln!(out, "\n{}", String::from_utf8_lossy(body)).unwrap();
    }
    out
}
