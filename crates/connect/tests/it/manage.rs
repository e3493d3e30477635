//! Looking after connections.

use patchbay_connect::{ConnectionListRequest, Purpose, RevokeRequest, UseError};
use patchbay_model::{
    Actor, Code, ConnectionId, ConnectionStatus, FlowId, Plan, Problem, RunId, StatusReason,
    Timestamp, Visibility, flow::FlowDocument,
};
use patchbay_store::{
    Page,
    connections::{
        ConnectionOrder, ConnectionSort, connection_get, connections_purgeable, credential_newest,
    },
    flows::{NewFlow, flow_insert, flow_publish},
    people::{workspace_get, workspace_update},
    testing::on_both,
};
use serde_json::json;
use wiremock::ResponseTemplate;

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
async fn m3_delete_names_the_flows_and_can_be_undone() {
    on_both(|database| async {
        let world = World::on(database).await;
        let row = world.key_connection("Acme").await;
        let flow = flow_naming(&world, "Invoices", &row.id).await;
        // A draft alone does not keep it: nothing runs.
        let usage = world
            .connector
            .connection_usage(&world.viewer, &row.id)
            .await
            .expect("usage");
        assert_eq!(usage.flows.len(), 1);
        let paths: Vec<&str> = usage.flows[0]
            .steps
            .iter()
            .map(|step| step.path.as_str())
            .collect();
        assert_eq!(paths, ["a", "b.otherwise.c"]);
        let tx = world.store.begin().await.expect("a write unit");
        let (by, now) = (world.editor.user().expect("a person"), Timestamp::now());
        flow_publish(&tx, &row.project, &flow, 1, by, None, now)
            .await
            .expect("a version");
        tx.commit().await.expect("a commit");

        let error = world
            .connector
            .connection_delete(&world.editor, &row.id, false)
            .await
            .expect_err("a refusal");
        let problem = Problem::from(error);
        assert_eq!(problem.code, Code::ConnectionInUse);
        assert!(problem.message.contains("Invoices"), "{}", problem.message);
        assert_eq!(
            problem.details.expect("details")["flows"][0]["id"],
            json!(flow)
        );

        world
            .connector
            .connection_delete(&world.editor, &row.id, true)
            .await
            .expect("a deletion");
        let used = world
            .connector
            .credential_use(&world.editor, &row.id, Purpose::Request)
            .await;
        assert!(matches!(used, Err(UseError::Refused(_))));
        let counts = world
            .connector
            .connections_count(&world.admin, &ConnectionListRequest::default())
            .await
            .expect("counts");
        assert_eq!((counts.all, counts.deleted), (0, 1));

        // Its name is free, and taken back it would clash.
        let other = world.key_connection("acme").await;
        let error = world
            .connector
            .connection_restore(&world.editor, &row.id)
            .await
            .expect_err("a clash");
        assert_eq!(Problem::from(error).code, Code::ConnectionNameTaken);
        world
            .connector
            .connection_update(&world.editor, &other.id, Some("Other"), None)
            .await
            .expect("a rename");
        world
            .connector
            .connection_restore(&world.editor, &row.id)
            .await
            .expect("a restore");
        world
            .connector
            .credential_use(&world.editor, &row.id, Purpose::Request)
            .await
            .expect("a credential");
    })
    .await;
}

#[tokio::test]
async fn m3_what_is_purged_is_gone() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    world
        .connector
        .connection_delete(&world.editor, &row.id, false)
        .await
        .expect("a deletion");
    let later = Timestamp::now().plus(std::time::Duration::from_secs(1));
    let due = connections_purgeable(world.store.reader(), later, 10)
        .await
        .expect("what is due");
    assert_eq!(due.len(), 1);
    let tx = world.store.begin().await.expect("a write unit");
    patchbay_store::connections::connection_purge(&tx, &row.project, &row.id)
        .await
        .expect("a purge");
    tx.commit().await.expect("a commit");
    let reader = world.store.reader();
    assert!(
        connection_get(reader, &row.project, &row.id)
            .await
            .expect("a read")
            .is_none()
    );
    assert_eq!(
        credential_newest(reader, &row.project, &row.id)
            .await
            .expect("a read"),
        None
    );
}

#[tokio::test]
async fn t3_an_admin_revokes_at_once() {
    on_both(|database| async {
        let world = World::on(database).await;
        let row = world.key_connection("Acme").await;
        let run = Actor::run(row.project.clone(), RunId::new(), FlowId::new());
        let live = world
            .connector
            .credential_use(&run, &row.id, Purpose::Request)
            .await
            .expect("a credential");
        let revoked = world
            .connector
            .connection_revoke(&world.admin, &row.id, RevokeRequest::default())
            .await
            .expect("a revocation");
        assert_eq!(revoked.status, ConnectionStatus::Revoked);
        assert_eq!(revoked.status_reason, Some(StatusReason::RevokedHere));
        // The run in flight gets no further credential, neither fresh nor in place of the old one.
        for outcome in [
            world
                .connector
                .credential_use(&run, &row.id, Purpose::Request)
                .await,
            world
                .connector
                .credential_refused(&run, &row.id, live.generation)
                .await,
        ] {
            assert!(matches!(
                outcome,
                Err(UseError::Unusable {
                    status: ConnectionStatus::Revoked,
                    ..
                })
            ));
        }
        let error = world
            .connector
            .connection_check(&world.admin, &row.id)
            .await
            .expect_err("a refusal");
        assert_eq!(Problem::from(error).code, Code::ConnectionUnusable);
    })
    .await;
}

#[tokio::test]
async fn t3_revoking_tells_the_provider() {
    let world = World::new().await;
    let id = world.oauth_connection().await;
    let request = RevokeRequest { at_provider: true };
    world
        .connector
        .connection_revoke(&world.admin, &id, request)
        .await
        .expect("a revocation");
    world
        .connector
        .drain(std::time::Duration::from_secs(30))
        .await;
    assert_eq!(world.provider.calls_to("/revoke").await, 1);
}

#[tokio::test]
async fn t1_everybody_in_the_project_has_it() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    let used = world
        .connector
        .credential_use(&world.other_editor, &row.id, Purpose::Request)
        .await;
    assert!(used.is_ok());
    assert_eq!(
        names(&world, &world.viewer, &ConnectionListRequest::default()).await,
        ["Acme"]
    );
    let used = world
        .connector
        .credential_use(&world.viewer, &row.id, Purpose::Request)
        .await;
    assert!(matches!(used, Err(UseError::Refused(problem)) if problem.code == Code::Forbidden));
}

#[tokio::test]
async fn t1_a_private_one_is_its_owners() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    world
        .connector
        .connection_update(&world.editor, &row.id, None, Some(Visibility::Private))
        .await
        .expect("a change");
    let all = ConnectionListRequest::default();
    assert!(names(&world, &world.other_editor, &all).await.is_empty());
    assert_eq!(names(&world, &world.editor, &all).await, ["Acme"]);
    // An admin sees and manages it (S5), and uses it no more than others.
    assert_eq!(names(&world, &world.admin, &all).await, ["Acme"]);
    for actor in [&world.other_editor, &world.admin] {
        let used = world
            .connector
            .credential_use(actor, &row.id, Purpose::Request)
            .await;
        assert!(
            matches!(used, Err(UseError::Refused(problem)) if problem.code == Code::ConnectionNotFound)
        );
    }
}

#[tokio::test]
async fn t1_on_a_plan_without_sharing_it_is_its_creators() {
    let world = World::new().await;
    let tx = world.store.begin().await.expect("a write unit");
    assert!(workspace_get(&*tx).await.expect("a read").is_some());
    workspace_update(&tx, "Small", Plan::Pro)
        .await
        .expect("a plan");
    tx.commit().await.expect("a commit");
    let row = world.key_connection("Acme").await;
    assert_eq!(row.visibility, Visibility::Private);
    assert!(
        names(
            &world,
            &world.other_editor,
            &ConnectionListRequest::default()
        )
        .await
        .is_empty()
    );
    let error = world
        .connector
        .connection_update(&world.editor, &row.id, None, Some(Visibility::Project))
        .await
        .expect_err("a refusal");
    assert_eq!(Problem::from(error).code, Code::PlanLimit);
}

#[tokio::test]
async fn t2_a_run_uses_the_connections_own_credential() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    world
        .connector
        .connection_update(&world.editor, &row.id, None, Some(Visibility::Private))
        .await
        .expect("a change");
    let run = Actor::run(row.project.clone(), RunId::new(), FlowId::new());
    let live = world
        .connector
        .credential_use(&run, &row.id, Purpose::Request)
        .await
        .expect("a credential");
    assert_eq!(live.secrets.expose("api_key"), Some(crate::world::KEY));
    let attached = world.connector.attach(&live).expect("parts");
    let url = url::Url::parse("https://api.example/").expect("a URL");
    let mut request = patchbay_egress::EgressRequest::new(http::Method::GET, url);
    attached.put(&mut request).expect("a request");
    assert_eq!(
        request.headers["authorization"],
        format!("Bearer {}", crate::world::KEY)
    );
}

#[tokio::test]
async fn s4_foreign_projects_find_nothing() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    let (stranger, connector) = (&world.stranger, &world.connector);
    let missing = ConnectionId::new();
    for id in [&row.id, &missing] {
        let answers = [
            connector.connection_get(stranger, id).await.map(drop),
            connector.connection_usage(stranger, id).await.map(drop),
            connector
                .connection_activity(stranger, id, &Page::default())
                .await
                .map(drop),
            connector
                .connection_update(stranger, id, Some("x"), None)
                .await
                .map(drop),
            connector.connection_check(stranger, id).await.map(drop),
            connector
                .connection_revoke(stranger, id, RevokeRequest::default())
                .await
                .map(drop),
            connector
                .connection_transfer(stranger, id, stranger.user().expect("a person"))
                .await
                .map(drop),
            connector.connection_delete(stranger, id, true).await,
            connector.connection_restore(stranger, id).await.map(drop),
            connector
                .connection_replace(stranger, id, &missing, false)
                .await
                .map(drop),
        ];
        for answer in answers {
            let problem = Problem::from(answer.expect_err("a refusal"));
            assert_eq!(problem.code, Code::ConnectionNotFound);
            assert_eq!(
                problem.message,
                "There is no such connection in this project."
            );
        }
        let used = connector
            .credential_use(stranger, id, Purpose::Request)
            .await;
        assert!(
            matches!(used, Err(UseError::Refused(problem)) if problem.code == Code::ConnectionNotFound)
        );
    }
    assert!(
        names(&world, stranger, &ConnectionListRequest::default())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn s5_editors_manage_their_own_and_admins_all() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    for (actor, allowed) in [
        (&world.viewer, false),
        (&world.other_editor, false),
        (&world.editor, true),
        (&world.admin, true),
    ] {
        let view = world
            .connector
            .connection_get(actor, &row.id)
            .await
            .expect("a connection");
        assert_eq!(view.can.manage, allowed);
        let renamed = world
            .connector
            .connection_update(actor, &row.id, Some("Acme"), None)
            .await;
        assert_eq!(
            renamed
                .map_err(Problem::from)
                .map_err(|problem| problem.code)
                .err(),
            (!allowed).then_some(Code::Forbidden)
        );
        let checked = world.connector.connection_check(actor, &row.id).await;
        assert_eq!(checked.is_ok(), allowed);
    }
    let viewer = world.viewer.user().expect("a person");
    assert!(
        world
            .connector
            .connection_transfer(&world.admin, &row.id, viewer)
            .await
            .is_err()
    );
    let eve = world.other_editor.user().expect("a person");
    let moved = world
        .connector
        .connection_transfer(&world.admin, &row.id, eve)
        .await
        .expect("a transfer");
    assert_eq!(&moved.owner, eve);
    assert!(
        world
            .connector
            .connection_check(&world.editor, &row.id)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_check_notes_what_it_finds() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    for (answer, status, reason) in [
        (
            ResponseTemplate::new(401),
            ConnectionStatus::Error,
            Some(StatusReason::CredentialRejected),
        ),
        (
            ResponseTemplate::new(403),
            ConnectionStatus::Error,
            Some(StatusReason::PermissionMissing),
        ),
        (
            ResponseTemplate::new(500),
            ConnectionStatus::Error,
            Some(StatusReason::ProviderUnavailable),
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({ "id": "ana" })),
            ConnectionStatus::Active,
            None,
        ),
    ] {
        world.provider.me_answers(answer);
        let checked = world
            .connector
            .connection_check(&world.editor, &row.id)
            .await
            .expect("a check");
        assert_eq!((checked.status, checked.status_reason), (status, reason));
    }
}

#[tokio::test]
async fn a_refused_key_breaks_the_connection_only_when_the_app_confirms_it() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    let run = Actor::run(row.project.clone(), RunId::new(), FlowId::new());
    let same = world
        .connector
        .credential_refused(&run, &row.id, 1)
        .await
        .expect("the same credential");
    assert_eq!(same.generation, 1);
    world.provider.me_answers(ResponseTemplate::new(401));
    let mut events = world.connector.events();
    let refused = world.connector.credential_refused(&run, &row.id, 1).await;
    assert!(matches!(
        refused,
        Err(UseError::Unusable {
            status: ConnectionStatus::Error,
            ..
        })
    ));
    assert_eq!(
        events.recv().await.expect("an event").kind,
        patchbay_connect::ConnectionEventKind::Broken
    );
    let used = world
        .connector
        .credential_use(&run, &row.id, Purpose::Request)
        .await;
    assert!(matches!(used, Err(UseError::Unusable { .. })));
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
