//! Flows: drafts, versions, ticks, replacing connections.

use std::time::Duration;

use patchbay_model::{ConnectionId, FlowId, ProjectId, Timestamp, UserId, flow::FlowDocument};
use patchbay_store::{
    Page, Store, StoreError,
    connections::usages,
    flows::{
        DocumentOf, Flow, FlowFilter, NewFlow, documents_replace_connection, documents_restore,
        draft_save, flow_delete, flow_find, flow_insert, flow_list, flow_locate, flow_publish,
        flow_switch, tick_take, ticks_due, version_document, version_list,
    },
    testing::on_both,
};
use serde_json::json;

fn document(connections: &[&ConnectionId]) -> FlowDocument {
    let steps: Vec<_> = connections
        .iter()
        .enumerate()
        .map(|(at, connection)| {
            json!({"id": format!("s{at}"), "kind": "http", "connection": {"$connection": connection}})
        })
        .collect();
    serde_json::from_value(
        json!({"schema": 1, "trigger": {"kind": "schedule", "cron": "* * * * *"}, "steps": steps}),
    )
    .expect("a document")
}

async fn flow(store: &Store, project: &ProjectId, name: &str, draft: FlowDocument) -> Flow {
    let tx = store.begin().await.expect("a write unit");
    let new = NewFlow {
        id: FlowId::new(),
        project: project.clone(),
        name: name.to_owned(),
        draft,
        by: UserId::new(),
        at: Timestamp::now(),
    };
    let flow = flow_insert(&tx, &new).await.expect("a flow");
    tx.commit().await.expect("a commit");
    flow
}

async fn publish(store: &Store, flow: &Flow, next: Option<Timestamp>) -> Flow {
    let head = &flow.head;
    let tx = store.begin().await.expect("a write unit");
    let published = flow_publish(
        &tx,
        &head.project,
        &head.id,
        head.draft_revision,
        &UserId::new(),
        next,
        Timestamp::now(),
    )
    .await
    .expect("published")
    .expect("the flow");
    tx.commit().await.expect("a commit");
    published
}

#[tokio::test]
async fn drafts_are_saved_under_a_revision_and_versions_stay() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let (a, b) = (ConnectionId::new(), ConnectionId::new());
        let made = flow(store, &project, "Mail", document(&[&a])).await;
        let first = publish(store, &made, None).await;
        assert_eq!(first.head.published_version, Some(1));
        assert!(first.head.active);

        let save = async |expected| {
            let tx = store.begin().await.expect("a write unit");
            let now = Timestamp::now();
            let id = &made.head.id;
            let draft = document(&[&b]);
            let saved = draft_save(&tx, &project, id, expected, None, Some(&draft), now).await;
            if saved.is_ok() {
                tx.commit().await.expect("a commit");
            }
            saved
        };
        let saved = save(Some(1)).await.expect("saved").expect("the flow");
        assert_eq!(saved.head.draft_revision, 2);
        assert!(matches!(save(Some(1)).await, Err(StoreError::Conflict)));

        let db = store.reader();
        let version = version_document(db, &project, &made.head.id, 1).await;
        assert_eq!(version.expect("a read"), Some(document(&[&a])));
        let second = publish(store, &saved, None).await;
        assert_eq!(second.head.published_version, Some(2));
        let versions = version_list(db, &project, &made.head.id, &Page::default())
            .await
            .expect("a list");
        let numbers: Vec<_> = versions
            .items
            .iter()
            .map(|version| version.version)
            .collect();
        assert_eq!(numbers, [2, 1]);
        assert_eq!(usages(db, &project, &a).await.expect("uses"), []);
        assert_eq!(usages(db, &project, &b).await.expect("uses").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn lists_are_paged_filtered_and_the_projects_own() {
    on_both(async |test| {
        let store = &test.store;
        let (mine, other) = (ProjectId::new(), ProjectId::new());
        let connection = ConnectionId::new();
        for n in 0..5 {
            flow(store, &mine, &format!("Flow {n}_x"), document(&[])).await;
        }
        let used = flow(store, &mine, "100% Odd", document(&[&connection])).await;
        let foreign = flow(store, &other, "Flow foreign", document(&[&connection])).await;
        let db = store.reader();
        let list = async |filter: FlowFilter, limit, cursor| {
            let page = Page::new(Some(limit), cursor).expect("a page");
            flow_list(db, &mine, &filter, &page).await.expect("a list")
        };
        let first = list(FlowFilter::default(), 4, None).await;
        assert!(first.has_more);
        let second = list(FlowFilter::default(), 4, first.cursor.clone()).await;
        assert_eq!((first.items.len(), second.items.len()), (4, 2));
        assert!(!second.has_more);
        for (q, count) in [
            ("flow", 5),
            ("3_X", 1),
            ("100%", 1),
            ("_", 5),
            ("%", 1),
            ("\\", 0),
        ] {
            let filter = FlowFilter {
                q: Some(q.to_owned()),
                ..FlowFilter::default()
            };
            assert_eq!(list(filter, 100, None).await.items.len(), count, "{q}");
        }
        let filter = FlowFilter {
            connection: Some(connection.clone()),
            ..FlowFilter::default()
        };
        let users = list(filter, 100, None).await;
        assert_eq!(users.items[0].id, used.head.id);
        assert_eq!(users.items.len(), 1);
        let found = flow_find(db, &mine, &foreign.head.id).await;
        assert_eq!(found.expect("a read"), None);
    })
    .await;
}

#[tokio::test]
async fn a_tick_is_taken_once() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let now = Timestamp::now();
        let made = flow(store, &project, "Clock", document(&[])).await;
        let made = publish(store, &made, Some(now)).await;
        let due = ticks_due(store.reader(), now, 10).await.expect("ticks");
        assert_eq!(due.len(), 1);
        let next = now.plus(Duration::from_mins(1));
        for taken in [true, false] {
            let tx = store.begin().await.expect("a write unit");
            let took = tick_take(&tx, &due[0], Some(next))
                .await
                .expect("an answer");
            tx.commit().await.expect("a commit");
            assert_eq!(took, taken);
        }
        assert_eq!(ticks_due(store.reader(), now, 10).await.expect("ticks"), []);
        let tx = store.begin().await.expect("a write unit");
        let off = flow_switch(&tx, &project, &made.head.id, false, Some(next), now).await;
        tx.commit().await.expect("a commit");
        assert_eq!(
            off.expect("switched").expect("the flow").head.next_tick_at,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn m3_a_connection_is_replaced_everywhere_and_put_back() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let (a, b) = (ConnectionId::new(), ConnectionId::new());
        let one = flow(store, &project, "One", document(&[&a, &b])).await;
        let one = publish(store, &one, None).await;
        let two = flow(store, &project, "Two", document(&[&a])).await;
        flow(store, &project, "Without", document(&[&b])).await;
        flow(store, &ProjectId::new(), "Foreign", document(&[&a])).await;
        let replace = async |dry_run| {
            let tx = store.begin().await.expect("a write unit");
            let now = Timestamp::now();
            let changes = documents_replace_connection(&tx, &project, &a, &b, now, dry_run)
                .await
                .expect("replaced");
            tx.commit().await.expect("a commit");
            changes
        };
        let preview = replace(true).await;
        let changes = replace(false).await;
        assert_eq!(preview, changes);
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.name.as_str(), change.of, change.places.join(",")))
            .collect();
        assert_eq!(
            told,
            [
                ("One", DocumentOf::Draft, "s0".to_owned()),
                ("Two", DocumentOf::Draft, "s0".to_owned()),
                ("One", DocumentOf::Published(1), "s0".to_owned()),
            ]
        );
        let db = store.reader();
        assert_eq!(usages(db, &project, &a).await.expect("uses"), []);
        let published = version_document(db, &project, &one.head.id, 1).await;
        assert_eq!(published.expect("a read"), Some(document(&[&b, &b])));

        // One of the documents is changed before the undo.
        let tx = store.begin().await.expect("a write unit");
        let now = Timestamp::now();
        draft_save(
            &tx,
            &project,
            &two.head.id,
            None,
            None,
            Some(&document(&[])),
            now,
        )
        .await
        .expect("saved");
        let left_alone = documents_restore(&tx, &project, &changes, now)
            .await
            .expect("restored");
        tx.commit().await.expect("a commit");
        assert_eq!(left_alone.len(), 1);
        assert_eq!(left_alone[0].name, "Two");
        let published = version_document(db, &project, &one.head.id, 1).await;
        assert_eq!(published.expect("a read"), Some(document(&[&a, &b])));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_flow_is_gone_and_uses_nothing() {
    on_both(async |test| {
        let store = &test.store;
        let project = ProjectId::new();
        let connection = ConnectionId::new();
        let made = flow(store, &project, "Short", document(&[&connection])).await;
        let made = publish(store, &made, Some(Timestamp::now())).await;
        let id = &made.head.id;
        for there in [true, false] {
            let tx = store.begin().await.expect("a write unit");
            let done = flow_delete(&tx, &project, id, Timestamp::now()).await;
            tx.commit().await.expect("a commit");
            assert_eq!(done.expect("an answer"), there);
        }
        let db = store.reader();
        assert_eq!(flow_locate(db, id).await.expect("a read"), None);
        assert_eq!(usages(db, &project, &connection).await.expect("uses"), []);
        let later = Timestamp::now().plus(Duration::from_mins(1));
        assert_eq!(ticks_due(db, later, 10).await.expect("ticks"), []);
    })
    .await;
}
