//! Runs: claiming fairly, lanes, timers, idempotency, repeating.

use std::time::Duration;

use patchbay_model::{
    ConnectionId, FlowId, ProjectId, RunId, RunKind, RunStatus, StepStatus, Timestamp,
};
use patchbay_store::{
    Page, Store,
    runs::{
        Failure, Fence, JournalWrite, NewRun, RunChange, RunFilter, RunStep, Started,
        held_connections, held_count, held_release, journal_write, run_cancel, run_claim, run_find,
        run_insert, run_list, steps_copy, steps_list, timers_fire,
    },
    testing::on_both,
};
use serde_json::json;

const LEASE: Duration = Duration::from_secs(30);

fn new(project: &ProjectId, flow: &FlowId) -> NewRun {
    NewRun {
        id: RunId::new(),
        project: project.clone(),
        flow: flow.clone(),
        version: Some(1),
        kind: RunKind::Live,
        trigger_kind: "manual".to_owned(),
        trigger: json!({}),
        document: None,
        depth: 0,
        retry_of: None,
        idempotency: None,
        at: Timestamp::now(),
    }
}

async fn queue(store: &Store, run: &NewRun) -> Started {
    let tx = store.begin().await.expect("a write unit");
    let started = run_insert(&tx, run).await.expect("an answer");
    tx.commit().await.expect("a commit");
    started
}

async fn claim(store: &Store, busy: &[ProjectId], limit: u64) -> Vec<(RunId, i64)> {
    let tx = store.begin().await.expect("a write unit");
    let claimed = run_claim(&tx, "me", busy, limit, Timestamp::now(), LEASE)
        .await
        .expect("claimed");
    tx.commit().await.expect("a commit");
    claimed
        .into_iter()
        .map(|claimed| (claimed.run.id, claimed.epoch))
        .collect()
}

async fn change(
    store: &Store,
    (run, epoch): &(RunId, i64),
    change: RunChange,
    steps: Vec<RunStep>,
) {
    let tx = store.begin().await.expect("a write unit");
    let write = JournalWrite {
        fence: Fence {
            run: run.clone(),
            owner: "me".to_owned(),
            epoch: *epoch,
        },
        steps,
        change,
        response: None,
        begin: None,
    };
    assert!(journal_write(&tx, &write).await.expect("an answer"));
    tx.commit().await.expect("a commit");
}

fn line(path: &str, seq: i64, kind: &str, status: StepStatus) -> RunStep {
    RunStep {
        path: path.to_owned(),
        seq,
        step: path.to_owned(),
        kind: kind.to_owned(),
        name: None,
        status,
        input: Some(json!({"items": [1]})),
        output: Some(json!({"of": path})),
        error: None,
        attempts: 1,
        started: Timestamp::now(),
        duration_ms: Some(1),
        wake_at: None,
    }
}

#[tokio::test]
async fn the_oldest_runs_are_claimed_first_and_busy_projects_wait() {
    on_both(async |test| {
        let store = &test.store;
        let (busy, idle) = (ProjectId::new(), ProjectId::new());
        let flow = FlowId::new();
        let mut runs = Vec::new();
        for project in [&busy, &busy, &idle] {
            let run = new(project, &flow);
            queue(store, &run).await;
            runs.push(run.id);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let claimed = claim(store, std::slice::from_ref(&busy), 10).await;
        assert_eq!(claimed, [(runs[2].clone(), 1)]);
        let claimed = claim(store, &[], 1).await;
        assert_eq!(claimed, [(runs[0].clone(), 1)]);
        let page = Page::new(Some(2), None).expect("a page");
        let listed = run_list(store.reader(), &busy, &RunFilter::default(), &page)
            .await
            .expect("a list");
        let ids: Vec<_> = listed.items.iter().map(|run| run.id.clone()).collect();
        assert_eq!(ids, [runs[1].clone(), runs[0].clone()]);
        assert_eq!(
            run_find(store.reader(), &idle, &runs[0])
                .await
                .expect("a read"),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn released_runs_of_a_flow_go_on_one_after_the_other() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let connection = ConnectionId::new();
        let (one, two) = (FlowId::new(), FlowId::new());
        let mut runs = Vec::new();
        for flow in [&one, &one, &two] {
            let run = new(&project, flow);
            queue(store, &run).await;
            runs.push(run.id);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        for claimed in claim(store, &[], 10).await {
            let hold = RunChange::Hold {
                connection: connection.clone(),
            };
            change(store, &claimed, hold, Vec::new()).await;
        }
        let db = store.reader();
        assert_eq!(
            held_count(db, &project, &connection)
                .await
                .expect("a count"),
            3
        );
        assert_eq!(held_connections(db).await.expect("held").len(), 1);
        let tx = store.begin().await.expect("a write unit");
        let released = held_release(&tx, &project, &connection)
            .await
            .expect("released");
        tx.commit().await.expect("a commit");
        assert_eq!(released, 3);
        let claimed = claim(store, &[], 10).await;
        assert_eq!(claimed, [(runs[0].clone(), 2), (runs[2].clone(), 2)]);
        let end = RunChange::End {
            status: RunStatus::Succeeded,
            error: None,
            at: Timestamp::now(),
            child: true,
        };
        change(store, &claimed[0], end, Vec::new()).await;
        assert_eq!(claim(store, &[], 10).await, [(runs[1].clone(), 2)]);
    })
    .await;
}

#[tokio::test]
async fn delays_end_and_waiting_runs_can_be_cancelled() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let run = new(&project, &FlowId::new());
        queue(store, &run).await;
        let claimed = claim(store, &[], 1).await;
        let now = Timestamp::now();
        let wait = RunChange::Wait {
            until: now.plus(Duration::from_mins(5)),
            run: None,
        };
        change(store, &claimed[0], wait.clone(), Vec::new()).await;
        for (at, fired) in [(now, 0), (now.plus(Duration::from_mins(5)), 1)] {
            let tx = store.begin().await.expect("a write unit");
            assert_eq!(timers_fire(&tx, at).await.expect("fired"), fired);
            tx.commit().await.expect("a commit");
        }
        let claimed = claim(store, &[], 1).await;
        change(store, &claimed[0], wait, Vec::new()).await;
        let tx = store.begin().await.expect("a write unit");
        let cancelled = run_cancel(&tx, &project, &run.id, now)
            .await
            .expect("an answer");
        tx.commit().await.expect("a commit");
        assert_eq!(cancelled.expect("the run").status, RunStatus::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn one_key_makes_one_run_of_a_flow() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let (flow, other) = (FlowId::new(), FlowId::new());
        let keyed = |flow: &FlowId, hash: &str| NewRun {
            idempotency: Some(("k".to_owned(), hash.to_owned())),
            ..new(&project, flow)
        };
        assert!(matches!(
            queue(store, &keyed(&flow, "a")).await,
            Started::New(_)
        ));
        assert!(matches!(
            queue(store, &keyed(&flow, "a")).await,
            Started::Before(_)
        ));
        assert!(matches!(
            queue(store, &keyed(&flow, "b")).await,
            Started::Mismatch
        ));
        assert!(matches!(
            queue(store, &keyed(&other, "b")).await,
            Started::New(_)
        ));
        assert!(matches!(
            queue(store, &new(&project, &flow)).await,
            Started::New(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_run_keeps_what_came_before_the_failure() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let flow = FlowId::new();
        let run = new(&project, &flow);
        queue(store, &run).await;
        let claimed = claim(store, &[], 1).await;
        let failed = |path: &str, seq| RunStep {
            error: Some(Failure {
                code: "X".to_owned(),
                message: "x".to_owned(),
            }),
            ..line(path, seq, "http", StepStatus::Failed)
        };
        let steps = vec![
            line("a", 0, "http", StepStatus::Succeeded),
            failed("gone_on", 1),
            line("each", 2, "loop", StepStatus::Failed),
            line("each[0].b", 3, "http", StepStatus::Succeeded),
            failed("each[1].b", 4),
        ];
        let end = RunChange::End {
            status: RunStatus::Failed,
            error: None,
            at: Timestamp::now(),
            child: true,
        };
        change(store, &claimed[0], end, steps).await;
        let again = new(&project, &flow);
        queue(store, &again).await;
        let tx = store.begin().await.expect("a write unit");
        steps_copy(&tx, &run.id, &again.id).await.expect("copied");
        tx.commit().await.expect("a commit");
        let copied: Vec<_> = steps_list(store.reader(), &project, &again.id)
            .await
            .expect("steps")
            .into_iter()
            .map(|step| (step.path, step.status))
            .collect();
        assert_eq!(
            copied,
            [
                ("a".to_owned(), StepStatus::Succeeded),
                ("gone_on".to_owned(), StepStatus::Failed),
                ("each".to_owned(), StepStatus::Running),
                ("each[0].b".to_owned(), StepStatus::Succeeded),
            ]
        );
    })
    .await;
}
