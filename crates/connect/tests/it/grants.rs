//! Credentials that are got in other ways than by one code: a second exchange, a login, a signed token, OAuth 1.0a.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
};
use patchbay_connect::{
    CallbackQuery, ConnectSessionView, ConnectionCreate, Purpose, SessionCreate,
};
use patchbay_model::AuthMethodKind;
use patchbay_store::connections::ConnectionRow;
use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use crate::world::{CLIENT_SECRET, World, form, good, sent};

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

#[tokio::test]
async fn facebook_exchanges_once_more_and_instagram_renews_the_token_itself() {
    let world = world().await;
    let short = json!({"access_token": "short", "expires_in": 3600, "user_id": 7});
    world
        .provider
        .answers("POST", "/short", json_answer(&short))
        .await;
    let long = json!({"access_token": "long-1", "expires_in": 1});
    world
        .provider
        .answers("GET", "/long", json_answer(&long))
        .await;
    let renewed = counted(|nth, _| {
        json_answer(&json!({"access_token": format!("long-{}", nth + 1), "expires_in": 5_184_000}))
    });
    world.provider.answers("GET", "/renew", renewed).await;
    let created = world
        .begin(&world.editor, of("lasting"))
        .await
        .expect("a session");
    world
        .come_back_to("lasting", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    assert!(row.refreshable, "it is renewed by itself");
    let asked = world.provider.sent_to("/long").await;
    assert_eq!(
        asked[0].url.query(),
        Some(&*format!(
            "grant_type=fb_exchange_token&client_secret={CLIENT_SECRET}&fb_exchange_token=short"
        ))
    );
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer long-2"
    );
    let asked = world.provider.sent_to("/renew").await;
    assert_eq!(
        asked[0].url.query(),
        Some("grant_type=ig_refresh_token&access_token=long-1")
    );
    let now = world
        .connector
        .connection_get(&world.editor, &row.id)
        .await
        .expect("a connection");
    let (next, end) = (now.row.next_refresh_at, now.row.expires_at);
    let left = next.expect("a time").until(end.expect("an end"));
    assert!(
        left >= std::time::Duration::from_secs(2_591_000),
        "half of its life is left: {left:?}"
    );
}

#[tokio::test]
async fn facebook_pages_are_reached_by_two_exchanges() {
    let world = world().await;
    let answers = [
        (
            "POST",
            "/person",
            json!({"access_token": "short", "expires_in": 3600}),
        ),
        (
            "GET",
            "/lasting",
            json!({"access_token": "long", "expires_in": 5_184_000}),
        ),
        (
            "GET",
            "/accounts",
            json!({"data": [{"id": "77", "name": "Acme", "access_token": "of-page"}]}),
        ),
    ];
    for (method, path, body) in &answers {
        world
            .provider
            .answers(method, path, json_answer(body))
            .await;
    }
    let created = world
        .begin(&world.editor, of("pages"))
        .await
        .expect("a session");
    world
        .come_back_to("pages", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    for (path, of) in [("/lasting", "of=short"), ("/accounts", "of=long")] {
        let asked = world.provider.sent_to(path).await;
        assert_eq!(asked[0].url.query(), Some(of), "{path}");
    }
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer of-page"
    );
    assert_eq!(row.settings["page_id"], "77");
    assert!(row.expires_at.is_none(), "a Page's token does not end");
}

#[tokio::test]
async fn bluesky_logs_in_renews_and_logs_in_again() {
    let world = world().await;
    let login = counted(|nth, request: &Request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if asked["password"] != "app-pass-1" {
            return ResponseTemplate::new(401)
                .set_body_json(json!({"error": "AuthenticationRequired"}));
        }
        json_answer(
            &json!({"accessJwt": format!("login-{nth}"), "refreshJwt": format!("refresh-{nth}"), "lives": 1, "did": "did:plc:1"}),
        )
    });
    world
        .provider
        .answers("POST", "/createSession", login)
        .await;
    let renewal = counted(|nth, request: &Request| match nth {
        1 if request.headers["authorization"] == "Bearer refresh-2" => {
            json_answer(&json!({"accessJwt": "renewed", "refreshJwt": "refresh-b", "lives": 1}))
        }
        _ => ResponseTemplate::new(400).set_body_json(json!({"error": "ExpiredToken"})),
    });
    world
        .provider
        .answers("POST", "/refreshSession", renewal)
        .await;
    let wrong = filled(
        "login",
        "token_exchange",
        json!({"identifier": "ana.example", "password": "app-pass-x"}),
    );
    let Err(refused) = world
        .connector
        .connection_create(&world.editor, wrong)
        .await
    else {
        panic!("a wrong password is refused");
    };
    let problem = patchbay_model::Problem::from(refused);
    assert_eq!(problem.code, patchbay_model::Code::CredentialRejected);
    let right = filled(
        "login",
        "token_exchange",
        json!({"identifier": "ana.example", "password": "app-pass-1"}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, right)
        .await
        .expect("a connection");
    assert_eq!(row.kind, AuthMethodKind::TokenExchange);
    assert_eq!(row.kind.type_name(), "CUSTOM");
    assert_eq!(row.settings["did"], "did:plc:1");
    assert_eq!(row.account.id.as_deref(), Some("ana"));
    let login = world.provider.sent_to("/createSession").await;
    assert_eq!(
        login[1].headers["authorization"],
        "Basic YW5hLmV4YW1wbGU6YXBwLXBhc3MtMQ=="
    );
    let wait = || tokio::time::sleep(std::time::Duration::from_millis(1100));
    wait().await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer renewed"
    );
    wait().await;
    // The first login was refused, the second made the connection.
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer login-3"
    );
    assert_eq!(world.provider.calls_to("/refreshSession").await, 2);
}

#[tokio::test]
async fn a_google_service_account_signs_for_a_token() {
    let world = world().await;
    let answer = counted(|nth, _| {
        json_answer(&json!({"access_token": format!("ya29.{nth}"), "expires_in": 1}))
    });
    world.provider.answers("POST", "/assert", answer).await;
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(der.as_ref())
    );
    let file = json!({"client_email": "bot@example.iam.gserviceaccount.com", "private_key": pem});
    let create = filled(
        "signed",
        "jwt_bearer",
        json!({"key_file": file.to_string()}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert!(row.refreshable);
    let asked = world.provider.sent_to("/assert").await;
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&asked[0].body)
        .into_owned()
        .collect();
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    let mut parts = form["assertion"].split('.');
    let mut part = || -> Value {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(parts.next().expect("a part").as_bytes());
        serde_json::from_slice(&bytes.expect("base64url")).expect("JSON")
    };
    assert_eq!(part(), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let claims = part();
    assert_eq!(claims["iss"], "bot@example.iam.gserviceaccount.com");
    assert_eq!(
        claims["exp"]
            .as_i64()
            .zip(claims["iat"].as_i64())
            .map(|(exp, iat)| exp - iat),
        Some(300)
    );
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer ya29.2"
    );
    let mut broken = filled(
        "signed",
        "jwt_bearer",
        json!({"key_file": "{\"client_email\": \"x\", \"private_key\": \"canary-key\"}"}),
    );
    broken.name = "Broken".to_owned();
    let Err(error) = world
        .connector
        .connection_create(&world.editor, broken)
        .await
    else {
        panic!("a key that cannot be read is refused");
    };
    let shown = format!("{:?}", patchbay_model::Problem::from(error));
    assert!(
        shown.contains("BEGIN PRIVATE KEY") && !shown.contains("canary-key"),
        "{shown}"
    );
}

#[tokio::test]
async fn ghost_gets_a_token_of_its_own_with_each_request() {
    let world = world().await;
    let create = filled("signed", "jwt_bearer_2", json!({"admin_key": "abc:00ff10"}));
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert!(!row.refreshable && row.expires_at.is_none());
    let header = header_of(&world, &row, "authorization").await;
    let jwt = header.strip_prefix("Ghost ").expect("the scheme");
    assert_eq!(jwt.split('.').count(), 3);
}

#[tokio::test]
async fn a_github_app_gets_a_token_for_its_installation() {
    let world = world().await;
    let path = "/installations/42/access_tokens";
    let answer = counted(|nth, _| {
        let end = if nth == 1 {
            "2020-01-01T00:00:00Z"
        } else {
            "2199-01-01T00:00:00Z"
        };
        ResponseTemplate::new(201)
            .set_body_json(json!({"token": format!("ghs_{nth}"), "expires_at": end}))
    });
    world.provider.answers("POST", path, answer).await;
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(der.as_ref())
    );
    let value = json!({"private_key": pem, "app_id": "123456"});
    let create = filled("signed", "jwt_bearer_3", value);
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    let asked = world.provider.sent_to(path).await;
    let jwt = asked[0].headers["authorization"].to_str().expect("text");
    let jwt = jwt.strip_prefix("Bearer ").expect("the scheme");
    let claims = jwt.split('.').nth(1).expect("claims").as_bytes();
    let claims = data_encoding::BASE64URL_NOPAD
        .decode(claims)
        .expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["iss"], "123456");
    // The first token has ended: the app signs again and calls with what it gets.
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer ghs_2"
    );
}

#[tokio::test]
async fn x_signs_in_by_oauth_1_and_signs_each_request() {
    let world = world().await;
    let temporary =
        "oauth_token=temp-1&oauth_token_secret=temp-secret&oauth_callback_confirmed=true";
    let temporary = ResponseTemplate::new(200).set_body_string(temporary);
    world
        .provider
        .answers("POST", "/request_token", temporary)
        .await;
    let lasting =
        "oauth_token=lasting-1&oauth_token_secret=lasting-secret&user_id=7&screen_name=ana";
    let lasting = ResponseTemplate::new(200).set_body_string(lasting);
    world
        .provider
        .answers("POST", "/access_token", lasting)
        .await;
    let begin = || async {
        world
            .begin(&world.editor, of("first"))
            .await
            .expect("a session")
    };
    let created = begin().await;
    assert_eq!(sent(&created, "oauth_token").as_deref(), Some("temp-1"));
    assert_eq!(sent(&created, "force_login").as_deref(), Some("true"));
    let first = world.provider.sent_to("/request_token").await;
    let header = first[0].headers["authorization"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        header.starts_with("OAuth oauth_nonce=")
            && header.contains("oauth_consumer_key=\"client-1\"")
    );
    let callback = header
        .split("oauth_callback=\"")
        .nth(1)
        .expect("a callback");
    let callback = callback.split('"').next().expect("a callback");
    let callback = url::form_urlencoded::parse(format!("u={callback}").as_bytes())
        .next()
        .expect("a URL")
        .1
        .into_owned();
    let state = callback.split("state=").nth(1).expect("a state").to_owned();
    let back = |token: &str, state: &str| CallbackQuery {
        state: Some(state.to_owned()),
        other: BTreeMap::from([
            ("oauth_token".to_owned(), token.to_owned()),
            ("oauth_verifier".to_owned(), "verifier-1".to_owned()),
        ]),
        ..CallbackQuery::default()
    };
    world
        .come_back_to("first", Some(&world.editor), back("temp-1", &state))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    assert_eq!(row.kind, AuthMethodKind::OAuth1);
    assert_eq!(row.settings["screen_name"], "ana");
    let exchange = world.provider.sent_to("/access_token").await;
    let header = exchange[0].headers["authorization"].to_str().expect("text");
    assert!(
        header.contains("oauth_token=\"temp-1\"")
            && header.contains("oauth_verifier=\"verifier-1\"")
    );
    let header = header_of(&world, &row, "authorization").await;
    assert!(
        header.contains("oauth_token=\"lasting-1\"") && header.contains("oauth_signature=\""),
        "{header}"
    );
    assert!(!header.contains("secret"));
}

#[tokio::test]
async fn s18_another_sign_ins_token_is_not_taken() {
    let world = world().await;
    let temporary =
        ResponseTemplate::new(200).set_body_string("oauth_token=temp-1&oauth_token_secret=s");
    world
        .provider
        .answers("POST", "/request_token", temporary)
        .await;
    let created = world
        .begin(&world.editor, of("first"))
        .await
        .expect("a session");
    let asked = world.provider.sent_to("/request_token").await;
    let header = asked[0].headers["authorization"]
        .to_str()
        .expect("text")
        .to_owned();
    let state = header
        .split("state%3D")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a state")
        .to_owned();
    let query = CallbackQuery {
        state: Some(state),
        other: BTreeMap::from([
            ("oauth_token".to_owned(), "temp-of-another".to_owned()),
            ("oauth_verifier".to_owned(), "v".to_owned()),
        ]),
        ..CallbackQuery::default()
    };
    world
        .come_back_to("first", Some(&world.editor), query)
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.error.expect("an error").code, "callback_refused");
    assert_eq!(world.provider.calls_to("/access_token").await, 0);
}

#[tokio::test]
async fn netsuite_takes_tokens_of_ones_own() {
    let world = world().await;
    let create = filled(
        "first",
        "oauth1_2",
        json!({"consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts"}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert_eq!(row.kind.type_name(), "CUSTOM");
    let header = header_of(&world, &row, "authorization").await;
    assert!(
        header.starts_with("OAuth realm=\"123_SB1\", ") && header.contains("HMAC-SHA256"),
        "{header}"
    );
}

#[tokio::test]
async fn shopify_signs_its_redirect_and_names_the_shop() {
    let world = world().await;
    let attempt = async |shop: &str, secret: &str| {
        let mut request = of("shop");
        request.settings.insert("shop".to_owned(), "acme".into());
        let created = world
            .begin(&world.editor, request)
            .await
            .expect("a session");
        let mut query = good(&created);
        let state = query.state.clone().expect("a state");
        let signed = format!("code=good-code&host=aGk&shop={shop}&state={state}&timestamp=1");
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let hmac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
        query.other = BTreeMap::from([
            ("host".to_owned(), "aGk".to_owned()),
            ("shop".to_owned(), shop.to_owned()),
            ("timestamp".to_owned(), "1".to_owned()),
            (
                "hmac".to_owned(),
                data_encoding::HEXLOWER.encode(hmac.as_ref()),
            ),
        ]);
        world
            .come_back_to("shop", Some(&world.editor), query)
            .await
            .expect("a callback");
        world.settled(&world.editor, &created.id).await
    };
    assert!(
        attempt("acme.myshopify.com", CLIENT_SECRET)
            .await
            .connection
            .is_some()
    );
    let calls = world.provider.token_calls();
    for (shop, secret) in [
        ("acme.myshopify.com", "forged"),
        ("evil.myshopify.com", CLIENT_SECRET),
    ] {
        let view = attempt(shop, secret).await;
        assert_eq!(
            view.error.expect("an error").code,
            "callback_refused",
            "{shop}"
        );
    }
    assert_eq!(world.provider.token_calls(), calls, "no code was exchanged");
}
