//! T1 and T2: whose credential a request goes out with, and who may send one.

use http::Method;
use patchbay_connect::Purpose;
use patchbay_gateway::{GatewayError, GatewayRequest};
use patchbay_model::{Actor, Code, FlowId, Problem, Role, RunId};

use crate::site::{Site, json};
use crate::world::{CANARY, World};

async fn status(world: &World, actor: &Actor) -> Result<u16, GatewayError> {
    let request = GatewayRequest::new(Purpose::Request, Method::GET, "/x");
    world
        .gateway
        .send(actor, &world.connection, request)
        .await
        .map(|answer| answer.status.as_u16())
}

fn code(outcome: Result<u16, GatewayError>) -> Code {
    Problem::from(outcome.expect_err("a refusal")).code
}

#[tokio::test]
async fn t2_a_run_uses_the_credential_of_the_connections_owner() {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[]).await;
    world.make_private().await;
    let run = Actor::run(world.editor.project.clone(), RunId::new(), FlowId::new());
    assert_eq!(status(&world, &run).await.expect("an answer"), 200);
    assert_eq!(
        app.last().header("authorization"),
        Some(format!("Bearer {CANARY}").as_str())
    );
    // The private connection itself is for its owner alone.
    assert_eq!(status(&world, &world.editor).await.expect("an answer"), 200);
    assert_eq!(
        code(status(&world, &world.other_editor).await),
        Code::ConnectionNotFound
    );
    assert_eq!(app.seen().len(), 2);
}

#[tokio::test]
async fn t1_members_use_a_shared_connection_and_viewers_and_strangers_do_not() {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[]).await;
    assert_eq!(
        status(&world, &world.other_editor)
            .await
            .expect("an answer"),
        200
    );
    let viewer = Actor {
        role: Role::Viewer,
        ..world.other_editor.clone()
    };
    assert_eq!(code(status(&world, &viewer).await), Code::Forbidden);
    let stranger = Actor {
        project: patchbay_model::ProjectId::new(),
        ..world.other_editor.clone()
    };
    assert_eq!(
        code(status(&world, &stranger).await),
        Code::ConnectionNotFound
    );
    assert_eq!(app.seen().len(), 1);
}

#[tokio::test]
async fn m1_uses_are_counted() {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[]).await;
    for _ in 0..3 {
        status(&world, &world.editor).await.expect("an answer");
    }
    let row = world.row().await;
    assert_eq!(row.use_count, 3);
    assert!(row.last_used_at.is_some());
}

#[tokio::test]
async fn s41_what_is_taken_away_stops_the_next_request() {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[]).await;
    // Warm: the second request is served by what the first one read.
    for _ in 0..2 {
        assert_eq!(
            status(&world, &world.other_editor)
                .await
                .expect("an answer"),
            200
        );
    }
    world.make_private().await;
    assert_eq!(
        code(status(&world, &world.other_editor).await),
        Code::ConnectionNotFound
    );
    assert_eq!(status(&world, &world.editor).await.expect("an answer"), 200);
    world.revoke().await;
    for actor in [&world.editor, &world.other_editor] {
        assert!(status(&world, actor).await.is_err());
    }
    assert_eq!(app.seen().len(), 3);
}
