//! Names: two that look the same are the same, and none hides or turns text.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn s33_names_show_what_they_are() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let connections = format!("/api/v1/projects/{project}/connections");
    let named = |name: &'static str| {
        let body = json!({"name": name, "app": "sandbox-key", "type": "API_KEY",
            "value": {"api_key": "x"}, "verify": false});
        server.call(Method::POST, &connections, &owner, Some(body))
    };
    for name in [
        "Caf\u{e9}",
        "\u{5e2}\u{5d1}\u{5e8}\u{5d9}\u{5ea}",
        "\u{1F469}\u{200d}\u{1F4BB}",
        "<b>&amp;",
    ] {
        let made = named(name).await;
        assert_eq!(made.status, StatusCode::CREATED, "{name}");
        assert_eq!(made.body["name"], name);
    }
    for name in ["Cafe\u{301}", " CAF\u{c9} ", "CAFE\u{301}"] {
        assert_eq!(named(name).await.code(), "CONNECTION_NAME_TAKEN", "{name}");
    }
    for name in [
        "",
        "  ",
        "\u{200d}",
        "\u{200b}",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{feff}b",
        "a\u{0}b",
        "a\nb",
    ] {
        assert_eq!(named(name).await.code(), "VALIDATION_FAILED", "{name:?}");
    }
    let project = server
        .call(
            Method::POST,
            "/api/v1/projects",
            &owner,
            Some(json!({"name": "pay\u{202e}lapyap"})),
        )
        .await;
    assert_eq!(project.code(), "VALIDATION_FAILED");
}
