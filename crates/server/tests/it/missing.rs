//! What is not there, what is another project's and what cannot be there at all are answered alike.

use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode};
use patchbay_model::Timestamp;
use serde_json::json;

use crate::support::{Answer, Caller, Server, operations};

/// Ids that no thing has: none at all, well formed, of another kind, over-long, with control and odd characters.
fn odd_ids() -> Vec<String> {
    let long = "x".repeat(4096);
    [
        "nope",
        "flow_06h0gx9jh9s5f0kwpbqjgwapp0",
        "conn_06h0gx9jh9s5f0kwpbqjgwapp0",
        "%00",
        "%2F",
        "%2e%2e",
        "..%2f..%2fetc",
        "%E2%80%AE",
        "CONN_06H0GX9JH9S5F0KWPBQJGWAPP0",
        "'%20OR%201=1--",
        &long,
    ]
    .map(str::to_owned)
    .to_vec()
}

#[tokio::test]
async fn an_id_that_is_none_is_a_thing_that_is_not_there() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    for (collection, code) in [
        ("connections", "CONNECTION_NOT_FOUND"),
        ("flows", "FLOW_NOT_FOUND"),
        ("runs", "RUN_NOT_FOUND"),
        ("connect-sessions", "CONNECT_SESSION_NOT_FOUND"),
    ] {
        let mut messages = std::collections::BTreeSet::new();
        for id in odd_ids() {
            let path = format!("/api/v1/projects/{project}/{collection}/{id}");
            let answer = server.call(Method::GET, &path, &owner, None).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::NOT_FOUND, code),
                "{path}"
            );
            messages.insert(answer.body["error"]["message"].to_string());
        }
        assert_eq!(messages.len(), 1, "{messages:?}");
    }
    for id in odd_ids() {
        for (method, path, code) in [
            (
                Method::GET,
                format!("/api/v1/projects/{id}"),
                "PROJECT_NOT_FOUND",
            ),
            (
                Method::GET,
                format!("/api/v1/projects/{id}/flows"),
                "PROJECT_NOT_FOUND",
            ),
            (
                Method::DELETE,
                format!("/api/v1/projects/{project}/members/{id}"),
                "MEMBER_NOT_FOUND",
            ),
            (
                Method::DELETE,
                format!("/api/v1/projects/{project}/keys/{id}"),
                "KEY_NOT_FOUND",
            ),
            (
                Method::DELETE,
                format!("/api/v1/auth/sessions/{id}"),
                "SESSION_NOT_FOUND",
            ),
        ] {
            let answer = server.call(method, &path, &owner, None).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::NOT_FOUND, code),
                "{path}"
            );
        }
    }
}

/// The address of a connection that was just made.
async fn connection(server: &Server, owner: &Caller, project: &str) -> String {
    let connections = format!("/api/v1/projects/{project}/connections");
    let body = json!({"name": "Key", "app": "sandbox-key", "type": "API_KEY",
        "value": {"api_key": "x"}, "verify": false});
    let made = server
        .call(Method::POST, &connections, owner, Some(body))
        .await;
    format!("{connections}/{}", made.body["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn what_was_deleted_is_gone_unless_the_trash_is_asked_for() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let one = connection(&server, &owner, &project).await;
    let deleted = server.call(Method::DELETE, &one, &owner, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let gone = server.call(Method::GET, &one, &owner, None).await;
    assert_eq!(gone.code(), "CONNECTION_NOT_FOUND");
    let kept = server
        .call(Method::GET, &format!("{one}?deleted=true"), &owner, None)
        .await;
    assert!(kept.body["deletedAt"].is_string(), "{:?}", kept.body);
    let back = server
        .call(Method::POST, &format!("{one}/restore"), &owner, None)
        .await;
    assert_eq!(back.status, StatusCode::OK);
    let there = server.call(Method::GET, &one, &owner, None).await;
    assert_eq!(there.status, StatusCode::OK);
}

#[tokio::test]
async fn m3_what_was_destroyed_is_gone_from_the_trash_too() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let one = connection(&server, &owner, &project).await;
    let (destroy, trashed) = (format!("{one}/destroy"), format!("{one}?deleted=true"));

    let early = server.call(Method::POST, &destroy, &owner, None).await;
    assert_eq!(
        (early.status, early.code()),
        (StatusCode::CONFLICT, "CONFLICT")
    );
    let there = server.call(Method::GET, &one, &owner, None).await;
    assert_eq!(there.status, StatusCode::OK);
    assert!(there.body["destroyedAt"].is_null(), "{:?}", there.body);

    server.call(Method::DELETE, &one, &owner, None).await;
    let kept = server.call(Method::GET, &trashed, &owner, None).await;
    let time = |field: &str| {
        let text = kept.body[field].as_str().expect("a time");
        text.parse::<Timestamp>().expect("a time")
    };
    let month = Duration::from_hours(30 * 24);
    assert_eq!(time("destroyedAt"), time("deletedAt").plus(month));

    // The same request again is answered as before; another one finds nothing.
    for replayed in [None, Some("true")] {
        let mut request = server.request(&Method::POST, &destroy, &owner, None);
        let key = HeaderValue::from_static("destroy-once");
        request.headers_mut().insert("idempotency-key", key);
        let answer = server.send(request).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{:?}", answer.body);
        let header = answer.headers.get("idempotent-replay");
        assert_eq!(header.and_then(|value| value.to_str().ok()), replayed);
    }
    let never = format!("/api/v1/projects/{project}/connections/conn_06h0gx9jh9s5f0kwpbqjgwapp0");
    for (method, path, as_path) in [
        (Method::POST, destroy.clone(), format!("{never}/destroy")),
        (
            Method::POST,
            format!("{one}/restore"),
            format!("{never}/restore"),
        ),
        (Method::GET, trashed, format!("{never}?deleted=true")),
    ] {
        let gone = server.call(method.clone(), &path, &owner, None).await;
        let missing = server.call(method, &as_path, &owner, None).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{path}");
        let said = |answer: &Answer| {
            let error = &answer.body["error"];
            (error["code"].clone(), error["message"].clone())
        };
        assert_eq!(said(&gone), said(&missing), "{path}");
    }
}

/// S-38: nonsense is refused or ignored, never a failure of ours.
#[tokio::test]
async fn s38_no_route_fails_on_nonsense() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let bodies = [
        json!([]),
        json!(null),
        json!({"unknown": 1}),
        json!({"name": {"a": [1, 2]}, "value": "text"}),
        json!({"name": "\u{202e}\u{200b}\u{0}e\u{301}", "app": "sandbox-key", "type": "API_KEY", "value": {"api_key": "\r\nx"}}),
        json!({"name": "x".repeat(100_000), "email": "a@b", "password": "x".repeat(100_000)}),
        json!({"limit": -1, "draft": {"schema": 1e300, "trigger": [], "steps": {}}}),
    ];
    for (method, path) in operations() {
        // Ends the sessions of the one who asks.
        if path.ends_with("/auth/sessions")
            || path.ends_with("/auth/logout")
            || path.ends_with("/events")
        {
            continue;
        }
        let path = path
            .split('/')
            .map(|part| match part {
                "{project}" => project.as_str(),
                part if part.starts_with('{') => "conn_06h0gx9jh9s5f0kwpbqjgwapp0",
                part => part,
            })
            .collect::<Vec<_>>()
            .join("/");
        // The project itself is needed for the rest.
        if method == Method::DELETE && path == format!("/api/v1/projects/{project}") {
            continue;
        }
        for query in [
            "",
            "?limit=-1",
            "?limit=1&limit=2",
            "?cursor=%FF%00",
            "?cursor=WyJhIl0",
            "?%zz=%",
            "?sort=-&status=,,&q=%00%25_",
        ] {
            let target = format!("{path}{query}");
            let answer = server.call(method.clone(), &target, &owner, None).await;
            assert!(
                answer.status.as_u16() < 500,
                "{method} {target}: {:?}",
                answer.body
            );
        }
        if matches!(method, Method::POST | Method::PUT | Method::PATCH) {
            for body in &bodies {
                let answer = server
                    .call(method.clone(), &path, &owner, Some(body.clone()))
                    .await;
                assert!(
                    answer.status.as_u16() < 500,
                    "{method} {path} {body}: {:?}",
                    answer.body
                );
            }
        }
    }
}
