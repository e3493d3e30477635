//! Token endpoints that fail, lie or attack.

use patchbay_connect::{ConnectSessionView, ConnectionListRequest};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::{
    provider::{Misbehaviour, misbehaving},
    world::{World, good},
};

async fn sign_in(world: &World) -> ConnectSessionView {
    let created = world.begin_acme(&world.editor).await;
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    world.settled(&world.editor, &created.id).await
}

async fn fails_with(world: &World, code: &str) {
    let view = sign_in(world).await;
    assert_eq!(view.state.as_str(), "failed");
    let error = view.error.expect("an error");
    assert_eq!(error.code, code, "{error:?}");
    assert!(
        error.message.ends_with('.') && error.message.contains("Acme"),
        "{}",
        error.message
    );
    let counts = world
        .connector
        .connections_count(&world.admin, &ConnectionListRequest::default())
        .await
        .expect("counts");
    assert_eq!(counts.all, 0);
}

#[tokio::test]
async fn bad_input_token_answers_are_told_apart() {
    let world = World::new().await;
    let token = |body: serde_json::Value| ResponseTemplate::new(200).set_body_json(body);
    let cases = [
        (
            token(json!({ "access_token": "a\r\nX-Evil: 1" })),
            "unexpected_answer",
        ),
        (token(json!({ "access_token": "tök" })), "unexpected_answer"),
        (token(json!({ "access_token": "" })), "unexpected_answer"),
        (
            token(json!({ "access_token": { "a": 1 } })),
            "unexpected_answer",
        ),
        (
            token(json!({ "access_token": "good", "refresh_token": "a\nb" })),
            "unexpected_answer",
        ),
        (token(json!([])), "unexpected_answer"),
        (
            token(json!({ "error": "invalid_grant" })),
            "provider_refused",
        ),
        (
            ResponseTemplate::new(200).set_body_raw("<html>Welcome</html>", "text/html"),
            "unexpected_answer",
        ),
        (ResponseTemplate::new(200), "unexpected_answer"),
        (
            ResponseTemplate::new(302).insert_header("location", "http://evil.example/token"),
            "app_misconfigured",
        ),
        (
            ResponseTemplate::new(307).insert_header("location", "/elsewhere"),
            "app_misconfigured",
        ),
        (
            ResponseTemplate::new(401).set_body_json(json!({ "error": "invalid_client" })),
            "app_misconfigured",
        ),
        (ResponseTemplate::new(404), "app_misconfigured"),
        (ResponseTemplate::new(500), "provider_down"),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "30"),
            "provider_down",
        ),
        (
            ResponseTemplate::new(200).set_body_raw(vec![b'['; 100_000], "application/json"),
            "unexpected_answer",
        ),
        (
            ResponseTemplate::new(200).set_body_raw(vec![b' '; 600_000], "application/json"),
            "unexpected_answer",
        ),
    ];
    for (answer, code) in cases {
        world.provider.token_answers(answer);
        fails_with(&world, code).await;
    }
    assert_eq!(world.provider.calls_to("/elsewhere").await, 0);
}

#[tokio::test]
async fn bad_input_hostile_token_endpoints_end_the_session() {
    for (how, code) in [
        (Misbehaviour::Endless, "unexpected_answer"),
        (Misbehaviour::CutOff, "provider_down"),
        (Misbehaviour::Garbage, "provider_down"),
    ] {
        let address = misbehaving(how).await;
        fails_with(&World::elsewhere(Some(&address), None).await, code).await;
    }
    fails_with(
        &World::elsewhere(Some("127.0.0.1:9"), None).await,
        "host_unreachable",
    )
    .await;
}

#[tokio::test]
async fn a_silent_token_endpoint_can_be_cancelled() {
    let address = misbehaving(Misbehaviour::Silent).await;
    let world = World::elsewhere(Some(&address), None).await;
    let created = world.begin_acme(&world.editor).await;
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let view = world
        .connector
        .session_view(&world.editor, &created.id)
        .await
        .expect("a view");
    assert_eq!(view.state.as_str(), "exchanging");
    let view = world
        .connector
        .session_cancel(&world.editor, &created.id)
        .await
        .expect("a cancel");
    assert_eq!(view.state.as_str(), "cancelled");
}

#[tokio::test]
async fn a_sign_in_whose_token_the_app_refuses_is_not_saved() {
    let world = World::new().await;
    world.provider.me_answers(ResponseTemplate::new(401));
    fails_with(&world, "wrong_key").await;
}

#[tokio::test]
async fn a_sign_in_stays_when_the_api_cannot_be_asked() {
    let world = World::new().await;
    world.provider.me_answers(ResponseTemplate::new(503));
    let view = sign_in(&world).await;
    assert_eq!(view.state.as_str(), "connected");
    let row = view.connection.expect("a connection").row;
    assert_eq!(
        row.status_reason,
        Some(patchbay_model::StatusReason::Unverified)
    );
}
