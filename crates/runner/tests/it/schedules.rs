//! Schedules over a clock that a test moves.

use std::time::Duration;

use patchbay_model::RunStatus;
use patchbay_store::{Page, runs::RunFilter};
use serde_json::json;

use crate::{
    site::Site,
    world::{Node, World},
};

async fn runs(world: &World, node: &Node) -> Vec<patchbay_runner::runs::RunSummary> {
    node.runner
        .run_list(&world.editor, &RunFilter::default(), &Page::default())
        .await
        .expect("a list")
        .items
}

async fn wait_for_runs(
    world: &World,
    node: &Node,
    count: usize,
) -> Vec<patchbay_runner::runs::RunSummary> {
    for _ in 0..400 {
        let found = runs(world, node).await;
        if found.len() >= count && found.iter().all(|run| run.run.status.ended()) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} runs were expected");
}

#[tokio::test]
async fn ticks_make_runs_and_missed_ones_make_one_together() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    world
        .clock
        .set("2026-11-23T08:30:00Z".parse().expect("a time"));
    let node = world.node();
    // Nine o'clock in Berlin is eight in UTC in winter.
    world
        .flow(
            &node,
            json!({"kind": "schedule", "cron": "0 10 * * *", "timezone": "Europe/Berlin"}),
            json!([{"id": "note", "kind": "set", "input": {"at": "{{ trigger.scheduledAt }}"}}]),
        )
        .await;
    node.start();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(runs(&world, &node).await.is_empty());
    world.clock.forward(Duration::from_mins(30));
    let found = wait_for_runs(&world, &node, 1).await;
    assert_eq!(found[0].run.status, RunStatus::Succeeded);
    assert_eq!(
        found[0].run.trigger["scheduledAt"],
        "2026-11-23T09:00:00.000Z"
    );
    node.stop().await;

    // Three days without a process.
    world.clock.forward(Duration::from_hours(24 * 3));
    let node = world.node();
    node.start();
    let found = wait_for_runs(&world, &node, 2).await;
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].run.trigger["scheduledAt"],
        "2026-11-24T09:00:00.000Z"
    );
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(runs(&world, &node).await.len(), 2);
    node.stop().await;
}
