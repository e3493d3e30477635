//! Actions and option lists of a manifest, through a connection.

use patchbay_gateway::{ActionRequest, GatewayError};
use serde_json::{Value, json};

use crate::site::{Seen, Site, json as answer};
use crate::world::{CANARY, World};

async fn app() -> Site {
    Site::new(|seen: &Seen| match seen.path() {
        "/api/things" => answer(201, r#"{"thing":{"id":"t1"},"noise":true}"#),
        "/api/soft" => answer(
            200,
            &format!(r#"{{"ok":false,"error":"no channel, sent {CANARY}"}}"#),
        ),
        "/api/slow" => "HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n".to_owned(),
        path if path.starts_with("/api/users?team=red") => answer(
            200,
            r#"{"users":[{"id":"u1","name":"Ana"},{"id":"u2"},{"name":"no id"}]}"#,
        ),
        _ => answer(404, "{}"),
    })
    .await
}

async fn run(world: &World, action: &str, input: &Value) -> Result<Value, GatewayError> {
    let request = ActionRequest {
        app: "testing",
        action,
        input,
        idempotency_key: Some("key-1"),
        now: None,
    };
    world
        .gateway
        .action_run(&world.editor, &world.connection, request)
        .await
}

#[tokio::test]
async fn c3_an_action_sends_its_request_and_yields_its_output() {
    let site = app().await;
    let world = World::new(&site, &[]).await;
    let output = run(&world, "create_thing", &json!({"name": "Lamp"}))
        .await
        .expect("an output");
    assert_eq!(output, json!({"id": "t1"}));
    let seen = site.last();
    assert_eq!(seen.line, "POST /api/things HTTP/1.1");
    assert_eq!(
        serde_json::from_str::<Value>(&seen.body).expect("JSON"),
        json!({"name": "Lamp"})
    );
    assert_eq!(
        seen.header("authorization"),
        Some(format!("Bearer {CANARY}").as_str())
    );
    assert_eq!(seen.header("idempotency-key"), Some("key-1"));
    assert_eq!(seen.header("x-app-version"), Some("3"));
}

#[tokio::test]
async fn input_that_does_not_fit_is_not_sent() {
    let site = app().await;
    let world = World::new(&site, &[]).await;
    for input in [
        json!({}),
        json!({"name": ["Lamp"]}),
        json!("Lamp"),
        json!({"name": "x", "other": 1}),
    ] {
        let error = run(&world, "create_thing", &input)
            .await
            .expect_err("a refusal");
        assert!(
            matches!(error, GatewayError::Input(_)) && error.definitely_not_sent(),
            "{error}"
        );
    }
    let error = run(&world, "no_such_action", &json!({}))
        .await
        .expect_err("a refusal");
    assert!(matches!(error, GatewayError::Unknown { .. }), "{error}");
    let request = ActionRequest {
        app: "other",
        action: "x",
        input: &json!({}),
        idempotency_key: None,
        now: None,
    };
    let error = world
        .gateway
        .action_run(&world.editor, &world.connection, request)
        .await
        .expect_err("a refusal");
    assert!(matches!(error, GatewayError::AppMissing(_)), "{error}");
    assert_eq!(site.seen().len(), 0);
}

#[tokio::test]
async fn an_error_at_a_success_status_is_an_error_and_its_words_hold_no_secret() {
    let site = app().await;
    let world = World::new(&site, &[]).await;
    let error = run(&world, "soft_failure", &json!({}))
        .await
        .expect_err("a failure");
    assert!(
        matches!(error, GatewayError::Failed { status: 200, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("no channel") && !error.to_string().contains(CANARY),
        "{error}"
    );
    assert!(!error.is_transient());

    let error = run(&world, "slow_down", &json!({}))
        .await
        .expect_err("a failure");
    assert!(error.is_transient());
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
}

#[tokio::test]
async fn options_are_loaded_through_the_connection() {
    let site = app().await;
    let world = World::new(&site, &[]).await;
    let input = json!({"team": "red"});
    let items = world
        .gateway
        .options_load(&world.editor, &world.connection, "users", &input)
        .await
        .expect("items");
    let lines: Vec<(Value, String)> = items
        .into_iter()
        .map(|item| (item.value, item.label))
        .collect();
    assert_eq!(
        lines,
        [
            (json!("u1"), "Ana".to_owned()),
            (json!("u2"), "u2".to_owned())
        ]
    );
    let outcome = world
        .gateway
        .options_load(&world.editor, &world.connection, "nothing", &input)
        .await;
    assert!(matches!(outcome, Err(GatewayError::Unknown { .. })));
}
