//! Runs while the database falters: no step fails for it.

use patchbay_model::{RunStatus, StepStatus};
use serde_json::json;

use crate::{
    site::Site,
    world::{World, step},
};

#[tokio::test]
async fn a_credential_that_cannot_be_read_makes_the_step_wait() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let node = world.node();
        let flow = world
            .manual(
                &node,
                json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/x"}}]),
            )
            .await;
        world.database.table_away("connections").await;
        node.start();
        let run = world.start(&node, &flow, json!({})).await;
        let waiting = world
            .until_step(&node, &run, "call", StepStatus::Waiting)
            .await;
        assert_eq!(waiting.run().status, RunStatus::Running);
        assert!(step(&waiting, "call").error.is_some(), "it says why");
        assert_eq!(app.seen().len(), before, "nothing was sent");

        world.database.table_back("connections").await;
        let view = world.ended(&node, &run).await;
        assert_eq!(view.run().status, RunStatus::Succeeded);
        let line = step(&view, "call");
        assert_eq!((line.attempts, &line.error), (1, &None));
        assert_eq!(app.seen().len(), before + 1);
        node.stop().await;
    }
}

#[tokio::test]
async fn a_flow_that_cannot_be_read_makes_the_step_that_runs_it_wait() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        let inner = world
            .manual(
                &node,
                json!([{"id": "a", "kind": "set", "input": {"x": 1}}]),
            )
            .await;
        let outer = world
            .manual(
                &node,
                json!([{"id": "run", "kind": "run_flow", "input": {"flow": inner, "wait": true}}]),
            )
            .await;
        // A test carries its document along, so that only the inner flow's is missing.
        let started = node
            .runner
            .run_test(&world.editor, &outer, &json!({}))
            .await;
        let run = started.expect("a test").run.id;
        world.database.table_away("flow_versions").await;
        node.start();
        let waiting = world
            .until_step(&node, &run, "run", StepStatus::Waiting)
            .await;
        assert!(step(&waiting, "run").error.is_some());
        world.database.table_back("flow_versions").await;
        let view = world.ended(&node, &run).await;
        assert_eq!(
            view.run().status,
            RunStatus::Succeeded,
            "{:?}",
            view.run().error
        );
        node.stop().await;
    }
}
