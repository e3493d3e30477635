//! Reconnecting: the same connection, a fresh credential, never another account by accident.

use patchbay_connect::{
    Choice, ConnectionListRequest, FormReconnect, Purpose, RevokeRequest, SessionCreate,
};
use patchbay_model::{Code, ConnectionId, ConnectionStatus, Problem};
use serde_json::{Map, json};

use crate::world::{World, good, sent};

fn again(id: &ConnectionId) -> SessionCreate {
    SessionCreate {
        reconnect: Some(id.clone()),
        ..SessionCreate::default()
    }
}

#[tokio::test]
async fn m2_reconnect_keeps_id() {
    let world = World::new().await;
    let created = world
        .begin(
            &world.editor,
            SessionCreate {
                settings: json!({ "team": "blue" })
                    .as_object()
                    .cloned()
                    .expect("an object"),
                name: Some("Company Acme".to_owned()),
                ..crate::world::acme()
            },
        )
        .await
        .expect("a connect session");
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let before = world
        .settled(&world.editor, &created.id)
        .await
        .connection
        .expect("a connection")
        .row;
    world
        .connector
        .connection_revoke(&world.editor, &before.id, RevokeRequest::default())
        .await
        .expect("a revocation");

    let created = world
        .begin(&world.editor, again(&before.id))
        .await
        .expect("a connect session");
    assert_eq!(
        sent(&created, "login_hint").as_deref(),
        Some("ana@example.com")
    );
    let mut events = world.connector.events();
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    let after = view.connection.expect("a connection").row;
    assert_eq!(after.id, before.id);
    assert_eq!(after.name, "Company Acme");
    assert_eq!(after.status, ConnectionStatus::Active);
    assert_eq!(after.settings["team"], "blue");
    assert!(after.generation > before.generation);
    let event = events.recv().await.expect("an event");
    assert_eq!(
        (event.connection, event.kind),
        (
            after.id.clone(),
            patchbay_connect::ConnectionEventKind::Usable
        )
    );
    let live = world
        .connector
        .credential_use(&world.editor, &after.id, Purpose::Request)
        .await
        .expect("a credential");
    assert!(
        live.secrets
            .expose("access_token")
            .is_some_and(|token| token.starts_with("access-2"))
    );
    assert!(
        live.secrets.expose("refresh_token").is_none(),
        "a use never opens the refresh token"
    );
}

async fn as_somebody_else(world: &World) -> (ConnectionId, patchbay_connect::SessionCreated) {
    let id = world.oauth_connection().await;
    world.provider.signs_in_as("bob");
    let created = world
        .begin(&world.editor, again(&id))
        .await
        .expect("a connect session");
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.state.as_str(), "different_account");
    assert_eq!(
        view.account.and_then(|account| account.label).as_deref(),
        Some("bob@example.com")
    );
    assert_eq!(
        view.previous_account
            .and_then(|account| account.label)
            .as_deref(),
        Some("ana@example.com")
    );
    let row = world
        .connector
        .connection_get(&world.editor, &id)
        .await
        .expect("a connection")
        .row;
    assert_eq!(
        (row.generation, row.account.id.as_deref()),
        (1, Some("ana")),
        "nothing changed yet"
    );
    (id, created)
}

#[tokio::test]
async fn m2_another_account_is_chosen_replace() {
    let world = World::new().await;
    let (id, created) = as_somebody_else(&world).await;
    let view = world
        .connector
        .session_resolve(&world.editor, &created.id, Choice::Replace)
        .await
        .expect("a choice");
    assert_eq!(view.state.as_str(), "connected");
    let row = world
        .connector
        .connection_get(&world.editor, &id)
        .await
        .expect("a connection")
        .row;
    assert_eq!(
        (row.generation, row.account.id.as_deref()),
        (2, Some("bob"))
    );
    let error = world
        .connector
        .session_resolve(&world.editor, &created.id, Choice::Replace)
        .await
        .expect_err("a second choice");
    assert_eq!(Problem::from(error).code, Code::ConnectSessionEnded);
}

#[tokio::test]
async fn m2_another_account_is_chosen_separate() {
    let world = World::new().await;
    let (id, created) = as_somebody_else(&world).await;
    let view = world
        .connector
        .session_resolve(&world.editor, &created.id, Choice::Separate)
        .await
        .expect("a choice");
    let made = view.connection.expect("a connection").row;
    assert_ne!(made.id, id);
    assert_eq!(made.name, "Acme – bob@example.com");
    let live = world
        .connector
        .credential_use(&world.editor, &made.id, Purpose::Request)
        .await;
    assert!(live.is_ok());
    let old = world
        .connector
        .connection_get(&world.editor, &id)
        .await
        .expect("a connection")
        .row;
    assert_eq!(old.account.id.as_deref(), Some("ana"));
}

#[tokio::test]
async fn m2_another_account_is_chosen_discard() {
    let world = World::new().await;
    let (id, created) = as_somebody_else(&world).await;
    let view = world
        .connector
        .session_resolve(&world.editor, &created.id, Choice::Discard)
        .await
        .expect("a choice");
    assert_eq!(view.state.as_str(), "cancelled");
    let row = world
        .connector
        .connection_get(&world.editor, &id)
        .await
        .expect("a connection")
        .row;
    assert_eq!(row.generation, 1);
    let counts = world
        .connector
        .connections_count(&world.admin, &ConnectionListRequest::default())
        .await
        .expect("counts");
    assert_eq!(counts.all, 1);
}

fn with_key(key: &str) -> FormReconnect {
    FormReconnect {
        value: json!({ "api_key": key })
            .as_object()
            .cloned()
            .expect("an object"),
        settings: Map::new(),
        verify: true,
        replace_account: false,
    }
}

#[tokio::test]
async fn m2_reconnect_by_form_keeps_id() {
    let world = World::new().await;
    let row = world.key_connection("Acme").await;
    let again = world
        .connector
        .connection_reconnect_by_form(&world.editor, &row.id, with_key("key-second-0123456789"))
        .await
        .expect("a reconnect");
    assert_eq!((again.id.clone(), again.generation), (row.id.clone(), 2));
    let live = world
        .connector
        .credential_use(&world.editor, &row.id, Purpose::Request)
        .await
        .expect("a credential");
    assert_eq!(
        live.secrets.expose("api_key"),
        Some("key-second-0123456789")
    );

    let error = world
        .connector
        .connection_reconnect_by_form(&world.editor, &row.id, with_key("wrong"))
        .await
        .expect_err("a refusal");
    assert_eq!(Problem::from(error).code, Code::CredentialRejected);

    world.provider.signs_in_as("bob");
    let error = world
        .connector
        .connection_reconnect_by_form(&world.editor, &row.id, with_key("key-second-0123456789"))
        .await
        .expect_err("another account");
    assert_eq!(Problem::from(error).code, Code::Conflict);
    let mut request = with_key("key-second-0123456789");
    request.replace_account = true;
    let switched = world
        .connector
        .connection_reconnect_by_form(&world.editor, &row.id, request)
        .await
        .expect("an accepted switch");
    assert_eq!(switched.account.id.as_deref(), Some("bob"));
}

#[tokio::test]
async fn s5_editors_reconnect_their_own_only() {
    let world = World::new().await;
    let id = world.oauth_connection().await;
    for (actor, allowed) in [
        (&world.other_editor, false),
        (&world.viewer, false),
        (&world.stranger, false),
        (&world.admin, true),
    ] {
        assert_eq!(world.begin(actor, again(&id)).await.is_ok(), allowed);
    }
}
