//! What comes back: streamed untouched, or read and without secrets.

use data_encoding::{BASE64, HEXLOWER};
use http::Method;
use http_body_util::BodyExt;
use patchbay_connect::Purpose;
use patchbay_egress::Body;
use patchbay_gateway::{GatewayError, GatewayRequest, REDACTED};
use serde_json::json;

use crate::site::{Site, json};
use crate::world::{CANARY, World};

#[tokio::test]
async fn s25_echoed_secrets_are_taken_out_of_what_is_read() {
    let app = Site::new(|seen| {
        let sent = seen.header("authorization").unwrap_or_default().to_owned();
        let body = json!({
            "headers": {"Authorization": sent},
            "hex": HEXLOWER.encode(CANARY.as_bytes()),
            "base64": BASE64.encode(format!("user:{CANARY}").as_bytes()),
            "nested": [{"json": json!({"token": sent}).to_string()}],
            "name": "Ana",
        })
        .to_string();
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nX-Echo: {sent}\r\nSet-Cookie: a={sent}\r\nContent-Length: {length}\r\n\r\n{body}")
    })
    .await;
    let world = World::new(&app, &[]).await;
    let request = GatewayRequest::new(Purpose::Request, Method::GET, "/echo");
    let answer = world
        .gateway
        .send_json(&world.editor, &world.connection, request)
        .await
        .expect("an answer");
    let value = answer.into_value();
    let text = value.to_string();
    assert!(
        !text.contains(CANARY) && !text.contains(&HEXLOWER.encode(CANARY.as_bytes())),
        "{text}"
    );
    assert_eq!(
        value["body"]["headers"]["Authorization"],
        format!("Bearer {REDACTED}")
    );
    assert_eq!(value["headers"]["x-echo"], format!("Bearer {REDACTED}"));
    assert!(value["headers"].get("set-cookie").is_none());
    assert_eq!(
        (&value["status"], &value["body"]["name"]),
        (&json!(200), &json!("Ana"))
    );
    assert!(
        value["body"]["base64"]
            .as_str()
            .expect("a text")
            .contains(REDACTED)
    );
}

#[tokio::test]
async fn bodies_stream_both_ways_untouched() {
    let app = Site::new(|seen| {
        let body = &seen.body;
        format!(
            "HTTP/1.1 418 Teapot\r\nX-Path: {}\r\nContent-Length: {}\r\n\r\n{body}",
            seen.path(),
            body.len()
        )
    })
    .await;
    let world = World::new(&app, &[]).await;
    let sent = "x".repeat(300_000);
    let mut request = GatewayRequest::new(Purpose::Request, Method::PUT, "/files/a%2Fb?x=%20&y=+");
    request.body = Body::from(sent.clone());
    let answer = world
        .gateway
        .send(&world.editor, &world.connection, request)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 418);
    assert_eq!(answer.headers["x-path"], "/api/files/a%2Fb?x=%20&y=+");
    let back = answer.body.collect().await.expect("a body").to_bytes();
    assert_eq!(back, sent);
}

#[tokio::test]
async fn answers_that_are_no_json_are_text_and_error_statuses_are_answers() {
    let app = Site::new(|seen| match seen.path() {
        "/api/html" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>".to_owned()
        }
        "/api/none" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        _ => json(500, r#"{"error":"x"}"#),
    })
    .await;
    let world = World::new(&app, &[]).await;
    for (target, status, body) in [
        ("/html", 200, json!("<p/>")),
        ("/none", 204, json!(null)),
        ("/bad", 500, json!({"error": "x"})),
    ] {
        let request = GatewayRequest::new(Purpose::Request, Method::GET, target);
        let answer = world
            .gateway
            .send_json(&world.editor, &world.connection, request)
            .await
            .expect("an answer");
        assert_eq!(
            (answer.answer.status(), answer.answer.body()),
            (status, &body)
        );
    }
}

#[tokio::test]
async fn an_app_that_is_down_is_told_apart_from_one_that_may_have_acted() {
    let app = Site::new(|_| String::new()).await;
    let world = World::new(&app, &[]).await;
    drop(app);
    tokio::task::yield_now().await;
    let request = GatewayRequest::new(Purpose::Request, Method::POST, "/x");
    let error = world
        .gateway
        .send_json(&world.editor, &world.connection, request)
        .await
        .err()
        .expect("an error");
    assert!(
        matches!(error, GatewayError::Egress(_))
            && error.definitely_not_sent()
            && error.is_transient(),
        "{error}"
    );
}
