//! Flows that run flows.

use patchbay_model::RunStatus;
use serde_json::json;

use crate::{
    site::Site,
    world::{World, step},
};

#[tokio::test]
async fn a_flow_waits_for_the_flow_it_runs_and_gets_its_answer() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let child = world
        .manual(
            &node,
            json!([
                {"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/{{ trigger.n }}"}},
                {"id": "say", "kind": "respond", "input": {"body": {"was": "{{ steps.call.body.path }}"}}}
            ]),
        )
        .await;
    let parent = world
        .manual(
            &node,
            json!([
                {"id": "sub", "kind": "run_flow", "input": {"flow": child, "input": {"n": "{{ trigger.n }}"}}},
                {"id": "end", "kind": "set", "input": {"got": "{{ steps.sub.response.body.was }}"}}
            ]),
        )
        .await;
    let run = world.start(&node, &parent, json!({"n": 5})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(
        view.run().status,
        RunStatus::Succeeded,
        "{:?}",
        view.run().error
    );
    assert_eq!(step(&view, "end").output, Some(json!({"got": "/api/5"})));
    assert_eq!(app.seen().len(), 1);
    node.stop().await;
}

#[tokio::test]
async fn a_flow_that_runs_itself_comes_to_an_end() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let flow = world
        .manual(
            &node,
            json!([{"id": "a", "kind": "set", "input": {"x": 1}}]),
        )
        .await;
    world
        .republish(
            &node,
            &flow,
            json!([{"id": "again", "kind": "run_flow", "input": {"flow": flow}}]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    assert_eq!(
        view.run().error.as_ref().map(|error| error.code.as_str()),
        Some("FLOW_FAILED")
    );
    node.stop().await;
}
