//! Finding out whether a connection still works.

use patchbay_connect::{Purpose, UseError};
use patchbay_model::{Actor, ConnectionStatus, FlowId, RunId, StatusReason};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::world::World;

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
