//! The browser's way back: one state, one browser, one outcome.

use std::{sync::Arc, time::Duration};

use patchbay_connect::{CallbackQuery, ConnectionListRequest, SessionCreate, return_to_checked};
use patchbay_model::{Actor, Code, Problem, Timestamp};
use patchbay_store::{connect_sessions::sessions_sweep, testing::on_both};
use serde_json::json;

use crate::world::{World, acme, good, sent};

#[tokio::test]
async fn c2_oauth_sign_in() {
    on_both(|database| async {
        let world = World::on(database).await;
        let created = world.begin_acme(&world.editor).await;
        assert_eq!(
            sent(&created, "redirect_uri").as_deref(),
            Some("http://127.0.0.1:8700/oauth/callback/acme")
        );
        assert_eq!(
            sent(&created, "code_challenge_method").as_deref(),
            Some("S256")
        );
        assert_eq!(sent(&created, "scope").as_deref(), Some("read write"));
        assert!(sent(&created, "state").is_some_and(|state| state.len() == 43));
        let end = world
            .come_back(Some(&world.editor), good(&created))
            .await
            .expect("a callback");
        assert_eq!(end.session, created.id);
        let view = world.settled(&world.editor, &created.id).await;
        assert_eq!(view.state.as_str(), "connected", "{:?}", view.error);
        let row = view.connection.expect("a connection").row;
        assert_eq!(row.name, "Acme – ana@example.com");
        assert_eq!(row.account.id.as_deref(), Some("ana"));
        assert!(row.refreshable && row.expires_at.is_some() && row.next_refresh_at.is_some());
        // The same account again, under another name.
        let second = world.signed_in(&world.editor, acme()).await;
        let second = second.connection.expect("a connection").row;
        assert_eq!(second.name, "Acme – ana@example.com 2");
        assert_ne!(second.id, row.id);
    })
    .await;
}

#[tokio::test]
async fn s16_a_state_works_once() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let calls = world.provider.token_calls();
    let problem = world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect_err("a replay");
    assert_eq!(problem.code, Code::ConnectSessionNotFound);
    assert_eq!(world.provider.token_calls(), calls);
    assert_eq!(
        world
            .settled(&world.editor, &created.id)
            .await
            .state
            .as_str(),
        "connected"
    );
}

#[tokio::test]
async fn s16_missing_and_made_up_states_are_refused() {
    let world = World::new().await;
    for state in [
        None,
        Some(String::new()),
        Some("x".repeat(43)),
        Some("y".repeat(100_000)),
    ] {
        let query = CallbackQuery {
            code: Some("good-code".to_owned()),
            state,
            ..CallbackQuery::default()
        };
        let problem = world
            .come_back(Some(&world.editor), query)
            .await
            .expect_err("a refusal");
        assert_eq!(problem.code, Code::ConnectSessionNotFound);
    }
    assert_eq!(world.provider.token_calls(), 0);
}

async fn ends_foreign(world: &World, browser: Option<&Actor>) {
    let created = world.begin_acme(&world.editor).await;
    let problem = world
        .come_back(browser, good(&created))
        .await
        .expect_err("a refusal");
    assert_eq!(problem.code, Code::ConnectSessionForeign);
    assert_eq!(world.provider.token_calls(), 0);
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.state.as_str(), "failed");
    assert_eq!(view.error.expect("an error").code, "session_foreign");
    // The state is spent: the right browser cannot use it any more either.
    let problem = world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect_err("a replay");
    assert_eq!(problem.code, Code::ConnectSessionNotFound);
    assert_eq!(world.provider.token_calls(), 0);
}

#[tokio::test]
async fn s16_no_cookie_no_connection() {
    ends_foreign(&World::new().await, None).await;
}

#[tokio::test]
async fn s17_somebody_else_finishing_is_refused() {
    let world = World::new().await;
    ends_foreign(&world, Some(&world.other_editor)).await;
    ends_foreign(&world, Some(&world.stranger)).await;
}

#[tokio::test]
async fn s16_the_same_person_in_another_browser_is_refused() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    let mut browser = crate::world::browser_of(&world.editor);
    browser.token = "another browser".to_owned();
    let error = world
        .connector
        .session_callback("acme", Some(browser), good(&created))
        .await
        .expect_err("a refusal");
    assert_eq!(Problem::from(error).code, Code::ConnectSessionForeign);
    assert_eq!(world.provider.token_calls(), 0);
}

#[tokio::test]
async fn s16_an_expired_session_is_refused() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    let later = Timestamp::now().plus(Duration::from_secs(601));
    let tx = world.store.begin().await.expect("a write unit");
    sessions_sweep(&*tx, later, Timestamp::from_millis(0))
        .await
        .expect("a sweep");
    tx.commit().await.expect("a commit");
    let problem = world
        .come_back(Some(&world.editor), good(&created))
        .await
        .expect_err("a refusal");
    assert_eq!(problem.code, Code::ConnectSessionNotFound);
    assert_eq!(world.provider.token_calls(), 0);
    assert_eq!(
        world
            .settled(&world.editor, &created.id)
            .await
            .state
            .as_str(),
        "expired"
    );
}

#[tokio::test]
async fn s16_a_hundred_callbacks_at_once_make_one_connection() {
    on_both(|database| async {
        let world = Arc::new(World::on(database).await);
        let created = world.begin_acme(&world.editor).await;
        let query = good(&created);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (world, query) = (Arc::clone(&world), query.clone());
            tasks.spawn(async move { world.come_back(Some(&world.editor), query).await });
        }
        let mut taken = 0;
        while let Some(done) = tasks.join_next().await {
            match done.expect("no panic") {
                Ok(_) => taken += 1,
                Err(problem) => assert_eq!(problem.code, Code::ConnectSessionNotFound, "{problem}"),
            }
        }
        assert_eq!(taken, 1);
        assert_eq!(
            world
                .settled(&world.editor, &created.id)
                .await
                .state
                .as_str(),
            "connected"
        );
        assert_eq!(world.provider.token_calls(), 1);
        let counts = world
            .connector
            .connections_count(&world.admin, &ConnectionListRequest::default())
            .await
            .expect("counts");
        assert_eq!(counts.all, 1);
    })
    .await;
}

#[tokio::test]
async fn s18_another_apps_address_is_refused() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    world
        .come_back_to("open", Some(&world.editor), good(&created))
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.error.expect("an error").code, "app_mismatch");
    assert_eq!(world.provider.token_calls(), 0);
}

#[tokio::test]
async fn s18_another_issuer_is_refused() {
    let world = World::new().await;
    let own = format!("http://{}", world.provider.host());
    for (iss, state) in [
        (Some("https://evil.example".to_owned()), "failed"),
        (Some(format!("{own}/")), "failed"),
        (Some(own), "connected"),
        (None, "connected"),
    ] {
        let created = world.begin_acme(&world.editor).await;
        let calls = world.provider.token_calls();
        let query = CallbackQuery {
            iss: iss.clone(),
            ..good(&created)
        };
        world
            .come_back(Some(&world.editor), query)
            .await
            .expect("a callback");
        assert_eq!(
            world
                .settled(&world.editor, &created.id)
                .await
                .state
                .as_str(),
            state,
            "{iss:?}"
        );
        assert_eq!(world.provider.token_calls() > calls, state == "connected");
    }
}

#[tokio::test]
async fn s18_an_editor_cannot_send_the_clients_secret_to_a_host_of_their_choice() {
    let world = World::new().await;
    let put = patchbay_connect::OAuthClientPut {
        client_id: Some("client-2".to_owned()),
        client_secret: Some("shared-secret".to_owned()),
        ..Default::default()
    };
    world
        .connector
        .oauth_client_put(&world.admin, "open", put)
        .await
        .expect("a client");
    let request = || SessionCreate {
        app: Some("open".to_owned()),
        settings: json!({ "token_url": "http://evil.example/token" })
            .as_object()
            .cloned()
            .expect("an object"),
        ..SessionCreate::default()
    };
    let error = world
        .begin(&world.editor, request())
        .await
        .expect_err("a refusal");
    assert_eq!(Problem::from(error).code, Code::Forbidden);
    world
        .begin(&world.admin, request())
        .await
        .expect("an admin may");
}

#[tokio::test]
async fn s19_a_code_of_another_sign_in_is_refused_and_not_tried_without_proof() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    let query = CallbackQuery {
        code: Some("stolen-code".to_owned()),
        ..good(&created)
    };
    world
        .come_back(Some(&world.editor), query)
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.state.as_str(), "failed");
    let error = view.error.expect("an error");
    assert_eq!(error.code, "provider_refused");
    assert_eq!(
        error.provider_error.as_deref(),
        Some("invalid_grant: not this")
    );
    assert_eq!(world.provider.token_calls(), 1);
}

#[tokio::test]
async fn declining_is_an_outcome_of_its_own() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    let query = CallbackQuery {
        state: sent(&created, "state"),
        error: Some("access_denied".to_owned()),
        error_description: Some("The user\r\nsaid <b>no</b>".to_owned()),
        ..CallbackQuery::default()
    };
    world
        .come_back(Some(&world.editor), query)
        .await
        .expect("a callback");
    let view = world.settled(&world.editor, &created.id).await;
    assert_eq!(view.state.as_str(), "declined");
    assert!(
        !view
            .error
            .expect("an error")
            .provider_error
            .unwrap_or_default()
            .contains('\n')
    );
    assert_eq!(world.provider.token_calls(), 0);
}

#[tokio::test]
async fn a_cancelled_session_connects_nothing() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    let view = world
        .connector
        .session_cancel(&world.editor, &created.id)
        .await
        .expect("a cancel");
    assert_eq!(view.state.as_str(), "cancelled");
    assert!(
        world
            .come_back(Some(&world.editor), good(&created))
            .await
            .is_err()
    );
    assert_eq!(world.provider.token_calls(), 0);
}

#[tokio::test]
async fn s4_a_session_is_its_persons_alone() {
    let world = World::new().await;
    let created = world.begin_acme(&world.editor).await;
    for actor in [
        &world.admin,
        &world.other_editor,
        &world.viewer,
        &world.stranger,
    ] {
        let error = world
            .connector
            .session_view(actor, &created.id)
            .await
            .expect_err("a refusal");
        assert_eq!(Problem::from(error).code, Code::ConnectSessionNotFound);
    }
    assert!(world.begin(&world.viewer, acme()).await.is_err());
}

#[tokio::test]
async fn without_a_client_the_answer_says_what_to_do() {
    let world = World::new().await;
    world
        .connector
        .oauth_client_delete(&world.admin, "acme")
        .await
        .expect("a removal");
    let error = world
        .begin(&world.editor, acme())
        .await
        .expect_err("a refusal");
    let problem = Problem::from(error);
    assert_eq!(problem.code, Code::OAuthClientMissing);
    let details = problem.details.expect("details");
    assert_eq!(
        details["redirectUri"],
        "http://127.0.0.1:8700/oauth/callback/acme"
    );
    assert_eq!(details["canConfigure"], false);
    assert_eq!(details["admins"], json!(["Ada"]));
}

#[test]
fn s20_return_to_stays_here() {
    for good in [
        "/",
        "/connections",
        "/p/proj_1/flows/flow_1?step=me#x",
        "/a/b-c_d~e.f",
        "/x?next=https://e.example/",
    ] {
        assert_eq!(return_to_checked(good), Ok(good));
    }
    let mut bad: Vec<String> = [
        "",
        "connections",
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " /connections",
        "/ /evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/%2f/evil.example",
        "/%2F%2Fevil.example",
        "/%5cevil.example",
        "/%09/evil.example",
        "/%0d%0aLocation:x",
        "/.//evil.example",
        "/..//evil.example",
        "/a/..//evil.example",
        "/./\\evil.example",
        "?x",
        "#x",
        "@evil.example",
        "/\u{2028}x",
        "/é",
        "/\u{ff0f}evil.example",
        "/\0",
        "/\u{7f}",
        "ftp://evil.example",
        ".evil.example",
        "/\r",
    ]
    .map(str::to_owned)
    .into();
    let wraps = [
        "{}",
        "//{}",
        "/\\{}",
        "https:{}",
        "https:/{}",
        "https://{}",
        "\\\\{}",
        "http:\\\\{}",
        "//{}/%2f..",
    ];
    for host in [
        "evil.example",
        "evil.example:443",
        "user@evil.example",
        "[::1]",
        "127.1",
        "0x7f.1",
        "evil%2eexample",
    ] {
        bad.extend(wraps.iter().map(|wrap| wrap.replace("{}", host)));
    }
    for scheme in [
        "javascript",
        "JaVaScRiPt",
        "vbscript",
        "file",
        "blob",
        "about",
        "view-source",
        "ws",
        "wss",
        "mailto",
    ] {
        bad.extend([
            format!("{scheme}:x"),
            format!("{scheme}://x"),
            format!(" {scheme}:x"),
            format!("\u{1}{scheme}:x"),
        ]);
    }
    bad.push(format!("/{}", "a".repeat(3000)));
    assert!(bad.len() > 130);
    for text in bad {
        assert!(return_to_checked(&text).is_err(), "{text:?}");
    }
}
