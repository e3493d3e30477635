//! Steps that call apps: with and without a connection, what is tried again, what is kept.

use std::time::Duration;

use patchbay_model::{RunStatus, StepStatus};
use patchbay_runner::runs::RetryFrom;
use serde_json::json;

use crate::{
    site::{Reply, Site},
    world::{CANARY, World, step},
};

#[tokio::test]
async fn a_flow_calls_its_app_and_maps_data() {
    let app = Site::new(|seen, _| match seen.path.as_str() {
        "/api/users/me" => Reply::ok(json!({"name": "Ana", "items": [1, 2]})),
        _ => Reply::ok(json!({"made": seen.body})),
    })
    .await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([
                {"id": "me", "kind": "http", "connection": world.through(), "input": {"url": "/users/me"}},
                {"id": "make", "kind": "action", "app": "testing", "action": "create_thing",
                 "connection": world.through(), "input": {"name": "{{ steps.me.body.name }} {{ trigger.n }}"}},
                {"id": "each", "kind": "loop", "items": "{{ steps.me.body.items }}", "steps": [
                    {"id": "plain", "kind": "http", "input": {"method": "POST", "url": app.url("/plain"), "body": {"n": "{{ loop.item }}"}}}]}
            ]),
        )
        .await;
    let run = world.start(&node, &flow, json!({"n": 3})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(
        view.run().status,
        RunStatus::Succeeded,
        "{:?}",
        view.run().error
    );
    let seen = app.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(paths, ["/api/users/me", "/api/things", "/plain", "/plain"]);
    assert_eq!(seen[0].header("x-key"), Some(CANARY));
    assert_eq!(seen[1].body, r#"{"name":"Ana 3"}"#);
    assert_eq!(
        seen[1].header("idempotency-key"),
        Some(format!("{run}:make").as_str())
    );
    assert_eq!(seen[2].header("x-key"), None);
    assert_eq!(
        seen[3].header("idempotency-key"),
        Some(format!("{run}:each[1].plain").as_str())
    );
    assert_eq!(
        step(&view, "me").output.as_ref().expect("an output")["body"]["name"],
        "Ana"
    );
    node.stop().await;
}

#[tokio::test]
async fn s25_nothing_secret_is_kept() {
    let app = Site::new(|seen, _| Reply {
        headers: vec![(
            "x-echo",
            seen.header("x-key").unwrap_or_default().to_owned(),
        )],
        ..Reply::ok(json!({"you_sent": seen.header("x-key")}))
    })
    .await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([
                {"id": "echo", "kind": "http", "connection": world.through(), "input": {"url": "/echo"}},
                {"id": "own", "kind": "http", "input": {"url": app.url("/x?api_key=typed-in-1"),
                 "headers": {"Authorization": "Bearer typed-in-2"}}}
            ]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    let kept = format!(
        "{:?}",
        view.steps.iter().map(|l| &l.step).collect::<Vec<_>>()
    );
    for secret in [CANARY, "typed-in-1", "typed-in-2"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    // It was sent all the same.
    assert_eq!(
        app.seen()[1].header("authorization"),
        Some("Bearer typed-in-2")
    );
    node.stop().await;
}

#[tokio::test]
async fn transient_failures_are_tried_again_with_the_same_key() {
    let app = Site::new(|_, before| match before {
        0 => Reply::status(503, json!({})),
        1 => Reply {
            headers: vec![("retry-after", "1".to_owned())],
            ..Reply::status(429, json!({}))
        },
        _ => Reply::ok(json!({"done": true})),
    })
    .await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "post", "kind": "http", "connection": world.through(), "retry": {"times": 3},
                    "input": {"method": "POST", "url": "/x"}}]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    assert_eq!(step(&view, "post").attempts, 3);
    let keys: Vec<_> = app
        .seen()
        .iter()
        .map(|seen| seen.header("idempotency-key").map(str::to_owned))
        .collect();
    assert_eq!(keys, vec![Some(format!("{run}:post")); 3]);
    node.stop().await;
}

#[tokio::test]
async fn what_may_have_happened_is_not_repeated_and_the_answer_is_kept() {
    let app = Site::new(|_, _| Reply::status(500, json!({"why": "broken"}))).await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([
                {"id": "post", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/x"}},
                {"id": "after", "kind": "set", "input": {"x": 1}}
            ]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    assert_eq!(
        view.run().error.as_ref().map(|error| error.code.as_str()),
        Some("HTTP_STATUS")
    );
    let post = step(&view, "post");
    assert_eq!((post.status, post.attempts), (StepStatus::Failed, 1));
    assert_eq!(
        post.output.as_ref().expect("the answer")["body"]["why"],
        "broken"
    );
    assert_eq!(step(&view, "after").status, StepStatus::Skipped);
    assert_eq!(app.seen().len(), 1);
    node.stop().await;
}

#[tokio::test]
async fn a_run_is_repeated_from_its_failed_step_or_from_the_start() {
    let app = Site::new(|seen, before| {
        if seen.path == "/api/second" && before < 2 {
            Reply::status(400, json!({}))
        } else {
            Reply::ok(json!({"n": before}))
        }
    })
    .await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([
                {"id": "first", "kind": "http", "connection": world.through(), "input": {"url": "/first"}},
                {"id": "second", "kind": "http", "connection": world.through(), "input": {"url": "/second"}}
            ]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    assert_eq!(
        world.ended(&node, &run).await.run().status,
        RunStatus::Failed
    );
    let again = node
        .runner
        .run_retry(&world.editor, &run, RetryFrom::FailedStep)
        .await
        .expect("a run")
        .run
        .id;
    let view = world.ended(&node, &again).await;
    assert_eq!(
        view.run().status,
        RunStatus::Succeeded,
        "{:?}",
        view.run().error
    );
    assert_eq!(view.run().retry_of.as_ref(), Some(&run));
    let paths: Vec<_> = app.seen().iter().map(|seen| seen.path.clone()).collect();
    assert_eq!(paths, ["/api/first", "/api/second", "/api/second"]);
    let again = node
        .runner
        .run_retry(&world.editor, &run, RetryFrom::Start)
        .await
        .expect("a run")
        .run
        .id;
    world.until(&node, &again, RunStatus::Succeeded).await;
    assert_eq!(app.seen().len(), 5);
    node.stop().await;
}

#[tokio::test]
async fn a_run_is_cancelled_in_the_middle_of_a_call() {
    let app = Site::new(|_, _| Reply::never()).await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "slow", "kind": "http", "connection": world.through(), "input": {"url": "/slow"}}]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    app.wait_for(1).await;
    let mut watch = node
        .runner
        .run_watch(&world.editor, &run)
        .await
        .expect("a watch");
    assert!(watch.next().await.is_some());
    node.runner
        .run_cancel(&world.editor, &run)
        .await
        .expect("cancelled");
    let mut last = None;
    while let Some(view) = watch.next().await {
        last = Some(view);
    }
    let view = last.expect("the change");
    assert_eq!(view.run().status, RunStatus::Cancelled);
    assert_eq!(
        step(&view, "slow").error.as_ref().map(|e| e.code.as_str()),
        Some("CANCELLED")
    );
    let refused = node.runner.run_cancel(&world.editor, &run).await;
    assert_eq!(
        refused.expect_err("ended").code,
        patchbay_model::Code::RunEnded
    );
    node.stop().await;
}

#[tokio::test]
async fn delays_wait_by_the_clock_and_survive_it() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    world
        .clock
        .set("2026-11-23T10:00:00Z".parse().expect("a time"));
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([
                {"id": "nap", "kind": "delay", "input": {"hours": 5}},
                {"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/after"}}
            ]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.until(&node, &run, RunStatus::Waiting).await;
    assert_eq!(view.run().wake_at, "2026-11-23T15:00:00Z".parse().ok());
    world.clock.forward(Duration::from_hours(5));
    assert_eq!(
        world.ended(&node, &run).await.run().status,
        RunStatus::Succeeded
    );
    assert_eq!(app.seen().len(), 1);
    node.stop().await;
}

#[tokio::test]
async fn s12_private_addresses_are_refused_without_a_connection_too() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "inside", "kind": "http", "input": {"url": "http://169.254.169.254/latest"}}]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    assert_eq!(step(&view, "inside").attempts, 1);
    node.stop().await;
}

#[tokio::test]
async fn a_test_runs_the_draft_and_shows_what_it_did() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "old", "kind": "set", "input": {"v": 1}}]),
        )
        .await;
    let document = json!({"schema": 1, "trigger": {"kind": "webhook"}, "steps": [
        {"id": "new", "kind": "http", "connection": world.through(), "input": {"url": "/{{ trigger.body.n }}"}}]});
    node.runner
        .flow_save(
            &world.editor,
            &flow,
            patchbay_runner::flows::FlowChange {
                draft: serde_json::from_value(document).ok(),
                ..Default::default()
            },
        )
        .await
        .expect("saved");
    let run = node
        .runner
        .run_test(&world.editor, &flow, &json!({"n": 7}))
        .await
        .expect("a test")
        .run
        .id;
    let view = world.ended(&node, &run).await;
    assert_eq!(
        view.run().status,
        RunStatus::Succeeded,
        "{:?}",
        view.run().error
    );
    assert_eq!(app.seen()[0].path, "/api/7");
    assert_eq!(view.document.expect("a document").steps[0].id, "new");
    node.stop().await;
}

#[tokio::test]
async fn a_flow_names_the_app_that_a_request_reaches_through_its_connection() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        let plain = json!([{"id": "plain", "kind": "http", "input": {"url": app.url("/x")}}]);
        let through = json!([
            {"id": "one", "kind": "http", "connection": world.through(), "input": {"url": "/x"}},
            {"id": "two", "kind": "http", "connection": world.through(), "input": {"url": "/y"}},
        ]);
        for (steps, apps) in [(plain, &[] as &[&str]), (through, &["testing"])] {
            let flow = world.manual(&node, steps).await;
            let view = node.runner.flow_get(&world.editor, &flow).await.unwrap();
            assert_eq!(view.summary.head.apps, apps);
        }
    }
}
