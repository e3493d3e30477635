//! Tokens that are signed with a key file.

use std::collections::BTreeMap;

use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::{counted, filled, header_of, json_answer, world};

#[tokio::test]
async fn a_google_service_account_signs_for_a_token() {
    let world = world().await;
    let answer = counted(|nth, _| {
        json_answer(&json!({"access_token": format!("ya29.{nth}"), "expires_in": 1}))
    });
    world.provider.answers("POST", "/assert", answer).await;
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(der.as_ref())
    );
    let file = json!({"client_email": "bot@example.iam.gserviceaccount.com", "private_key": pem});
    let create = filled(
        "signed",
        "jwt_bearer",
        json!({"key_file": file.to_string()}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert!(row.refreshable);
    let asked = world.provider.sent_to("/assert").await;
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&asked[0].body)
        .into_owned()
        .collect();
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:jwt-bearer"
    );
    let mut parts = form["assertion"].split('.');
    let mut part = || -> Value {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(parts.next().expect("a part").as_bytes());
        serde_json::from_slice(&bytes.expect("base64url")).expect("JSON")
    };
    assert_eq!(part(), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let claims = part();
    assert_eq!(claims["iss"], "bot@example.iam.gserviceaccount.com");
    assert_eq!(
        claims["exp"]
            .as_i64()
            .zip(claims["iat"].as_i64())
            .map(|(exp, iat)| exp - iat),
        Some(300)
    );
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer ya29.2"
    );
    let mut broken = filled(
        "signed",
        "jwt_bearer",
        json!({"key_file": "{\"client_email\": \"x\", \"private_key\": \"canary-key\"}"}),
    );
    broken.name = "Broken".to_owned();
    let Err(error) = world
        .connector
        .connection_create(&world.editor, broken)
        .await
    else {
        panic!("a key that cannot be read is refused");
    };
    let shown = format!("{:?}", patchbay_model::Problem::from(error));
    assert!(
        shown.contains("BEGIN PRIVATE KEY") && !shown.contains("canary-key"),
        "{shown}"
    );
}

#[tokio::test]
async fn ghost_gets_a_token_of_its_own_with_each_request() {
    let world = world().await;
    let create = filled("signed", "jwt_bearer_2", json!({"admin_key": "abc:00ff10"}));
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert!(!row.refreshable && row.expires_at.is_none());
    let header = header_of(&world, &row, "authorization").await;
    let jwt = header.strip_prefix("Ghost ").expect("the scheme");
    assert_eq!(jwt.split('.').count(), 3);
}

#[tokio::test]
async fn a_github_app_gets_a_token_for_its_installation() {
    let world = world().await;
    let path = "/installations/42/access_tokens";
    let answer = counted(|nth, _| {
        let end = if nth == 1 {
            "2020-01-01T00:00:00Z"
        } else {
            "2199-01-01T00:00:00Z"
        };
        ResponseTemplate::new(201)
            .set_body_json(json!({"token": format!("ghs_{nth}"), "expires_at": end}))
    });
    world.provider.answers("POST", path, answer).await;
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(der.as_ref())
    );
    let value = json!({"private_key": pem, "app_id": "123456"});
    let create = filled("signed", "jwt_bearer_3", value);
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    let asked = world.provider.sent_to(path).await;
    let jwt = asked[0].headers["authorization"].to_str().expect("text");
    let jwt = jwt.strip_prefix("Bearer ").expect("the scheme");
    let claims = jwt.split('.').nth(1).expect("claims").as_bytes();
    let claims = data_encoding::BASE64URL_NOPAD
        .decode(claims)
        .expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["iss"], "123456");
    // The first token has ended: the app signs again and calls with what it gets.
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer ghs_2"
    );
}
