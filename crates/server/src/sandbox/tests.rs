use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;

const PUBLIC: &str = "http://127.0.0.1:8700";
const REDIRECT: &str = "http://127.0.0.1:8700/oauth/callback/sandbox-oauth";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B: the challenge of that verifier.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone()
        .oneshot(request)
        .await
        .expect("a router is infallible")
}

async fn text(response: Response<Body>) -> String {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("a body in memory")
        .to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}

async fn json(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).expect("JSON")
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).expect("a request")
}

fn form(uri: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .expect("a request")
}

fn authorize_uri(changes: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "read write"),
        ("state", "st"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!("/oauth/authorize?{query}")
}

fn location(response: &Response<Body>) -> url::Url {
    let value = response
        .headers()
        .get(header::LOCATION)
        .expect("a redirect");
    url::Url::parse(value.to_str().expect("text")).expect("a URL")
}

fn parameter(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Asks, answers, and gives what came back to the redirect URI.
async fn answered(app: &Router, answer: &str, account: &str) -> url::Url {
    let page = text(send(app, get(&authorize_uri(&[]))).await).await;
    let request = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .expect("the id of the request");
    let request = request.split('"').next().expect("its end");
    let fields = [
        ("request", request),
        ("account", account),
        ("answer", answer),
    ];
    let response = send(app, form("/oauth/authorize", &fields)).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    location(&response)
}

fn exchange<'a>(code: &'a str, changes: &[(&'a str, &'a str)]) -> Request<Body> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    form("/oauth/token", &fields)
}

fn refresh(token: &str) -> Request<Body> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    form("/oauth/token", &fields)
}

fn bearer(uri: &str, token: &str) -> Request<Body> {
    let mut request = get(uri);
    let value = format!("Bearer {token}").parse().expect("a header");
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

async fn tokens(app: &Router, account: &str) -> Value {
    let code = parameter(&answered(app, "allow", account).await, "code").expect("a code");
    let response = send(app, exchange(&code, &[])).await;
    assert_eq!(response.status(), StatusCode::OK);
    json(response).await
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a string")
}

#[tokio::test]
async fn allow_gives_a_code_that_opens_the_api() {
    let app = router(PUBLIC);
    let back = answered(&app, "allow", "acct_bob").await;
    assert!(back.as_str().starts_with(REDIRECT));
    assert_eq!(parameter(&back, "state").as_deref(), Some("st"));
    assert_eq!(parameter(&back, "iss").as_deref(), Some(ISSUER));

    let tokens = tokens(&app, "acct_bob").await;
    assert_eq!(tokens["expires_in"], 60);
    assert_eq!(tokens["scope"], "read write");
    let me = json(send(&app, bearer("/api/me", field(&tokens, "access_token"))).await).await;
    assert_eq!(me["email"], "bob@sandbox.example");
}

#[tokio::test]
async fn deny_comes_back_as_access_denied() {
    let back = answered(&router(PUBLIC), "deny", "acct_ana").await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "code"), None);
}

#[tokio::test]
async fn a_foreign_client_or_redirect_uri_is_sent_nowhere() {
    let app = router(PUBLIC);
    for change in [
        ("client_id", "other"),
        ("redirect_uri", "http://evil.example/"),
    ] {
        let response = send(&app, get(&authorize_uri(&[change]))).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert!(response.headers().get(header::LOCATION).is_none());
    }
}

#[tokio::test]
async fn pkce_is_required_and_checked() {
    let app = router(PUBLIC);
    let plain = send(
        &app,
        get(&authorize_uri(&[("code_challenge_method", "plain")])),
    )
    .await;
    assert_eq!(
        parameter(&location(&plain), "error").as_deref(),
        Some("invalid_request")
    );

    let code = parameter(&answered(&app, "allow", "acct_ana").await, "code").expect("a code");
    let other = BASE64URL_NOPAD.encode(&[7; 32]);
    let wrong = send(&app, exchange(&code, &[("code_verifier", &other)])).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(json(wrong).await["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_used_twice_ends_what_it_granted() {
    let app = router(PUBLIC);
    let code = parameter(&answered(&app, "allow", "acct_ana").await, "code").expect("a code");
    let first = json(send(&app, exchange(&code, &[])).await).await;
    let again = send(&app, exchange(&code, &[])).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    let me = send(&app, bearer("/api/me", field(&first, "access_token"))).await;
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_client_must_know_its_secret() {
    let app = router(PUBLIC);
    let code = parameter(&answered(&app, "allow", "acct_ana").await, "code").expect("a code");
    let wrong = send(&app, exchange(&code, &[("client_secret", "guess")])).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json(wrong).await["error"], "invalid_client");

    let mut basic = exchange(&code, &[("client_id", ""), ("client_secret", "")]);
    let pair = BASE64.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes());
    let value = format!("Basic {pair}").parse().expect("a header");
    basic.headers_mut().insert(header::AUTHORIZATION, value);
    assert_eq!(send(&app, basic).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn refreshing_rotates_and_a_spent_token_ends_the_grant() {
    let app = router(PUBLIC);
    let first = tokens(&app, "acct_ana").await;
    let second = json(send(&app, refresh(field(&first, "refresh_token"))).await).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    let replay = send(&app, refresh(field(&first, "refresh_token"))).await;
    assert_eq!(json(replay).await["error"], "invalid_grant");
    let after = send(&app, refresh(field(&second, "refresh_token"))).await;
    assert_eq!(after.status(), StatusCode::BAD_REQUEST);
    let me = send(&app, bearer("/api/me", field(&second, "access_token"))).await;
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn revoking_either_token_ends_the_grant() {
    for kind in ["access_token", "refresh_token"] {
        let app = router(PUBLIC);
        let tokens = tokens(&app, "acct_ana").await;
        let fields = [
            ("token", field(&tokens, kind)),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ];
        assert_eq!(
            send(&app, form("/oauth/revoke", &fields)).await.status(),
            StatusCode::OK
        );
        let me = send(&app, bearer("/api/me", field(&tokens, "access_token"))).await;
        assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn an_access_token_ends_after_a_minute() {
    use std::time::{Duration, Instant};
    let mut grants = grants::Grants::default();
    let now = Instant::now();
    let consent = grants::Consent {
        state: None,
        scope: "read".into(),
        challenge: CHALLENGE.into(),
    };
    let code = grants.code_create(consent, &ACCOUNTS[0], now);
    let tokens = grants.code_exchange(&code, VERIFIER, now).expect("tokens");
    let almost = now + Duration::from_secs(59);
    assert_eq!(
        grants.access(&tokens.access, almost),
        Some((&ACCOUNTS[0], "read"))
    );
    assert_eq!(
        grants.access(&tokens.access, now + Duration::from_mins(1)),
        None
    );
}

#[tokio::test]
async fn the_api_takes_a_key_and_basic_and_refuses_others() {
    let app = router(PUBLIC);
    let with = |name: &'static str, value: String| {
        let mut request = get("/api/me");
        request
            .headers_mut()
            .insert(name, value.parse().expect("a header"));
        request
    };
    let basic = |pair: &str| format!("Basic {}", BASE64.encode(pair.as_bytes()));
    for (request, status) in [
        (with("x-api-key", API_KEY.into()), StatusCode::OK),
        (
            with("authorization", basic("sandbox:sandbox")),
            StatusCode::OK,
        ),
        (
            with("x-api-key", "sandbox-key-0000000000000002".into()),
            StatusCode::UNAUTHORIZED,
        ),
        (
            with("authorization", basic("sandbox:guess")),
            StatusCode::UNAUTHORIZED,
        ),
        (
            with("authorization", "Bearer guess".into()),
            StatusCode::UNAUTHORIZED,
        ),
        (get("/api/me"), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(send(&app, request).await.status(), status);
    }
}

#[tokio::test]
async fn a_token_without_the_scope_may_not_write() {
    let app = router(PUBLIC);
    let page = text(send(&app, get(&authorize_uri(&[("scope", "read")]))).await).await;
    let request = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .expect("the id of the request");
    let request = request.split('"').next().expect("its end");
    let fields = [
        ("request", request),
        ("account", "acct_ana"),
        ("answer", "allow"),
    ];
    let back = location(&send(&app, form("/oauth/authorize", &fields)).await);
    let code = parameter(&back, "code").expect("a code");
    let tokens = json(send(&app, exchange(&code, &[])).await).await;

    let mut message = bearer("/api/messages", field(&tokens, "access_token"));
    assert_eq!(
        send(
            &app,
            bearer("/api/messages", field(&tokens, "access_token"))
        )
        .await
        .status(),
        200
    );
    *message.method_mut() = axum::http::Method::POST;
    assert_eq!(send(&app, message).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_repeated_message_is_stored_once() {
    let app = router(PUBLIC);
    let message = || {
        Request::post("/api/messages")
            .header("x-api-key", API_KEY)
            .header("idempotency-key", "k1")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from("{\"text\":\"Hello\"}"))
            .expect("a request")
    };
    let first = json(send(&app, message()).await).await;
    let again = json(send(&app, message()).await).await;
    assert_eq!(first, again);
    let mut list = get("/api/messages");
    list.headers_mut()
        .insert("x-api-key", API_KEY.parse().expect("a header"));
    let stored = json(send(&app, list).await).await;
    assert_eq!(stored["messages"].as_array().map(Vec::len), Some(1));
}
