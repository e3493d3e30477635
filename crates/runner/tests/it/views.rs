//! What is seen of a run while it goes on.

use std::time::Duration;

use patchbay_model::{RunId, StepStatus, Timestamp};
use patchbay_store::runs::{
    Fence, JournalWrite, RunChange, RunStep, journal_write, run_claim, run_find,
};
use serde_json::json;

use crate::{
    site::Site,
    world::{World, step},
};

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_run_and_its_steps_are_of_one_moment() {
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
        let written = async {
            let fence = claim(&world, &run).await;
            // Each change of the run is noted in its step, in the same write.
            for _ in 0..200 {
                note_revision(&world, &fence).await;
            }
        };
        let seen = async {
            loop {
                let view = world.view(&node, &run).await;
                let noted = view.steps.iter().any(|line| line.begun);
                if noted {
                    assert_eq!(step(&view, "a").attempts, view.run().revision);
                }
            }
        };
        tokio::select! {
            () = written => {}
            () = seen => {}
        }
    }
}

async fn claim(world: &World, run: &RunId) -> Fence {
    let tx = world.store.begin().await.expect("a write unit");
    let claimed = run_claim(&tx, "me", &[], 1, Timestamp::now(), LEASE)
        .await
        .expect("claimed");
    tx.commit().await.expect("a commit");
    assert_eq!(&claimed[0].run.id, run);
    Fence {
        run: run.clone(),
        owner: "me".to_owned(),
        epoch: claimed[0].epoch,
    }
}

async fn note_revision(world: &World, fence: &Fence) {
    let tx = world.store.begin().await.expect("a write unit");
    let before = run_find(&*tx, &world.editor.project, &fence.run)
        .await
        .expect("an answer")
        .expect("the run");
    let write = JournalWrite {
        fence: fence.clone(),
        steps: vec![RunStep {
            path: "a".to_owned(),
            seq: 0,
            step: "a".to_owned(),
            kind: "set".to_owned(),
            name: None,
            status: StepStatus::Running,
            input: None,
            output: None,
            error: None,
            attempts: before.revision + 1,
            started: Timestamp::now(),
            duration_ms: None,
            wake_at: None,
        }],
        change: RunChange::Keep,
        response: None,
        begin: None,
    };
    assert!(journal_write(&tx, &write).await.expect("written"));
    tx.commit().await.expect("a commit");
}
