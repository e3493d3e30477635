//! Looking after connections.

mod checks;
mod destroying;
mod removal;
mod sharing;

use patchbay_connect::{ConnectionListRequest, Purpose, RevokeRequest};
use patchbay_model::{
    Actor, Code, ConnectionId, FlowId, Problem, RunId, Timestamp, flow::FlowDocument,
};
use patchbay_store::{
    Page,
    connections::{ConnectionOrder, ConnectionSort},
    flows::{NewFlow, flow_insert},
    testing::on_both,
};
use serde_json::json;

use crate::world::World;

const BY_NAME: ConnectionSort = ConnectionSort {
    by: ConnectionOrder::Name,
    descending: false,
};

async fn names(world: &World, actor: &Actor, request: &ConnectionListRequest) -> Vec<String> {
    let mut out = Vec::new();
    let mut cursor = None;
    loop {
        let page = Page::new(Some(2), cursor).expect("a page");
        let paged = world
            .connector
            .connections_list(actor, request, BY_NAME, &page)
            .await
            .expect("a list");
        out.extend(paged.items.into_iter().map(|view| view.row.name));
        cursor = paged.cursor;
        if cursor.is_none() {
            return out;
        }
    }
}

fn document(connection: &ConnectionId) -> FlowDocument {
    serde_json::from_value(json!({
        "schema": 1,
        "trigger": {"kind": "manual"},
        "steps": [
            {"id": "a", "name": "Ask", "kind": "http", "connection": {"$connection": connection}, "input": {}},
            {"id": "b", "kind": "branch", "branches": [], "otherwise": [
                {"id": "c", "kind": "http", "connection": {"$connection": connection}, "input": {}}]},
        ]
    }))
    .expect("a document")
}

async fn flow_naming(world: &World, name: &str, connection: &ConnectionId) -> FlowId {
    let id = FlowId::new();
    let new = NewFlow {
        id: id.clone(),
        project: world.admin.project.clone(),
        name: name.to_owned(),
        draft: document(connection),
        by: world.editor.user().expect("a person").clone(),
        at: Timestamp::now(),
    };
    let tx = world.store.begin().await.expect("a write unit");
    flow_insert(&tx, &new).await.expect("a flow");
    tx.commit().await.expect("a commit");
    id
}

#[tokio::test]
async fn m1_list_shows_everything_in_pages() {
    on_both(|database| async {
        let world = World::on(database).await;
        for name in ["delta", "Alpha", "charlie", "Bravo", "echo"] {
            let mut request = World::by_key(name);
            request.verify = name == "Alpha";
            world
                .connector
                .connection_create(&world.editor, request)
                .await
                .expect("a connection");
        }
        let all = ConnectionListRequest::default();
        assert_eq!(
            names(&world, &world.viewer, &all).await,
            ["Alpha", "Bravo", "charlie", "delta", "echo"]
        );
        let found = ConnectionListRequest {
            q: Some("ANA@exam".to_owned()),
            ..ConnectionListRequest::default()
        };
        assert_eq!(names(&world, &world.viewer, &found).await, ["Alpha"]);
        for q in ["%", "_", "\\"] {
            let odd = ConnectionListRequest {
                q: Some(q.to_owned()),
                ..ConnectionListRequest::default()
            };
            assert!(names(&world, &world.viewer, &odd).await.is_empty(), "{q}");
        }
        let page = Page::default();
        let paged = world
            .connector
            .connections_list(&world.viewer, &all, BY_NAME, &page)
            .await
            .expect("a list");
        let first = &paged.items[0];
        assert_eq!(
            (first.app_name.as_str(), first.owner_name.as_str()),
            ("Acme", "Ed")
        );
        assert!(!first.can.manage && !first.can.use_it);
        let id = first.row.id.clone();
        flow_naming(&world, "Reports", &id).await;
        let run = Actor::run(world.admin.project.clone(), RunId::new(), FlowId::new());
        world
            .connector
            .credential_use(&run, &id, Purpose::Request)
            .await
            .expect("a credential");
        world.connector.used(&run, &id);
        world.connector.used_flush().await.expect("a write");
        let row = world
            .connector
            .connection_get(&world.viewer, &id)
            .await
            .expect("a connection")
            .row;
        assert_eq!((row.flow_count, row.use_count), (1, 1));
        assert!(row.last_used_at.is_some() && row.last_used_run.is_some());
        let unused = ConnectionListRequest {
            unused: true,
            ..ConnectionListRequest::default()
        };
        assert_eq!(names(&world, &world.viewer, &unused).await.len(), 4);
        let counts = world
            .connector
            .connections_count(&world.editor, &all)
            .await
            .expect("counts");
        assert_eq!(
            (
                counts.all,
                counts.unused,
                counts.mine,
                counts.needs_attention
            ),
            (5, 4, 5, 0)
        );
        for by in [ConnectionOrder::LastUsed, ConnectionOrder::Flows] {
            let sort = ConnectionSort {
                by,
                descending: true,
            };
            let paged = world
                .connector
                .connections_list(&world.viewer, &all, sort, &page)
                .await
                .expect("a list");
            assert_eq!(paged.items[0].row.id, id);
        }
    })
    .await;
}

#[tokio::test]
async fn replacing_is_one_change_that_can_be_undone() {
    on_both(|database| async {
        let world = World::on(database).await;
        let (a, b) = (
            world.key_connection("A").await,
            world.key_connection("B").await,
        );
        flow_naming(&world, "One", &a.id).await;
        flow_naming(&world, "Two", &a.id).await;
        let error = world
            .connector
            .connection_replace(&world.editor, &a.id, &b.id, false)
            .await
            .expect_err("a refusal");
        assert_eq!(Problem::from(error).code, Code::Forbidden);
        let replace = |dry_run| {
            world
                .connector
                .connection_replace(&world.admin, &a.id, &b.id, dry_run)
        };
        let preview = replace(true).await.expect("a preview");
        assert_eq!((preview.flows.len(), preview.undo_token), (2, None));
        let outcome = replace(false).await.expect("a replacement");
        assert_eq!(outcome.flows[0].steps, ["a", "c"]);
        let flows = async |id| {
            world
                .connector
                .connection_get(&world.admin, id)
                .await
                .expect("a connection")
                .row
                .flow_count
        };
        assert_eq!((flows(&a.id).await, flows(&b.id).await), (0, 2));
        let token = outcome.undo_token.expect("a token");
        let undone = world
            .connector
            .connection_replace_undo(&world.admin, &token)
            .await
            .expect("an undo");
        assert_eq!(undone.len(), 2);
        assert_eq!((flows(&a.id).await, flows(&b.id).await), (2, 0));
        let error = world
            .connector
            .connection_replace_undo(&world.admin, &token)
            .await
            .expect_err("used up");
        assert_eq!(Problem::from(error).code, Code::UndoExpired);
    })
    .await;
}

#[tokio::test]
async fn activity_tells_what_was_done() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    world
        .connector
        .connection_update(&world.editor, &row.id, Some("New"), None)
        .await
        .expect("a rename");
    world
        .connector
        .connection_revoke(&world.admin, &row.id, RevokeRequest::default())
        .await
        .expect("a revocation");
    let page = world
        .connector
        .connection_activity(&world.viewer, &row.id, &Page::default())
        .await
        .expect("activity");
    let actions: Vec<&str> = page
        .items
        .iter()
        .map(|entry| entry.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "connection.revoke",
            "connection.rename",
            "connection.create"
        ]
    );
}
