//! Webhooks: who gets in, what the flow sees, what the caller is answered.

use std::time::Duration;

use http::{HeaderMap, HeaderName, Method};
use patchbay_model::{Code, FlowId, RunId, RunStatus, StepStatus};
use patchbay_runner::hooks::{HookAnswer, HookCall, HookRefusal};
use patchbay_store::{Page, runs::RunFilter};
use serde_json::{Value, json};

use crate::{
    site::{Reply, Site},
    world::{Node, World},
};

type Case<'a> = (&'a FlowId, &'a [(&'a str, &'a str)], Option<HookRefusal>);

fn call(headers: &[(&str, &str)], body: &str) -> HookCall {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            name.parse::<HeaderName>().expect("a name"),
            value.parse().expect("a value"),
        );
    }
    HookCall {
        method: Method::POST,
        headers: map,
        query: vec![
            ("q".to_owned(), "1".to_owned()),
            ("t".to_owned(), "a".to_owned()),
            ("t".to_owned(), "b".to_owned()),
        ],
        body: body.to_owned().into(),
    }
}

async fn hook(world: &World, node: &Node, trigger: Value, steps: Value) -> FlowId {
    let mut trigger = trigger;
    trigger["kind"] = json!("webhook");
    world.flow(node, trigger, steps).await
}

fn note() -> Value {
    json!([{"id": "note", "kind": "set", "input": {"all": "{{ trigger }}"}}])
}

#[tokio::test]
async fn the_flow_sees_the_request_without_its_secrets() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let auth = json!({"auth": {"kind": "header", "name": "X-Token", "secret": "s3cret"}});
    let flow = hook(&world, &node, auth, note()).await;
    let answer = node
        .runner
        .hook_receive(
            &flow,
            call(
                &[
                    ("content-type", "application/json"),
                    ("x-token", "s3cret"),
                    ("cookie", "a=b"),
                    ("x-own", "kept"),
                ],
                r#"{"n": 11}"#,
            ),
        )
        .await;
    let Ok(HookAnswer::Accepted { run }) = answer else {
        panic!("{answer:?}");
    };
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    assert_eq!(
        view.run().trigger,
        json!({
            "method": "POST",
            "headers": {"content-type": "application/json", "x-own": "kept"},
            "query": {"q": "1", "t": ["a", "b"]},
            "body": {"n": 11}
        })
    );
    node.stop().await;
}

#[tokio::test]
async fn s45_only_callers_with_the_secret_start_runs() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    let by_header = hook(
        &world,
        &node,
        json!({"auth": {"kind": "header", "name": "X-Token", "secret": "s3cret"}}),
        note(),
    )
    .await;
    let by_basic = hook(
        &world,
        &node,
        json!({"auth": {"kind": "basic", "username": "ana", "secret": "pw"}}),
        note(),
    )
    .await;
    let get_only = hook(&world, &node, json!({"method": "GET"}), note()).await;
    let cases: [Case<'_>; 7] = [
        (&by_header, &[("x-token", "s3cret")], None),
        (
            &by_header,
            &[("x-token", "wrong")],
            Some(HookRefusal::Unauthorized { basic: false }),
        ),
        (
            &by_header,
            &[],
            Some(HookRefusal::Unauthorized { basic: false }),
        ),
        (&by_basic, &[("authorization", "Basic YW5hOnB3")], None),
        (
            &by_basic,
            &[("authorization", "Basic YW5hOm5v")],
            Some(HookRefusal::Unauthorized { basic: true }),
        ),
        (
            &by_basic,
            &[],
            Some(HookRefusal::Unauthorized { basic: true }),
        ),
        (
            &get_only,
            &[],
            Some(HookRefusal::Method {
                allowed: "GET".to_owned(),
            }),
        ),
    ];
    for (flow, headers, refusal) in cases {
        let got = node.runner.hook_receive(flow, call(headers, "")).await;
        assert_eq!(got.err(), refusal, "{headers:?}");
    }
    // What callers must show is kept as a hash.
    let saved = node
        .runner
        .flow_get(&world.editor, &by_header)
        .await
        .expect("the flow");
    let text = serde_json::to_string(&saved.draft).expect("JSON");
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn a_flow_answers_its_caller_after_its_run() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let after = || json!({"respond": "after_run"});
    let flow = hook(
        &world,
        &node,
        after(),
        json!([
            {"id": "get", "kind": "http", "connection": world.through(), "input": {"url": "/x"}},
            {"id": "done", "kind": "respond", "input": {"status": 201, "headers": {"X-Made": "yes"},
             "body": {"path": "{{ steps.get.body.path }}"}}}
        ]),
    )
    .await;
    let answer = node.runner.hook_receive(&flow, call(&[], "")).await;
    assert_eq!(
        answer,
        Ok(HookAnswer::Responded {
            status: 201,
            headers: vec![("X-Made".to_owned(), "yes".to_owned())],
            body: json!({"path": "/api/x"}),
        })
    );
    let silent = hook(&world, &node, after(), note()).await;
    let answer = node.runner.hook_receive(&silent, call(&[], "")).await;
    assert!(
        matches!(
            answer,
            Ok(HookAnswer::Ended {
                status: RunStatus::Succeeded,
                ..
            })
        ),
        "{answer:?}"
    );
    node.stop().await;
}

#[tokio::test]
async fn one_idempotency_key_makes_one_run() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        let flow = hook(&world, &node, json!({}), note()).await;
        let mut runs = Vec::new();
        for _ in 0..3 {
            let answer = node
                .runner
                .hook_receive(&flow, call(&[("idempotency-key", "k1")], "same"))
                .await;
            let Ok(HookAnswer::Accepted { run }) = answer else {
                panic!("{answer:?}");
            };
            runs.push(run);
        }
        runs.dedup();
        assert_eq!(runs.len(), 1);
        let other = node
            .runner
            .hook_receive(&flow, call(&[("idempotency-key", "k1")], "different"))
            .await;
        let Err(HookRefusal::Problem(problem)) = other else {
            panic!("{other:?}");
        };
        assert_eq!(problem.code, Code::IdempotencyMismatch);
    }
}

#[tokio::test]
async fn what_is_not_a_live_webhook_is_not_there() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    let manual = world.manual(&node, note()).await;
    let off = hook(&world, &node, json!({}), note()).await;
    node.runner
        .flow_switch(&world.editor, &off, false)
        .await
        .expect("switched off");
    for (flow, code) in [
        (manual, Code::FlowNotFound),
        (FlowId::new(), Code::FlowNotFound),
        (off, Code::FlowInactive),
    ] {
        match node.runner.hook_receive(&flow, call(&[], "")).await {
            Err(HookRefusal::Problem(problem)) => assert_eq!(problem.code, code),
            other => panic!("{other:?}"),
        }
    }
    let flow = hook(&world, &node, json!({}), note()).await;
    let odd = call(&[("content-type", "application/json")], "{not json");
    match node.runner.hook_receive(&flow, odd).await {
        Err(HookRefusal::Problem(problem)) => assert_eq!(problem.code, Code::BadRequest),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_read_a_moment_ago_does_not_outlive_a_change() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        node.start();
        let say = |word: &str| json!([{"id": "say", "kind": "respond", "input": {"status": 200, "body": word}}]);
        let flow = hook(&world, &node, json!({"respond": "after_run"}), say("first")).await;
        let asked = async || match node.runner.hook_receive(&flow, call(&[], "")).await {
            Ok(HookAnswer::Responded { body, .. }) => body,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked().await, json!("first"));
        assert_eq!(asked().await, json!("first"));
        let trigger = json!({"kind": "webhook", "respond": "after_run"});
        world
            .republish_as(&node, &flow, trigger, say("second"))
            .await;
        assert_eq!(asked().await, json!("second"));
        node.runner
            .flow_switch(&world.editor, &flow, false)
            .await
            .expect("switched off");
        match node.runner.hook_receive(&flow, call(&[], "")).await {
            Err(HookRefusal::Problem(problem)) => assert_eq!(problem.code, Code::FlowInactive),
            other => panic!("{other:?}"),
        }
        node.stop().await;
    }
}

#[tokio::test]
async fn many_callers_at_once_each_have_their_own_answer() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        node.start();
        let steps = json!([
            {"id": "ask", "kind": "http", "connection": world.through(),
             "input": {"method": "POST", "url": "/echo", "body": "{{ trigger.body }}"}},
            {"id": "say", "kind": "respond", "input": {"status": 200, "body": "{{ trigger.body }}"}},
        ]);
        let flow = hook(&world, &node, json!({"respond": "after_run"}), steps).await;
        let before = app.seen().len();
        // More than there are workers: some begin where they are called, some wait in the queue.
        let calls = (0..40).map(|n| {
            let runner = node.runner.clone();
            let flow = flow.clone();
            async move {
                let text = format!("{{\"n\": {n}}}");
                let answer = runner
                    .hook_receive(&flow, call(&[("content-type", "application/json")], &text))
                    .await;
                match answer {
                    Ok(HookAnswer::Responded { body, .. }) => assert_eq!(body, json!({"n": n})),
                    other => panic!("{other:?}"),
                }
            }
        });
        futures::future::join_all(calls).await;
        assert_eq!(app.seen().len() - before, 40);
        node.stop().await;
    }
}

/// Starts the only run of a flow whose caller waits, and answers what becomes of the call.
fn called(node: &Node, flow: &FlowId) -> tokio::task::JoinHandle<Result<HookAnswer, HookRefusal>> {
    let (runner, flow) = (node.runner.clone(), flow.clone());
    tokio::spawn(async move { runner.hook_receive(&flow, call(&[], "")).await })
}

async fn runs(world: &World, node: &Node, flow: &FlowId) -> Vec<RunId> {
    let filter = RunFilter {
        flow: Some(flow.clone()),
        ..RunFilter::default()
    };
    let page = Page::new(Some(10), None).expect("a page");
    let listed = node.runner.run_list(&world.editor, &filter, &page).await;
    let listed = listed.expect("a list").items;
    listed.into_iter().map(|line| line.run.id.clone()).collect()
}

#[tokio::test]
async fn a_run_is_durable_before_it_changes_anything_and_soon_after_it_asks() {
    let app = Site::new(|seen, _| Reply {
        after: Duration::from_millis(if seen.path == "/api/slow" { 400 } else { 0 }),
        ..Reply::ok(json!({"at": seen.path}))
    })
    .await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        node.start();
        for (method, path, at_once) in [
            ("POST", "/slow", true),
            ("GET", "/slow", false),
            ("GET", "/quick", false),
        ] {
            let seen = app.seen().len();
            let steps = json!([
                {"id": "ask", "kind": "http", "connection": world.through(), "input": {"method": method, "url": path}},
                {"id": "answer", "kind": "respond", "input": {"status": 201, "body": "{{ steps.ask.body.at }}"}}
            ]);
            let flow = hook(&world, &node, json!({"respond": "after_run"}), steps).await;
            let answer = called(&node, &flow);
            app.wait_for(seen + 1).await;
            let mut found = runs(&world, &node, &flow).await;
            assert!(!at_once || found.len() == 1, "{method}: {found:?}");
            while found.is_empty() && path == "/slow" {
                tokio::time::sleep(Duration::from_millis(10)).await;
                found = runs(&world, &node, &flow).await;
                assert!(
                    !found.is_empty() || !answer.is_finished(),
                    "it is written first"
                );
            }
            let answer = answer.await.expect("no panic");
            assert_eq!(
                answer,
                Ok(HookAnswer::Responded {
                    status: 201,
                    headers: Vec::new(),
                    body: json!(format!("/api{path}")),
                })
            );
            let found = runs(&world, &node, &flow).await;
            assert_eq!(found.len(), 1);
            let view = world.ended(&node, &found[0]).await;
            let run = view.run();
            assert_eq!(
                (run.status, run.error.clone()),
                (RunStatus::Succeeded, None)
            );
            assert!(run.finished.is_some() && run.started.is_some());
            assert_eq!(
                run.response,
                Some(json!({"status": 201, "headers": {}, "body": format!("/api{path}")}))
            );
            let lines: Vec<_> = view
                .steps
                .iter()
                .map(|line| {
                    (
                        line.step.path.as_str(),
                        line.step.status,
                        line.step.attempts,
                    )
                })
                .collect();
            assert_eq!(
                lines,
                [
                    ("ask", StepStatus::Succeeded, 1),
                    ("answer", StepStatus::Succeeded, 1)
                ]
            );
        }
        node.stop().await;
    }
}
