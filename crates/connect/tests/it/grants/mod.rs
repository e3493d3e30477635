//! Credentials that are got in other ways than by one code: a second exchange, a login, a signed token, OAuth 1.0a.

mod exchange;
mod login;
mod oauth1;
mod shopify;
mod signed_token;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use patchbay_connect::{ConnectSessionView, ConnectionCreate, Purpose, SessionCreate};
use patchbay_model::AuthMethodKind;
use patchbay_store::connections::ConnectionRow;
use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use crate::world::{World, form};

const VERIFY: &str = r#"
verify:
  request: GET /me
  account: {id: "{{ response.body.id }}"}
"#;

/// As Facebook exchanges a token once more, and Instagram renews one without a refresh token.
const LASTING: &str = r#"
slug: lasting
name: Lasting
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://HOST/short
    exchange:
      request:
        path: http://HOST/long
        query: {grant_type: fb_exchange_token, client_secret: "{{ client.secret }}", fb_exchange_token: "{{ credential.access_token }}"}
    refresh:
      path: http://HOST/renew
      query: {grant_type: ig_refresh_token, access_token: "{{ credential.access_token }}"}
"#;

/// As the token of a person becomes that of a Page of Facebook.
const PAGES: &str = r#"
slug: pages
name: Pages
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://HOST/person
    exchange:
      - request: {path: "http://HOST/lasting", query: {of: "{{ credential.access_token }}"}}
      - request: {path: "http://HOST/accounts", query: {of: "{{ credential.access_token }}"}}
        response: {access_token: data.0.access_token, keep: {page_id: {path: data.0.id, required: true}}}
"#;

/// As Bluesky logs in and renews.
const LOGIN: &str = r#"
slug: login
name: Login
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
auth:
  - method: token_exchange
    fields: [{name: identifier, title: Handle, secret: false}, {name: password, title: App password}]
    request: {method: POST, path: "http://HOST/createSession", body: {identifier: "{{ credential.identifier }}", password: "{{ credential.password }}"}}
    login_attach: {basic: {username: "{{ credential.identifier }}", password: "{{ credential.password }}"}}
    response: {access_token: accessJwt, refresh_token: refreshJwt, expires_in: lives, keep: {did: did}}
    refresh: {method: POST, path: "http://HOST/refreshSession", headers: {Authorization: "Bearer {{ credential.refresh_token }}"}}
"#;

/// As a Google service account signs for a token, Ghost for each request, and a GitHub App for an installation.
const SIGNED: &str = r#"
slug: signed
name: Signed
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
auth:
  - method: jwt_bearer
    fields: [{name: key_file, title: Key file}]
    jwt:
      algorithm: RS256
      key: "{{ (credential.key_file | from_json).private_key }}"
      header: {kid: k1}
      claims: {iss: "{{ (credential.key_file | from_json).client_email }}", aud: "http://HOST/assert"}
    token_url: http://HOST/assert
  - method: jwt_bearer
    fields: [{name: admin_key, title: Admin API key, pattern: "[0-9a-f]+:[0-9a-f]+"}]
    jwt: {algorithm: HS256, key: "{{ (credential.admin_key | split(':') | list)[1] }}", key_format: hex, claims: {aud: /admin/}}
    attach: {header: {Authorization: "Ghost {{ credential.jwt }}"}}
  - method: jwt_bearer
    fields: [{name: private_key, title: Private key, multiline: true}, {name: app_id, title: App, secret: false}]
    jwt: {algorithm: RS256, key: "{{ credential.private_key }}", claims: {iss: "{{ credential.app_id }}"}}
    request: {method: POST, path: "http://HOST/installations/42/access_tokens", headers: {Authorization: "Bearer {{ credential.jwt }}"}}
    response: {access_token: token, expires_at: expires_at}
"#;

/// As X and NetSuite sign requests.
const OAUTH1: &str = r#"
slug: first
name: First
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
auth:
  - method: oauth1
    request_token_url: http://HOST/request_token
    authorize_url: http://HOST/authorize
    token_url: http://HOST/access_token
    authorize_params: {force_login: "true"}
    response: {keep: {screen_name: screen_name}}
  - method: oauth1
    title: Tokens of one's own
    signature: HMAC-SHA256
    realm: "123_SB1"
"#;

/// As Shopify signs its redirect.
const SHOP: &str = r#"
slug: shop
name: Shop
category: developer
base_url: http://HOST/v1
hosts: ["HOST"]
settings:
  - {name: shop, title: Shop, pattern: "[a-z]+", example: acme}
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://HOST/token
    callback: {hmac: sha256, check: "{{ query.shop == settings.shop ~ '.myshopify.com' }}"}
"#;

async fn world() -> World {
    let with = |app: &str| format!("{app}{VERIFY}");
    let (lasting, login, signed, first) = (with(LASTING), with(LOGIN), with(SIGNED), with(OAUTH1));
    let pages = with(PAGES);
    let world = World::of_apps(&[
        ("lasting", &lasting),
        ("pages", &pages),
        ("login", &login),
        ("signed", &signed),
        ("first", &first),
        ("shop", SHOP),
    ])
    .await;
    let me = ResponseTemplate::new(200).set_body_json(json!({"id": "ana"}));
    world.provider.answers("GET", "/v1/me", me).await;
    world
}

fn json_answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// Answers that count: the first call gets 1, the next 2.
struct Counted<F>(Arc<AtomicUsize>, F);

impl<F: Fn(usize, &Request) -> ResponseTemplate + Send + Sync> Respond for Counted<F> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let nth = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        (self.1)(nth, request)
    }
}

fn counted<F: Fn(usize, &Request) -> ResponseTemplate + Send + Sync>(answer: F) -> Counted<F> {
    Counted(Arc::default(), answer)
}

fn row(view: ConnectSessionView) -> ConnectionRow {
    let error = view.error.map(|error| error.message);
    view.connection
        .unwrap_or_else(|| panic!("no connection: {error:?}"))
        .row
}

fn of(app: &str) -> SessionCreate {
    SessionCreate {
        app: Some(app.to_owned()),
        ..SessionCreate::default()
    }
}

fn filled(app: &str, method: &str, value: Value) -> ConnectionCreate {
    let mut create = form("Filled", AuthMethodKind::Custom, value);
    app.clone_into(&mut create.app);
    create.auth_method = Some(method.to_owned());
    create
}

async fn header_of(world: &World, row: &ConnectionRow, name: &str) -> String {
    let used = world
        .connector
        .credential_use(&world.editor, &row.id, Purpose::Request)
        .await;
    let live = used.unwrap_or_else(|error| panic!("{error}"));
    let attached = world.connector.attach(&live).expect("attached");
    let url = url::Url::parse("http://api.example/v1/x?b=2&a=1").expect("a URL");
    let mut request = patchbay_egress::EgressRequest::new(http::Method::GET, url);
    attached.put(&mut request).expect("a request");
    let value = request.headers.get(name).expect("a header");
    assert!(value.is_sensitive());
    value.to_str().expect("text").to_owned()
}
