//! Runs whose connection is broken wait for it and go on in order.

use patchbay_model::{Code, ConnectionStatus, RunStatus, StepStatus};
use patchbay_store::connections::connection_trash;
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
async fn runs_held_for_a_deleted_connection_end_with_a_clear_error() {
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
    let tx = world.store.begin().await.expect("a write unit");
    connection_trash(
        &*tx,
        &world.editor.project,
        &world.connection,
        patchbay_model::Timestamp::now(),
    )
    .await
    .expect("trashed");
    tx.commit().await.expect("a commit");
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    assert_eq!(
        view.run().error.as_ref().map(|error| error.code.as_str()),
        Some(Code::ConnectionNotFound.as_str())
    );
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
