//! What stands in the head of every answer.

use axum::http::{Method, StatusCode};

use crate::support::{Answer, Caller, Server, operations};

fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}

fn assert_ours(answer: &Answer, what: &str) {
    for name in [
        "x-request-id",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ] {
        assert!(!text(answer, name).is_empty(), "{what} lacks {name}");
    }
    let policy = text(answer, "content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe-eval"), "{what}: {policy}");
    assert_eq!(text(answer, "x-content-type-options"), "nosniff", "{what}");
    assert_eq!(text(answer, "referrer-policy"), "no-referrer", "{what}");
    assert_eq!(text(answer, "x-frame-options"), "DENY", "{what}");
    assert!(!text(answer, "cache-control").is_empty(), "{what}");
}

#[tokio::test]
async fn s33_every_route_answers_with_the_headers_that_guard_it() {
    let server = Server::start_at("https://patchbay.example").await;
    let (owner, _) = server.set_up().await;
    for (method, path) in operations() {
        let filled = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for caller in [
            &Caller::Anonymous,
            &owner,
            &Caller::Key("pb_live_nobody".to_owned()),
        ] {
            let answer = server.call(method.clone(), &filled, caller, None).await;
            let what = format!("{method} {filled} by {caller:?}");
            assert_ours(&answer, &what);
            assert_eq!(
                text(&answer, "strict-transport-security"),
                "max-age=31536000",
                "{what}"
            );
            if answer.status == StatusCode::UNAUTHORIZED {
                assert_eq!(text(&answer, "www-authenticate"), "Bearer", "{what}");
            }
        }
    }
    for path in ["/", "/nowhere", "/api/v1/nothing", "/hooks/x", "/healthz"] {
        let answer = server
            .call(Method::GET, path, &Caller::Anonymous, None)
            .await;
        assert_ours(&answer, path);
    }
}

#[tokio::test]
async fn strict_transport_is_only_asked_for_over_tls() {
    let server = Server::start().await;
    let answer = server
        .call(Method::GET, "/healthz", &Caller::Anonymous, None)
        .await;
    assert_eq!(text(&answer, "strict-transport-security"), "");
    assert_eq!(text(&answer, "cache-control"), "no-store");
}
