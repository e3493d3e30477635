//! Connecting by form.

use patchbay_connect::{ConnectionCreate, ConnectionListRequest};
use patchbay_model::{AuthMethodKind, Code, ConnectionStatus, Problem, StatusReason};
use patchbay_store::testing::on_both;
use serde_json::json;

use crate::{
    provider::{Misbehaviour, misbehaving},
    world::{PASSWORD, World, form},
};

async fn refusal(world: &World, request: ConnectionCreate) -> Problem {
    let error = world
        .connector
        .connection_create(&world.editor, request)
        .await
        .expect_err("a refusal");
    Problem::from(error)
}

async fn nothing_stored(world: &World) {
    let counts = world
        .connector
        .connections_count(&world.admin, &ConnectionListRequest::default())
        .await
        .expect("counts");
    assert_eq!(counts.all, 0);
}

#[tokio::test]
async fn c2_api_key_form() {
    on_both(|database| async {
        let world = World::on(database).await;
        let mut request = World::by_key("Production Acme");
        // Pasted with space around it.
        request.value = json!({ "api_key": "  key-canary-0123456789\n" })
            .as_object()
            .cloned()
            .expect("an object");
        let row = world
            .connector
            .connection_create(&world.editor, request)
            .await
            .expect("a connection");
        assert_eq!(row.status, ConnectionStatus::Active);
        assert_eq!(row.hint.as_deref(), Some("6789"));
        assert_eq!(row.account.label.as_deref(), Some("ana@example.com"));
        assert_eq!(row.hosts, [world.provider.host()]);
        assert_eq!(row.kind, AuthMethodKind::ApiKey);
    })
    .await;
}

#[tokio::test]
async fn c2_basic_form() {
    let world = World::new().await;
    let request = form(
        "Basic",
        AuthMethodKind::Basic,
        json!({ "username": "ana", "password": PASSWORD }),
    );
    let row = world
        .connector
        .connection_create(&world.editor, request)
        .await
        .expect("a connection");
    assert_eq!(row.kind, AuthMethodKind::Basic);
    assert_eq!(row.hint, None);
}

#[tokio::test]
async fn c2_client_credentials_form() {
    let world = World::new().await;
    let value = json!({ "client_id": "svc", "client_secret": "svc-secret" });
    let request = form("Service", AuthMethodKind::OAuth2ClientCredentials, value);
    let row = world
        .connector
        .connection_create(&world.editor, request)
        .await
        .expect("a connection");
    assert!(row.refreshable && row.expires_at.is_some());
    let wrong = json!({ "client_id": "svc", "client_secret": "wrong-secret" });
    let problem = refusal(
        &world,
        form("Wrong", AuthMethodKind::OAuth2ClientCredentials, wrong),
    )
    .await;
    assert_eq!(problem.details.expect("details")["reason"], "wrong_key");
}

#[tokio::test]
async fn c2_a_wrong_key_is_refused_with_the_reason_and_not_repeated() {
    let world = World::new().await;
    let request = form(
        "Wrong",
        AuthMethodKind::ApiKey,
        json!({ "api_key": "wrong-key-secret-7" }),
    );
    let problem = refusal(&world, request).await;
    assert_eq!(problem.code, Code::CredentialRejected);
    let details = problem.details.expect("details");
    assert_eq!(details["reason"], "wrong_key");
    assert_eq!(details["field"], "api_key");
    assert!(
        !details.to_string().contains("wrong-key-secret-7"),
        "{details}"
    );
    nothing_stored(&world).await;
}

#[tokio::test]
async fn c2_every_reason_has_its_word() {
    let world = World::new().await;
    for (status, reason) in [
        (403, "no_permission"),
        (500, "provider_down"),
        (503, "provider_down"),
        (429, "provider_down"),
        (302, "unexpected_answer"),
        (404, "unexpected_answer"),
    ] {
        world
            .provider
            .me_answers(wiremock::ResponseTemplate::new(status));
        let problem = refusal(&world, World::by_key("Acme")).await;
        assert_eq!(
            problem.details.expect("details")["reason"],
            reason,
            "{status}"
        );
    }
    let html =
        wiremock::ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html");
    world.provider.me_answers(html);
    let problem = refusal(&world, World::by_key("Acme")).await;
    assert_eq!(
        problem.details.expect("details")["reason"],
        "unexpected_answer"
    );
    nothing_stored(&world).await;
}

#[tokio::test]
async fn c2_an_unreachable_host_can_be_saved_anyway() {
    let world = World::elsewhere(None, Some("127.0.0.1:9")).await;
    let problem = refusal(&world, World::by_key("Acme")).await;
    assert_eq!(
        problem.details.expect("details")["reason"],
        "host_unreachable"
    );
    let mut request = World::by_key("Acme");
    request.verify = false;
    let row = world
        .connector
        .connection_create(&world.editor, request)
        .await
        .expect("a connection");
    assert_eq!(row.status, ConnectionStatus::Active);
    assert_eq!(row.status_reason, Some(StatusReason::Unverified));
}

#[tokio::test]
async fn bad_input_hostile_apis_are_told_apart() {
    for (how, reason) in [
        (Misbehaviour::Endless, "unexpected_answer"),
        (Misbehaviour::CutOff, "provider_down"),
        (Misbehaviour::Garbage, "unexpected_answer"),
    ] {
        let address = misbehaving(how).await;
        let world = World::elsewhere(None, Some(&address)).await;
        let problem = refusal(&world, World::by_key("Acme")).await;
        assert_eq!(problem.details.expect("details")["reason"], reason);
        nothing_stored(&world).await;
    }
}

#[tokio::test]
async fn bad_input_forms_are_refused_by_field() {
    let world = World::new().await;
    let fields = |problem: Problem| {
        assert_eq!(problem.code, Code::ValidationFailed);
        let details = problem.details.expect("details");
        details["fields"]
            .as_object()
            .expect("fields")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let with = |value| form("Acme", AuthMethodKind::ApiKey, value);
    assert_eq!(
        fields(refusal(&world, with(json!({}))).await),
        ["value.api_key"]
    );
    assert_eq!(
        fields(refusal(&world, with(json!({ "api_key": 7 }))).await),
        ["value.api_key"]
    );
    assert_eq!(
        fields(refusal(&world, with(json!({ "api_key": "k".repeat(20_000) }))).await),
        ["value.api_key"]
    );
    assert_eq!(
        fields(refusal(&world, with(json!({ "api_key": "a\r\nX-Evil: 1" }))).await),
        ["value.api_key"]
    );
    assert_eq!(
        fields(refusal(&world, with(json!({ "api_key": "k", "other": "x" }))).await),
        ["value.other"]
    );
    for name in ["", "   ", &"n".repeat(101), "a\nb"] {
        let mut request = World::by_key("Acme");
        request.name = name.to_owned();
        assert_eq!(fields(refusal(&world, request).await), ["name"], "{name:?}");
    }
    for team in ["UPPER", "a.b", "evil.example/", &"a".repeat(21)] {
        let mut request = World::by_key("Acme");
        request.settings = json!({ "team": team })
            .as_object()
            .cloned()
            .expect("an object");
        assert_eq!(
            fields(refusal(&world, request).await),
            ["settings.team"],
            "{team}"
        );
    }
    nothing_stored(&world).await;
}

#[tokio::test]
async fn bad_input_apps_and_methods_that_are_not_there() {
    let world = World::new().await;
    let mut request = World::by_key("Acme");
    request.app = "nothing".to_owned();
    assert_eq!(refusal(&world, request).await.code, Code::AppNotFound);
    let request = form("Acme", AuthMethodKind::OAuth2, json!({}));
    assert_eq!(refusal(&world, request).await.code, Code::NeedsBrowser);
    let request = form("Acme", AuthMethodKind::Custom, json!({}));
    assert_eq!(refusal(&world, request).await.code, Code::AuthMethodUnknown);
    let mut request = World::by_key("Acme");
    request.kind = None;
    assert_eq!(refusal(&world, request).await.code, Code::ValidationFailed);
}

#[tokio::test]
async fn s5_viewers_create_nothing() {
    let world = World::new().await;
    let error = world
        .connector
        .connection_create(&world.viewer, World::by_key("Acme"))
        .await
        .expect_err("a refusal");
    assert_eq!(Problem::from(error).code, Code::Forbidden);
}

#[tokio::test]
async fn names_are_unique_under_concurrency() {
    on_both(|database| async {
        let world = std::sync::Arc::new(World::on(database).await);
        let mut tasks = tokio::task::JoinSet::new();
        for round in 0..20 {
            let world = std::sync::Arc::clone(&world);
            // Case and space around it make no other name.
            let name = if round % 2 == 0 {
                "Same Name"
            } else {
                " same name "
            };
            tasks.spawn(async move {
                let mut request = World::by_key(name);
                request.verify = false;
                world
                    .connector
                    .connection_create(&world.editor, request)
                    .await
                    .map_err(Problem::from)
            });
        }
        let mut made = 0;
        while let Some(done) = tasks.join_next().await {
            match done.expect("no panic") {
                Ok(_) => made += 1,
                Err(problem) => assert_eq!(problem.code, Code::ConnectionNameTaken, "{problem}"),
            }
        }
        assert_eq!(made, 1);
    })
    .await;
}
