//! Runs whose connection is broken wait for it and go on in order.

use std::time::Duration;

use patchbay_model::{ConnectionStatus, RunStatus, StepStatus, Timestamp};
use serde_json::json;

use crate::{
    site::Site,
    world::{World, step},
};

#[tokio::test]
async fn held_runs_go_on_in_order_when_the_connection_works_again() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let node = world.node();
        node.start();
        let flow = world
            .manual(
                &node,
                json!([
                    {"id": "first", "kind": "http", "connection": world.through(), "input": {"url": "/a{{ trigger.n }}"}},
                    {"id": "second", "kind": "http", "connection": world.through(), "input": {"url": "/b{{ trigger.n }}"}}
                ]),
            )
            .await;
        world.status(ConnectionStatus::Expired).await;
        let mut runs = Vec::new();
        for n in 0..6 {
            runs.push(world.start(&node, &flow, json!({ "n": n })).await);
        }
        for run in &runs {
            let view = world.until(&node, run, RunStatus::Held).await;
            assert_eq!(step(&view, "first").status, StepStatus::Held);
            let waiting = view.summary.waiting_for.clone().expect("a connection");
            assert_eq!(waiting.status, ConnectionStatus::Expired);
        }
        assert_eq!(app.seen().len(), before, "nothing was sent");
        // No event tells this node: the sweep finds it.
        world.status(ConnectionStatus::Active).await;
        for run in &runs {
            world.until(&node, run, RunStatus::Succeeded).await;
        }
        let paths: Vec<String> = app.seen()[before..]
            .iter()
            .map(|seen| seen.path.clone())
            .collect();
        let wanted: Vec<String> = (0..6)
            .flat_map(|n| [format!("/api/a{n}"), format!("/api/b{n}")])
            .collect();
        assert_eq!(paths, wanted);
        node.stop().await;
    }
}

#[tokio::test]
async fn a_step_that_was_held_took_no_time_before_it_went_on() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let began = Timestamp::now();
    world.clock.set(began);
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/x"}}]),
        )
        .await;
    world.status(ConnectionStatus::Expired).await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.until(&node, &run, RunStatus::Held).await;
    assert_eq!(step(&view, "call").started, began);
    world.clock.forward(Duration::from_hours(1));
    world.status(ConnectionStatus::Active).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    let line = step(&view, "call");
    assert_eq!(line.started, began.plus(Duration::from_hours(1)));
    assert_eq!(line.duration_ms, Some(0));
    node.stop().await;
}

#[tokio::test]
async fn a_held_run_can_be_cancelled() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/x"}}]),
        )
        .await;
    world.status(ConnectionStatus::Expired).await;
    let run = world.start(&node, &flow, json!({})).await;
    world.until(&node, &run, RunStatus::Held).await;
    let run = node
        .runner
        .run_cancel(&world.editor, &run)
        .await
        .expect("cancelled");
    assert_eq!(run.status, RunStatus::Cancelled);
    node.stop().await;
}
