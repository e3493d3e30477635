//! Runs whose connection is in the trash wait until it is restored, replaced or destroyed.

use std::time::Duration;

use patchbay_model::{
    Actor, Code, ConnectionId, ConnectionStatus, FlowId, Role, RunId, RunStatus, Timestamp,
};
use patchbay_runner::runs::RunView;
use patchbay_store::connections::{connection_restore, connection_trash};
use serde_json::{Value, json};

use crate::{
    site::{Reply, Site},
    world::{Node, World, step},
};

const DAY: Duration = Duration::from_hours(24);

fn calls(world: &World) -> Value {
    json!([
        {"id": "first", "kind": "http", "connection": world.through(), "input": {"url": "/a{{ trigger.n }}"}},
        {"id": "second", "kind": "http", "connection": world.through(), "input": {"url": "/b{{ trigger.n }}"}}
    ])
}

/// What the app is asked when this many runs of [`calls`] go on in order.
fn in_order(runs: usize) -> Vec<String> {
    (0..runs)
        .flat_map(|n| [format!("/api/a{n}"), format!("/api/b{n}")])
        .collect()
}

fn asked(app: &Site, from: usize) -> Vec<String> {
    let seen = app.seen();
    seen[from..].iter().map(|seen| seen.path.clone()).collect()
}

/// Deletes the world's connection as another node would: no event tells.
async fn trashed(world: &World, at: Timestamp) {
    let tx = world.store.begin().await.expect("a write unit");
    connection_trash(&*tx, &world.editor.project, &world.connection, at)
        .await
        .expect("trashed");
    tx.commit().await.expect("a commit");
}

/// Takes it back likewise.
async fn restored(world: &World) {
    let (project, now) = (&world.editor.project, Timestamp::now());
    let tx = world.store.begin().await.expect("a write unit");
    connection_restore(&*tx, project, &world.connection, now)
        .await
        .expect("restored");
    tx.commit().await.expect("a commit");
}

async fn started(world: &World, node: &Node, flow: &FlowId, runs: usize) -> Vec<RunId> {
    let mut out = Vec::new();
    for n in 0..runs {
        out.push(world.start(node, flow, json!({ "n": n })).await);
    }
    out
}

/// So many runs of [`calls`], held for the deleted connection, and the process they met it in.
async fn held(world: &World, runs: usize) -> (Node, Vec<RunId>) {
    let node = world.node();
    node.start();
    let flow = world.manual(&node, calls(world)).await;
    trashed(world, Timestamp::now()).await;
    let runs = started(world, &node, &flow, runs).await;
    for run in &runs {
        world.until(&node, run, RunStatus::Held).await;
    }
    (node, runs)
}

/// Waits until the run is held for this reason.
async fn held_for(world: &World, node: &Node, run: &RunId, wanted: &(String, String)) {
    let mut last = None;
    for _ in 0..600 {
        let view = world.until(node, run, RunStatus::Held).await;
        let said = reason(&view);
        if said == *wanted {
            return;
        }
        last = Some(said);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{wanted:?} was expected, the run is held for {last:?}");
}

/// Longer than it takes until held runs are looked at.
async fn a_sweep() {
    tokio::time::sleep(Duration::from_secs(6)).await;
}

fn reason(view: &RunView) -> (String, String) {
    let failure = step(view, "first").error.clone().expect("a reason");
    (failure.code, failure.message)
}

const IN_TRASH: &str = "Testing is in the trash. Restore it there, or choose another connection.";

#[tokio::test]
async fn runs_that_meet_a_deleted_connection_are_held_and_go_on_in_order_when_it_is_restored() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let (node, runs) = held(&world, 5).await;
        for run in &runs {
            let view = world.view(&node, run).await;
            assert_eq!(reason(&view).1, IN_TRASH);
            let waiting = view.summary.waiting_for.clone().expect("a connection");
            assert_eq!(waiting.id, world.connection);
            assert!(waiting.deleted_at.is_some());
        }
        a_sweep().await;
        for run in &runs {
            assert_eq!(world.view(&node, run).await.run().status, RunStatus::Held);
        }
        assert_eq!(app.seen().len(), before, "nothing was sent");
        // No event tells this node: the sweep finds it.
        restored(&world).await;
        for run in &runs {
            world.until(&node, run, RunStatus::Succeeded).await;
        }
        assert_eq!(asked(&app, before), in_order(5));
        node.stop().await;
    }
}

#[tokio::test]
async fn runs_held_for_a_broken_connection_stay_held_when_it_is_deleted_and_restored() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        node.start();
        let flow = world.manual(&node, calls(&world)).await;
        world.status(ConnectionStatus::Expired).await;
        let run = world.start(&node, &flow, json!({"n": 0})).await;
        let broken = reason(&world.until(&node, &run, RunStatus::Held).await);
        let (connector, editor) = (&world.connector, &world.editor);
        connector
            .connection_delete(editor, &world.connection, true)
            .await
            .expect("deleted");
        let late = world.start(&node, &flow, json!({"n": 1})).await;
        let view = world.until(&node, &late, RunStatus::Held).await;
        assert_eq!(reason(&view).1, IN_TRASH);
        assert_eq!(world.view(&node, &run).await.run().status, RunStatus::Held);

        connector
            .connection_restore(editor, &world.connection)
            .await
            .expect("restored");
        // It is held for what is wrong now, and says so.
        for run in [&run, &late] {
            held_for(&world, &node, run, &broken).await;
        }
        world.status(ConnectionStatus::Active).await;
        for run in [&run, &late] {
            world.until(&node, run, RunStatus::Succeeded).await;
        }
        node.stop().await;
    }
}

/// As after `kill -9`: nothing is left of what the first process knew.
#[tokio::test]
async fn another_process_lets_go_what_was_held_for_a_deleted_connection() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let (node, runs) = held(&world, 2).await;
        node.cut_off().await;
        restored(&world).await;
        let node = world.node();
        node.start();
        for run in &runs {
            world.until(&node, run, RunStatus::Succeeded).await;
        }
        assert_eq!(asked(&app, before), in_order(2));
        node.stop().await;
    }
}

/// Holds a run for the deleted connection, lets `removed` have it destroyed, and says how the run ended.
async fn destroyed(world: &World, removed: impl AsyncFnOnce(&World)) {
    let node = world.node();
    node.start();
    let flow = world.manual(&node, calls(world)).await;
    trashed(world, Timestamp::now().minus(31 * DAY)).await;
    let run = world.start(&node, &flow, json!({"n": 0})).await;
    world.until(&node, &run, RunStatus::Held).await;
    removed(world).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    let error = view.run().error.clone().expect("a reason");
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            Code::ConnectionNotFound.as_str(),
            "There is no such connection in this project."
        )
    );
    node.stop().await;
}

#[tokio::test]
async fn runs_held_for_a_deleted_connection_end_with_a_clear_error_when_it_is_destroyed() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        destroyed(&world, async |world| {
            let (editor, id) = (&world.editor, &world.connection);
            let destroyed = world.connector.connection_destroy(editor, id);
            destroyed.await.expect("destroyed");
        })
        .await;
    }
}

#[tokio::test]
async fn runs_held_for_a_deleted_connection_end_with_a_clear_error_when_the_trash_is_emptied() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        destroyed(&world, async |world| {
            assert_eq!(world.connector.trash_empty().await.expect("a round"), 1);
        })
        .await;
    }
}

async fn replaced(world: &World, other: &ConnectionId) {
    let admin = Actor {
        role: Role::Admin,
        ..world.editor.clone()
    };
    let (connector, id) = (&world.connector, &world.connection);
    let replaced = connector.connection_replace(&admin, id, other, false);
    assert!(!replaced.await.expect("replaced").flows.is_empty());
}

#[tokio::test]
async fn runs_held_for_a_deleted_connection_go_on_with_the_one_put_in_its_place() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let (node, runs) = held(&world, 3).await;
        let other = world.connect("Other").await;
        replaced(&world, &other).await;
        for run in &runs {
            world.until(&node, run, RunStatus::Succeeded).await;
        }
        assert_eq!(asked(&app, before), in_order(3));
        node.stop().await;
    }
}

/// The process ends right after the replacement was written, before anything could follow it.
#[tokio::test]
async fn a_replacement_lets_held_runs_go_although_nobody_hears_of_it() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let (node, runs) = held(&world, 1).await;
        node.cut_off().await;
        let other = world.connect("Other").await;
        replaced(&world, &other).await;
        let node = world.node();
        node.start();
        world.until(&node, &runs[0], RunStatus::Succeeded).await;
        node.stop().await;
    }
}

#[tokio::test]
async fn a_run_whose_connection_is_replaced_and_deleted_under_it_goes_on_with_the_other() {
    let app = Site::new(|seen, before| {
        if seen.path == "/api/first" && before == 0 {
            Reply {
                after: Duration::from_secs(2),
                ..Reply::ok(json!({}))
            }
        } else {
            Reply::ok(json!({}))
        }
    })
    .await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    node.start();
    let steps = json!([
        {"id": "first", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/first"}},
        {"id": "second", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/second"}}
    ]);
    let flow = world.manual(&node, steps).await;
    let run = world.start(&node, &flow, json!({})).await;
    app.wait_for(1).await;
    // The run goes on with the document it was taken up with, which names the old one.
    let other = world.connect("Other").await;
    replaced(&world, &other).await;
    trashed(&world, Timestamp::now()).await;
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    node.stop().await;
}

#[tokio::test]
async fn a_test_that_meets_a_deleted_connection_says_so_at_once() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    let flow = world.manual(&node, calls(&world)).await;
    let test = node
        .runner
        .run_test(&world.editor, &flow, &json!({"n": 0}))
        .await
        .expect("a test");
    trashed(&world, Timestamp::now()).await;
    node.start();
    let view = world.ended(&node, &test.run.id).await;
    assert_eq!(view.run().status, RunStatus::Failed);
    let error = view.run().error.clone().expect("a reason");
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (Code::ConnectionNotFound.as_str(), IN_TRASH)
    );
    node.stop().await;
}
