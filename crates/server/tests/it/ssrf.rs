//! Whatever of ours calls out for a caller passes the one guard: nothing listens to us where nobody may be reached.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{Answer, Caller, Server};

/// A listener on loopback that counts who comes.
async fn counted() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let came = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&came);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (port, came)
}

/// Sends through every feature that calls an app's host; what each answered.
async fn every_way_out(server: &Server) -> Vec<(&'static str, Answer)> {
    let (owner, project) = server.set_up().await;
    let scoped = |path: &str| format!("/api/v1/projects/{project}/{path}");
    let key = |verify: bool| {
        json!({"name": format!("Key {verify}"), "app": "sandbox-key", "type": "API_KEY",
            "value": {"api_key": "x"}, "verify": verify})
    };
    let mut answers = Vec::new();
    let post = Method::POST;
    let made = server
        .call(
            post.clone(),
            &scoped("connections"),
            &owner,
            Some(key(true)),
        )
        .await;
    answers.push(("create", made));
    let made = server
        .call(
            post.clone(),
            &scoped("connections"),
            &owner,
            Some(key(false)),
        )
        .await;
    let connection = made.body["id"].as_str().expect("an id").to_owned();
    let on = |what: &str| scoped(&format!("connections/{connection}/{what}"));
    for (name, method, path, body) in [
        ("check", &post, on("check"), None),
        (
            "reconnect",
            &post,
            on("reconnect"),
            Some(json!({"value": {"api_key": "y"}})),
        ),
        ("options", &Method::GET, on("options/contacts"), None),
        ("proxy", &Method::GET, on("proxy/x"), None),
        ("proxy", &Method::GET, on("proxy/http://127.0.0.1/"), None),
    ] {
        let answer = server.call(method.clone(), &path, &owner, body).await;
        answers.push((name, answer));
    }
    answers.push(("sign-in", signed_in(server, &owner, &project).await));
    answers
}

/// A browser sign-in up to where the code is exchanged; how the session stands then.
async fn signed_in(server: &Server, owner: &Caller, project: &str) -> Answer {
    let scoped = |path: &str| format!("/api/v1/projects/{project}/{path}");
    let client = json!({"clientId": "id", "clientSecret": "secret"});
    server
        .call(
            Method::PUT,
            &scoped("oauth-clients/sandbox-oauth"),
            owner,
            Some(client),
        )
        .await;
    let begun = server
        .call(
            Method::POST,
            &scoped("connect-sessions"),
            owner,
            Some(json!({"app": "sandbox-oauth"})),
        )
        .await;
    let url = begun.body["authorizeUrl"].as_str().expect("a URL");
    let state = url
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("state="))
        .expect("a state");
    let callback = format!("/oauth/callback/sandbox-oauth?code=x&state={state}");
    server.call(Method::GET, &callback, owner, None).await;
    let session = begun.body["id"].as_str().expect("an id");
    server
        .call(
            Method::GET,
            &scoped(&format!("connect-sessions/{session}")),
            owner,
            None,
        )
        .await
}

#[tokio::test]
async fn s14_no_way_out_leads_to_an_address_that_is_not_public() {
    let (port, came) = counted().await;
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ] {
        let provider = format!("https://{host}:{port}");
        let server = Server::start_with("http://127.0.0.1:8700", &provider, "127.0.0.1:1").await;
        for (way, answer) in every_way_out(&server).await {
            let refused = answer.status.is_client_error()
                || answer.status.is_server_error()
                || answer.body["state"] == "failed"
                || answer.body["status"] == "ERROR";
            assert!(refused, "{way} to {host}: {answer:?}");
        }
    }
    assert_eq!(came.load(Ordering::Relaxed), 0);
}
