//! OAuth 1.0a.

use std::collections::BTreeMap;

use patchbay_connect::CallbackQuery;
use patchbay_model::AuthMethodKind;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{filled, header_of, of, row, world};
use crate::world::sent;

#[tokio::test]
async fn x_signs_in_by_oauth_1_and_signs_each_request() {
    let world = world().await;
    let temporary =
        "oauth_token=temp-1&oauth_token_secret=temp-secret&oauth_callback_confirmed=true";
    let temporary = ResponseTemplate::new(200).set_body_string(temporary);
    world
        .provider
        .answers("POST", "/request_token", temporary)
        .await;
    let lasting =
        "oauth_token=lasting-1&oauth_token_secret=lasting-secret&user_id=7&screen_name=ana";
    let lasting = ResponseTemplate::new(200).set_body_string(lasting);
    world
        .provider
        .answers("POST", "/access_token", lasting)
        .await;
    let begin = || async {
        world
            .begin(&world.editor, of("first"))
            .await
            .expect("a session")
    };
    let created = begin().await;
    assert_eq!(sent(&created, "oauth_token").as_deref(), Some("temp-1"));
    assert_eq!(sent(&created, "force_login").as_deref(), Some("true"));
    let first = world.provider.sent_to("/request_token").await;
    let header = first[0].headers["authorization"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        header.starts_with("OAuth oauth_nonce=")
            && header.contains("oauth_consumer_key=\"client-1\"")
    );
    let callback = header
        .split("oauth_callback=\"")
        .nth(1)
        .expect("a callback");
    let callback = callback.split('"').next().expect("a callback");
    let callback = url::form_urlencoded::parse(format!("u={callback}").as_bytes())
        .next()
        .expect("a URL")
        .1
        .into_owned();
    let state = callback.split("state=").nth(1).expect("a state").to_owned();
    let back = |token: &str, state: &str| CallbackQuery {
        state: Some(state.to_owned()),
        other: BTreeMap::from([
            ("oauth_token".to_owned(), token.to_owned()),
            ("oauth_verifier".to_owned(), "verifier-1".to_owned()),
        ]),
        ..CallbackQuery::default()
    };
    world
        .come_back_to("first", Some(&world.editor), back("temp-1", &state))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    assert_eq!(row.kind, AuthMethodKind::OAuth1);
    assert_eq!(row.settings["screen_name"], "ana");
    let exchange = world.provider.sent_to("/access_token").await;
    let header = exchange[0].headers["authorization"].to_str().expect("text");
    assert!(
        header.contains("oauth_token=\"temp-1\"")
            && header.contains("oauth_verifier=\"verifier-1\"")
    );
    let header = header_of(&world, &row, "authorization").await;
    assert!(
        header.contains("oauth_token=\"lasting-1\"") && header.contains("oauth_signature=\""),
        "{header}"
    );
    assert!(!header.contains("secret"));
}

#[tokio::test]
async fn s18_another_sign_ins_token_is_not_taken() {
    let world = world().await;
    let temporary =
        ResponseTemplate::new(200).set_body_string("oauth_token=temp-1&oauth_token_secret=s");
    world
        .provider
        .answers("POST", "/request_token", temporary)
        .await;
    let created = world
        .begin(&world.editor, of("first"))
        .await
        .expect("a session");
    let asked = world.provider.sent_to("/request_token").await;
    let header = asked[0].headers["authorization"]
        .to_str()
        .expect("text")
        .to_owned();
    let state = header
        .split("state%3D")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a state")
        .to_owned();
    let query = CallbackQuery {
        state: Some(state),
        other: BTreeMap::from([
            ("oauth_token".to_owned(), "temp-of-another".to_owned()),
            ("oauth_verifier".to_owned(), "v".to_owned()),
        ]),
        ..CallbackQuery::default()
    };
    world
        .come_back_to("first", Some(&world.editor), query)
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.error.expect("an error").code, "callback_refused");
    assert_eq!(world.provider.calls_to("/access_token").await, 0);
}

#[tokio::test]
async fn netsuite_takes_tokens_of_ones_own() {
    let world = world().await;
    let create = filled(
        "first",
        "oauth1_2",
        json!({"consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts"}),
    );
    let row = world
        .connector
        .connection_create(&world.editor, create)
        .await
        .expect("a connection");
    assert_eq!(row.kind.type_name(), "CUSTOM");
    let header = header_of(&world, &row, "authorization").await;
    assert!(
        header.starts_with("OAuth realm=\"123_SB1\", ") && header.contains("HMAC-SHA256"),
        "{header}"
    );
}
