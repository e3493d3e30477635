//! Workers that end in the middle, and workers that wake up too late.

use std::time::Duration;

use patchbay_model::{RunStatus, StepStatus, Timestamp};
use patchbay_store::{
    Store,
    runs::{Fence, JournalWrite, RunChange, RunStep, journal_write, leases_expire, steps_list},
};
use serde_json::json;

use crate::{
    site::{Reply, Site},
    world::{World, claim, set_line},
};

#[tokio::test]
async fn a_cut_off_run_goes_on_after_its_last_journalled_step() {
    // The second call hangs the first time and is answered the second.
    let app = Site::new(|seen, before| {
        if seen.path == "/api/second" && before == 1 {
            Reply::never()
        } else {
            Reply::ok(json!({"n": before}))
        }
    })
    .await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let before = app.seen().len();
        let node = world.node();
        let flow = world
            .manual(
                &node,
                json!([
                    {"id": "first", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/first"}},
                    {"id": "each", "kind": "loop", "items": [1], "steps": [
                        {"id": "second", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/second"}}]},
                    {"id": "third", "kind": "http", "connection": world.through(), "input": {"method": "POST", "url": "/third"}}
                ]),
            )
            .await;
        node.start();
        let run = world.start(&node, &flow, json!({})).await;
        app.wait_for(before + 2).await;
        node.cut_off().await;

        let node = world.node();
        node.start();
        let view = world.ended(&node, &run).await;
        assert_eq!(
            view.run().status,
            RunStatus::Succeeded,
            "{:?}",
            view.run().error
        );
        let seen: Vec<(String, Option<String>)> = app.seen()[before..]
            .iter()
            .map(|seen| {
                (
                    seen.path.clone(),
                    seen.header("idempotency-key").map(str::to_owned),
                )
            })
            .collect();
        let call = |path: &str, at: &str| (format!("/api/{path}"), Some(format!("{run}:{at}")));
        let mut wanted = vec![call("first", "first"), call("second", "each[0].second")];
        if before == 0 {
            wanted.push(call("second", "each[0].second"));
        } else {
            // Against the second database the app answers at once.
            assert!(seen.len() == 3 || seen.len() == 4, "{seen:?}");
        }
        wanted.push(call("third", "third"));
        let mut distinct = seen.clone();
        distinct.dedup();
        wanted.dedup();
        assert_eq!(distinct, wanted);
        node.stop().await;
    }
}

#[tokio::test]
async fn a_run_that_a_dead_process_left_running_goes_on_at_the_next_start() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    let flow = world
        .manual(
            &node,
            json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/x"}}]),
        )
        .await;
    let run = world.start(&node, &flow, json!({})).await;
    // Claimed, and then the process is gone without a word.
    let claimed = claim(&world.store, "dead", Timestamp::now()).await;
    assert_eq!(claimed, [(run.clone(), 1)]);
    node.start();
    let view = world.ended(&node, &run).await;
    assert_eq!(view.run().status, RunStatus::Succeeded);
    node.stop().await;
}

#[tokio::test]
async fn a_worker_that_wakes_up_too_late_writes_nothing() {
    let app = Site::echo().await;
    for world in [World::sqlite(&app).await, World::postgres(&app).await] {
        let node = world.node();
        let flow = world
            .manual(
                &node,
                json!([{"id": "a", "kind": "set", "input": {"x": 1}}]),
            )
            .await;
        let run = world.start(&node, &flow, json!({})).await;
        let now = Timestamp::now();
        assert_eq!(claim(&world.store, "slow", now).await, [(run.clone(), 1)]);
        assert_eq!(claim(&world.store, "quick", now).await, []);
        // Its lease runs out, and another takes the run.
        let later = now.plus(Duration::from_secs(31));
        let tx = world.store.begin().await.expect("a write unit");
        assert_eq!(leases_expire(&tx, later).await.expect("expired"), 1);
        tx.commit().await.expect("a commit");
        assert_eq!(
            claim(&world.store, "quick", later).await,
            [(run.clone(), 2)]
        );
        let write = |owner: &str, epoch, status| JournalWrite {
            fence: Fence {
                run: run.clone(),
                owner: owner.to_owned(),
                epoch,
            },
            steps: vec![RunStep {
                output: Some(json!({"by": owner})),
                duration_ms: Some(1),
                ..set_line(status, now)
            }],
            change: RunChange::Keep,
            response: None,
            begin: None,
        };
        for (owner, epoch, written) in [("quick", 2, true), ("slow", 1, false), ("slow", 2, false)]
        {
            let tx = world.store.begin().await.expect("a write unit");
            let done = journal_write(&tx, &write(owner, epoch, StepStatus::Succeeded))
                .await
                .expect("an answer");
            tx.commit().await.expect("a commit");
            assert_eq!(done, written, "{owner} {epoch}");
        }
        let steps = steps_list(world.store.reader(), &world.editor.project, &run)
            .await
            .expect("steps");
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].output, Some(json!({"by": "quick"})));
    }
}

#[tokio::test]
async fn two_nodes_carry_out_every_run_once() {
    let app = Site::echo().await;
    let world = World::postgres(&app).await;
    let second_store = Store::open(&world.config).await.expect("a second node");
    let one = world.node();
    let two = world.node_over(second_store);
    let flow = world
        .manual(
            &one,
            json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/{{ trigger.n }}"}}]),
        )
        .await;
    one.start();
    two.start();
    let mut runs = Vec::new();
    for n in 0..30 {
        runs.push(world.start(&one, &flow, json!({ "n": n })).await);
    }
    for run in &runs {
        world.until(&one, run, RunStatus::Succeeded).await;
    }
    let mut paths: Vec<String> = app.seen().iter().map(|seen| seen.path.clone()).collect();
    paths.sort();
    let mut wanted: Vec<String> = (0..30).map(|n| format!("/api/{n}")).collect();
    wanted.sort();
    assert_eq!(paths, wanted);
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_run_that_was_let_go_of_without_a_word_goes_on() {
    let app = Site::echo().await;
    let world = World::sqlite(&app).await;
    let node = world.node();
    let flow = world
        .manual(
            &node,
            json!([{"id": "call", "kind": "http", "connection": world.through(), "input": {"url": "/x"}}]),
        )
        .await;
    node.start();
    // Something else of this process claims the run and forgets it.
    let run = loop {
        let run = world.start(&node, &flow, json!({})).await;
        let own = node.runner.node_name().to_owned();
        if !claim(&world.store, &own, Timestamp::now()).await.is_empty() {
            break run;
        }
    };
    assert_eq!(
        world.ended(&node, &run).await.run().status,
        RunStatus::Succeeded
    );
    node.stop().await;
}
