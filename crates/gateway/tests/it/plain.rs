//! Requests without a connection.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use patchbay_egress::{Body, Limits};
use patchbay_gateway::PlainRequest;

use crate::site::{Site, json, redirect};
use crate::world::World;

fn request(url: String) -> PlainRequest {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer typed-in"));
    PlainRequest {
        method: Method::GET,
        url,
        query: vec![("q".to_owned(), "a b".to_owned())],
        headers,
        body: Body::empty(),
        idempotency_key: None,
        limits: Limits::WHOLE,
    }
}

#[tokio::test]
async fn an_authors_own_credential_stays_with_its_origin() {
    let other = Site::new(|_| json(200, r#"{"here":true}"#)).await;
    let target = format!("http://{}/elsewhere", other.address);
    let app = Site::new(move |seen| match seen.path() {
        "/to-self?q=a+b" => redirect(302, "/end"),
        "/to-other?q=a+b" => redirect(302, &target),
        _ => json(200, "{}"),
    })
    .await;
    let world = World::new(&app, &[&other]).await;
    let at = |path: &str| request(format!("http://{}{path}", app.address));

    let answer = world
        .gateway
        .send_plain(&world.editor, at("/to-self"))
        .await;
    assert_eq!(answer.expect("an answer")["status"], 200);
    assert_eq!(app.last().path(), "/end");
    assert_eq!(app.last().header("authorization"), Some("Bearer typed-in"));

    let answer = world
        .gateway
        .send_plain(&world.editor, at("/to-other"))
        .await;
    assert_eq!(answer.expect("an answer")["body"]["here"], true);
    assert_eq!(other.last().header("authorization"), None);
}

#[tokio::test]
async fn s12_plain_requests_pass_the_same_guard() {
    let app = Site::new(|_| redirect(302, "http://169.254.169.254/latest/meta-data")).await;
    let world = World::new(&app, &[]).await;
    for url in [
        format!("http://{}/x", app.address),
        "http://127.0.0.1:1/x".to_owned(),
        "https://[::1]/x".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let answer = world
            .gateway
            .send_plain(&world.editor, request(url.clone()))
            .await;
        assert!(answer.is_err(), "{url}");
    }
}
