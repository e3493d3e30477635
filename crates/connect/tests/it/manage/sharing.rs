//! Whose a connection is, and who may do what with it.

use patchbay_connect::{ConnectionListRequest, Purpose, RevokeRequest, UseError};
use patchbay_model::{Actor, Code, ConnectionId, FlowId, Plan, Problem, RunId, Visibility};
use patchbay_store::Page;
use patchbay_store::people::{workspace_get, workspace_update};

use super::names;
use crate::world::World;

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
