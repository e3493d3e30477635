//! What is seen of a run while it goes on.

use patchbay_model::{StepStatus, Timestamp};
use patchbay_store::runs::{Fence, JournalWrite, RunChange, RunStep, journal_write, run_find};
use serde_json::json;

use crate::{
    site::Site,
    world::{World, claim, set_line, step},
};

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
            let claimed = claim(&world.store, "me", Timestamp::now()).await;
            assert_eq!(claimed, [(run.clone(), 1)]);
            let fence = Fence {
                run: run.clone(),
                owner: "me".to_owned(),
                epoch: 1,
            };
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

async fn note_revision(world: &World, fence: &Fence) {
    let tx = world.store.begin().await.expect("a write unit");
    let before = run_find(&*tx, &world.editor.project, &fence.run)
        .await
        .expect("an answer")
        .expect("the run");
    let write = JournalWrite {
        fence: fence.clone(),
        steps: vec![RunStep {
            attempts: before.revision + 1,
            ..set_line(StepStatus::Running, Timestamp::now())
        }],
        change: RunChange::Keep,
        response: None,
        begin: None,
    };
    assert!(journal_write(&tx, &write).await.expect("written"));
    tx.commit().await.expect("a commit");
}
