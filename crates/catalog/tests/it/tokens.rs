//! Odd token answers.

use patchbay_catalog::{
    App, ClientRef, Endpoints, Grant, OAuthContext, TokenAnswer, TokenFailure, TokenFailureKind,
    check_text,
};
use serde_json::{Value, json};

use crate::{app, settings};

const NOW: i64 = 1_790_000_000;

fn read(app: &App, method: &str, status: u16, body: &Value) -> Result<TokenAnswer, TokenFailure> {
    read_raw(
        app,
        method,
        status,
        "application/json",
        body.to_string().as_bytes(),
    )
}

fn read_raw(
    app: &App,
    method: &str,
    status: u16,
    kind: &str,
    body: &[u8],
) -> Result<TokenAnswer, TokenFailure> {
    app.token_answer(
        app.method(method).unwrap(),
        status,
        &[("content-type", kind)],
        body,
        NOW,
    )
}

fn granted(result: Result<TokenAnswer, TokenFailure>) -> TokenAnswer {
    result.unwrap_or_else(|e| panic!("{e:?}"))
}

fn refused(result: Result<TokenAnswer, TokenFailure>) -> TokenFailure {
    match result {
        Ok(_) => panic!("a token was read"),
        Err(failure) => failure,
    }
}

#[test]
fn slack_says_no_with_status_200() {
    let failure = refused(read(
        &app("slack"),
        "oauth2",
        200,
        &json!({"ok": false, "error": "invalid_code"}),
    ));
    assert_eq!(failure.kind, TokenFailureKind::Refused);
    assert_eq!(failure.error.as_deref(), Some("invalid_code"));
    assert_eq!(failure.message, "Slack refused: invalid_code");
    // Even when a token is beside it.
    let body = json!({"ok": false, "error": "x", "access_token": "xoxb-1"});
    refused(read(&app("slack"), "oauth2", 200, &body));
}

#[test]
fn slack_nests_the_token_of_a_person() {
    let body = json!({
        "ok": true, "access_token": "xoxb-bot", "scope": "chat:write,users:read", "bot_user_id": "U0",
        "team": {"id": "T1", "name": "Acme"},
        "authed_user": {"id": "U1", "access_token": "xoxp-user", "scope": "channels:read", "expires_in": 43200,
                        "refresh_token": "xoxe-1"}
    });
    let bot = granted(read(&app("slack"), "oauth2", 200, &body));
    assert_eq!(bot.access_token, "xoxb-bot");
    assert_eq!(bot.refresh_token, None);
    assert_eq!(bot.expires_in, None);
    assert_eq!(bot.scopes.unwrap(), ["chat:write", "users:read"]);
    assert_eq!(
        Value::Object(bot.keep),
        json!({"team_id": "T1", "team_name": "Acme", "bot_user_id": "U0"})
    );
    let person = granted(read(&app("slack"), "oauth2_2", 200, &body));
    assert_eq!(person.access_token, "xoxp-user");
    assert_eq!(person.refresh_token.as_deref(), Some("xoxe-1"));
    assert_eq!(person.expires_in, Some(43_200));
    // When it is refreshed, it is not nested (docs.slack.dev/authentication/using-token-rotation).
    let body = json!({"ok": true, "token_type": "user", "access_token": "xoxe.xoxp-2", "refresh_token": "xoxe-2",
                      "expires_in": 43200, "scope": "channels:read"});
    let renewed = granted(read(&app("slack"), "oauth2_2", 200, &body));
    assert_eq!(renewed.access_token, "xoxe.xoxp-2");
    assert_eq!(renewed.refresh_token.as_deref(), Some("xoxe-2"));
}

#[test]
fn github_errors_come_with_status_200() {
    let body =
        json!({"error": "bad_verification_code", "error_description": "The code is incorrect."});
    let failure = refused(read(&app("github"), "oauth2", 200, &body));
    assert_eq!(failure.error.as_deref(), Some("bad_verification_code"));
    assert_eq!(
        failure.description.as_deref(),
        Some("The code is incorrect.")
    );
}

#[test]
fn github_may_answer_with_a_form() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let answer = granted(read_raw(
        &app("github"),
        "oauth2",
        200,
        form,
        b"access_token=gho_1&scope=repo%20gist&token_type=bearer",
    ));
    assert_eq!(answer.access_token, "gho_1");
    assert_eq!(answer.scopes.unwrap(), ["repo", "gist"]);
    let failure = refused(read_raw(
        &app("github"),
        "oauth2",
        200,
        form,
        b"error=bad_verification_code",
    ));
    assert_eq!(failure.error.as_deref(), Some("bad_verification_code"));
}

#[test]
fn salesforce_names_its_host() {
    let salesforce = app("salesforce");
    let read = |instance: Value| {
        read(
            &salesforce,
            "oauth2",
            200,
            &json!({"access_token": "t", "instance_url": instance}),
        )
    };
    let good = granted(read(json!("https://acme.my.salesforce.com")));
    assert_eq!(good.keep["api_host"], "acme.my.salesforce.com");
    assert_eq!(good.expires_in, Some(7200));
    let hosts = salesforce.hosts(&good.keep).unwrap();
    assert_eq!(hosts[0].to_string(), "acme.my.salesforce.com");
    assert_eq!(
        granted(read(json!("https://ACME.force.com/"))).keep["api_host"],
        "acme.force.com"
    );
}

#[test]
fn s08_salesforce_may_not_name_a_foreign_host() {
    let salesforce = app("salesforce");
    for evil in [
        json!("https://evil.example"),
        json!("https://salesforce.com.evil.example"),
        json!("https://evilsalesforce.com"),
        json!("https://acme.salesforce.com@evil.example"),
        json!("https://evil.example/.salesforce.com"),
        json!("http://acme.salesforce.com"),
        json!("https://evil.example\\.salesforce.com"),
        json!("//evil.example"),
        json!("https://acme.salesforce.com."),
        json!("javascript:alert(1)"),
        json!(7),
        json!(["https://acme.salesforce.com"]),
        json!("https://evil.example#.salesforce.com"),
        json!("https://evil.example?.salesforce.com"),
    ] {
        let failure = refused(read(
            &salesforce,
            "oauth2",
            200,
            &json!({"access_token": "t", "instance_url": evil}),
        ));
        assert_eq!(failure.kind, TokenFailureKind::HostRefused, "{evil}");
        assert!(!failure.message.contains("evil"));
    }
}

#[test]
fn lifetimes_in_every_form() {
    let oauth = app("sandbox-oauth");
    let gmail = app("gmail");
    let life = |app: &App, value: Value| {
        granted(read(
            app,
            "oauth2",
            200,
            &json!({"access_token": "t", "expires_in": value}),
        ))
        .expires_in
    };
    for (value, seconds) in [
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(" 3600 "), Some(3600)),
        (json!(3599.9), Some(3599)),
        (json!("3599.5"), Some(3599)),
        (json!(3.6e3), Some(3600)),
        (json!(null), None),
        (json!(-1), None),
        (json!("-5"), None),
        (json!(0), None),
        (json!(""), None),
        (json!("soon"), None),
        (json!({"a": 1}), None),
        (json!(true), None),
        (json!("NaN"), None),
        (json!("inf"), None),
        (json!(1e300), Some(3_155_760_000)),
    ] {
        assert_eq!(life(&oauth, value.clone()), seconds, "{value}");
        assert_eq!(
            life(&gmail, value.clone()),
            seconds.or(Some(3599)),
            "{value} with a default"
        );
    }
    let absent = granted(read(&oauth, "oauth2", 200, &json!({"access_token": "t"})));
    assert_eq!(absent.expires_in, None);
}

#[test]
fn moments_instead_of_lifetimes() {
    let text = "
slug: square
name: Square
category: payments
description: Payments
base_url: https://connect.squareup.com
hosts: [connect.squareup.com]
auth:
  - method: oauth2
    authorize_url: https://connect.squareup.com/oauth2/authorize
    token_url: https://connect.squareup.com/oauth2/token
    response: {expires_at: expires_at}
";
    let square = check_text("square.yaml", text).unwrap();
    for (value, seconds) in [
        (json!("2026-09-21T14:14:20Z"), Some(60)),
        (json!(NOW + 60), Some(60)),
        (json!((NOW + 60) * 1000), Some(60)),
        (json!((NOW + 60).to_string()), Some(60)),
        (json!("2020-01-01T00:00:00Z"), Some(0)),
        (json!("tomorrow"), None),
        (json!(null), None),
    ] {
        let answer = granted(read(
            &square,
            "oauth2",
            200,
            &json!({"access_token": "t", "expires_at": value}),
        ));
        assert_eq!(answer.expires_in, seconds, "{value}");
    }
}

#[test]
fn answers_without_a_token() {
    let oauth = app("sandbox-oauth");
    for (status, body, kind) in [
        (200, "<html>Sign in</html>", TokenFailureKind::Unreadable),
        (200, "", TokenFailureKind::Unreadable),
        (200, "{}", TokenFailureKind::NoToken),
        (200, r#"{"access_token": ""}"#, TokenFailureKind::NoToken),
        (200, r#"{"access_token": null}"#, TokenFailureKind::NoToken),
        (
            200,
            r#"{"access_token": {"a": 1}}"#,
            TokenFailureKind::NoToken,
        ),
        (200, "[1]", TokenFailureKind::Unreadable),
        (
            200,
            "{\"access_token\": \"a\\r\\nX: y\"}",
            TokenFailureKind::BadToken,
        ),
        (
            200,
            "{\"access_token\": \"a\", \"refresh_token\": \"b\\n\"}",
            TokenFailureKind::BadToken,
        ),
        (302, r#"{"access_token": "a"}"#, TokenFailureKind::Status),
        (
            400,
            r#"{"error": "invalid_grant"}"#,
            TokenFailureKind::Refused,
        ),
        (500, "<html>oops</html>", TokenFailureKind::Status),
        (503, "", TokenFailureKind::Status),
    ] {
        let failure = refused(read_raw(
            &oauth,
            "oauth2",
            status,
            "text/html",
            body.as_bytes(),
        ));
        assert_eq!(failure.kind, kind, "{status} {body}");
        assert_eq!(failure.status, status);
    }
}

#[test]
fn providers_words_are_shortened_and_kept_on_one_line() {
    let long = format!("line\r\nbreak {}", "x".repeat(5000));
    let failure = refused(read(
        &app("gmail"),
        "oauth2",
        400,
        &json!({"error": "e", "error_description": long}),
    ));
    let text = failure.description.unwrap();
    assert!(text.chars().count() <= 300 && !text.contains('\n'));
}

#[test]
fn rfc6749_s231_client_in_the_header_is_form_encoded_first() {
    let notion = app("notion");
    let context = OAuthContext {
        settings: &settings(json!({})),
        client: ClientRef {
            id: "a:b c",
            secret: Some("s%+&é"),
        },
        endpoints: &Endpoints::default(),
    };
    let grant = Grant::Code {
        code: "c",
        redirect_uri: "https://x/",
        verifier: "v",
    };
    let request = app_token(&notion, &context, &grant);
    let header = request
        .headers
        .iter()
        .find(|(n, _)| n == "Authorization")
        .unwrap();
    // base64("a%3Ab+c:s%25%2B%26%C3%A9")
    assert_eq!(header.1, "Basic YSUzQWIrYzpzJTI1JTJCJTI2JUMzJUE5");
    assert!(!String::from_utf8_lossy(&request.body).contains("s%"));
}

fn app_token(
    app: &App,
    context: &OAuthContext<'_>,
    grant: &Grant<'_>,
) -> patchbay_catalog::TokenRequest {
    app.token_request(app.method("oauth2").unwrap(), context, grant)
        .unwrap()
}

#[test]
fn endpoints_of_an_admin_replace_the_manifests() {
    let gmail = app("gmail");
    let endpoints = Endpoints {
        token_url: Some("http://127.0.0.1:9801/token".to_owned()),
        revoke_url: Some("http://127.0.0.1:9801/revoke".to_owned()),
        ..Endpoints::default()
    };
    let context = OAuthContext {
        settings: &settings(json!({})),
        client: ClientRef {
            id: "i",
            secret: None,
        },
        endpoints: &endpoints,
    };
    let refresh = app_token(&gmail, &context, &Grant::Refresh { refresh_token: "r" });
    assert_eq!(refresh.url.as_str(), "http://127.0.0.1:9801/token");
    assert_eq!(
        String::from_utf8(refresh.body).unwrap(),
        "grant_type=refresh_token&refresh_token=r&client_id=i"
    );
    for bad in [
        "javascript:alert(1)",
        "http://a@b/",
        "nonsense",
        "https://a b/",
    ] {
        let endpoints = Endpoints {
            token_url: Some(bad.to_owned()),
            ..Endpoints::default()
        };
        let context = OAuthContext {
            endpoints: &endpoints,
            ..context
        };
        let grant = Grant::Refresh { refresh_token: "r" };
        assert!(
            gmail
                .token_request(gmail.method("oauth2").unwrap(), &context, &grant)
                .is_err(),
            "{bad}"
        );
    }
}
