//! A token that is exchanged once more.

use serde_json::json;

use super::{counted, header_of, json_answer, of, row, world};
use crate::world::{CLIENT_SECRET, good};

#[tokio::test]
async fn facebook_exchanges_once_more_and_instagram_renews_the_token_itself() {
    let world = world().await;
    let short = json!({"access_token": "short", "expires_in": 3600, "user_id": 7});
    world
        .provider
        .answers("POST", "/short", json_answer(&short))
        .await;
    let long = json!({"access_token": "long-1", "expires_in": 1});
    world
        .provider
        .answers("GET", "/long", json_answer(&long))
        .await;
    let renewed = counted(|nth, _| {
        json_answer(&json!({"access_token": format!("long-{}", nth + 1), "expires_in": 5_184_000}))
    });
    world.provider.answers("GET", "/renew", renewed).await;
    let created = world
        .begin(&world.editor, of("lasting"))
        .await
        .expect("a session");
    world
        .come_back_to("lasting", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    assert!(row.refreshable, "it is renewed by itself");
    let asked = world.provider.sent_to("/long").await;
    assert_eq!(
        asked[0].url.query(),
        Some(&*format!(
            "grant_type=fb_exchange_token&client_secret={CLIENT_SECRET}&fb_exchange_token=short"
        ))
    );
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer long-2"
    );
    let asked = world.provider.sent_to("/renew").await;
    assert_eq!(
        asked[0].url.query(),
        Some("grant_type=ig_refresh_token&access_token=long-1")
    );
    let now = world
        .connector
        .connection_get(&world.editor, &row.id)
        .await
        .expect("a connection");
    let (next, end) = (now.row.next_refresh_at, now.row.expires_at);
    let left = next.expect("a time").until(end.expect("an end"));
    assert!(
        left >= std::time::Duration::from_secs(2_591_000),
        "half of its life is left: {left:?}"
    );
}

#[tokio::test]
async fn facebook_pages_are_reached_by_two_exchanges() {
    let world = world().await;
    let answers = [
        (
            "POST",
            "/person",
            json!({"access_token": "short", "expires_in": 3600}),
        ),
        (
            "GET",
            "/lasting",
            json!({"access_token": "long", "expires_in": 5_184_000}),
        ),
        (
            "GET",
            "/accounts",
            json!({"data": [{"id": "77", "name": "Acme", "access_token": "of-page"}]}),
        ),
    ];
    for (method, path, body) in &answers {
        world
            .provider
            .answers(method, path, json_answer(body))
            .await;
    }
    let created = world
        .begin(&world.editor, of("pages"))
        .await
        .expect("a session");
    world
        .come_back_to("pages", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let row = row(world.settled(&world.editor, &created.id).await);
    for (path, of) in [("/lasting", "of=short"), ("/accounts", "of=long")] {
        let asked = world.provider.sent_to(path).await;
        assert_eq!(asked[0].url.query(), Some(of), "{path}");
    }
    assert_eq!(
        header_of(&world, &row, "authorization").await,
        "Bearer of-page"
    );
    assert_eq!(row.settings["page_id"], "77");
    assert!(row.expires_at.is_none(), "a Page's token does not end");
}
