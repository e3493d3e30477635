//! Logging in with what a form was given.

use patchbay_model::AuthMethodKind;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::{counted, filled, header_of, json_answer, world};

#[tokio::test]
async fn bluesky_logs_in_renews_and_logs_in_again() {
    let world = world().await;
    let login = counted(|nth, request: &Request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if asked["password"] != "app-pass-1" {
            return ResponseTemplate::new(401)
                .set_body_json(json!({"error": "AuthenticationRequired"}));
        }
        json_answer(
            &json!({"accessJwt": format!("login-{nth}"), "refreshJwt": format!("refresh-{nth}"), "lives": 1, "did": "did:plc:1"}),
        )
    });
    world
        .provider
        .answers("POST", "/createSession", login)
        .await;
    let renewal = counted(|nth, request: &Request| match nth {
        1 if request.headers["authorization"] == "Bearer refresh-2" => {
            json_answer(&json!({"accessJwt": "renewed", "refreshJwt": "refresh-b", "lives": 1}))
        }
        _ => ResponseTemplate::new(400).set_body_json(json!({"error": "ExpiredToken"})),
    });
    world
        .provider
        .answers("POST", "/refreshSession", renewal)
        .await;
    let wrong = filled(
        "login",
        "token_exchange",
        json!({"identifier": "ana.example", "password": "app-pass-x"}),
    );
    let Err(refused) = world
        .connector
        .connection_create(&world.editor, wrong)
        .await
    else {
        panic!("a wrong password is refused");
    };
    let problem = patchbay_model::Problem::from(refused);
    assert_eq!(problem.code, patchbay_model::Code::CredentialRejected);
    let right = filled(
        "login",
        "token_exchange",
        json!({"identifier": "ana.example", "password": "app-pass-1"}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, right)
        .await
        .expect("a connection");
    assert_eq!(row.kind, AuthMethodKind::TokenExchange);
    assert_eq!(row.kind.type_name(), "CUSTOM");
    assert_eq!(row.settings["did"], "did:plc:1");
    assert_eq!(row.account.id.as_deref(), Some("ana"));
    let login = world.provider.sent_to("/createSession").await;
    assert_eq!(
        login[1].headers["authorization"],
        "Basic YW5hLmV4YW1wbGU6YXBwLXBhc3MtMQ=="
    );
    let wait = || tokio::time::sleep(std::time::Duration::from_millis(1100));
    wait().await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer renewed"
    );
    wait().await;
    // The first login was refused, the second made the connection.
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer login-3"
    );
    assert_eq!(world.provider.calls_to("/refreshSession").await, 2);
}
