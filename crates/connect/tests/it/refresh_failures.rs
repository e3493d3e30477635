//! What becomes of renewals that fail (security protocol §4.4): which are over, which are tried again and when, and
//! that a token that still works is served meanwhile.

use std::time::Duration;

use patchbay_connect::{RefreshTimings, UseError};
use patchbay_model::{AuthMethodKind, ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::connections::IntentPhase;

use crate::{
    refresh_provider::{Rotation, Take},
    refresh_world::{Rota, Token, quick, upkeep, use_on},
};

const DOWN: Take = Take::Say(500, "", "down");

/// An answer, the class it is of, whether it is tried again by itself, and what is shown while the token works.
struct Case {
    answer: Take,
    class: &'static str,
    again: bool,
    shown: Option<StatusReason>,
}

#[tokio::test]
async fn s26_classes_of_failure() {
    let cases = [
        Case {
            answer: Take::Say(400, "", r#"{"error":"invalid_grant"}"#),
            class: "permanent",
            again: true,
            shown: Some(StatusReason::RefreshRejected),
        },
        Case {
            answer: Take::Say(200, "", r#"{"error":"bad_refresh_token"}"#),
            class: "permanent",
            again: true,
            shown: Some(StatusReason::RefreshRejected),
        },
        Case {
            answer: Take::Say(401, "", r#"{"error":"invalid_client"}"#),
            class: "app",
            again: true,
            shown: Some(StatusReason::AppMisconfigured),
        },
        Case {
            answer: Take::Say(404, "", "nothing here"),
            class: "app",
            again: true,
            shown: Some(StatusReason::AppMisconfigured),
        },
        Case {
            answer: Take::Say(302, "location: http://127.0.0.1:1/\r\n", ""),
            class: "app",
            again: true,
            shown: Some(StatusReason::AppMisconfigured),
        },
        Case {
            answer: Take::Say(429, "retry-after: 120\r\n", "{}"),
            class: "throttled",
            again: true,
            shown: None,
        },
        Case {
            answer: Take::Say(503, "retry-after: 90000\r\n", "{}"),
            class: "throttled",
            again: true,
            shown: None,
        },
        Case {
            answer: DOWN,
            class: "uncertain",
            again: true,
            shown: None,
        },
        Case {
            answer: Take::Cut,
            class: "uncertain",
            again: true,
            shown: None,
        },
        Case {
            answer: Take::Say(200, "", r#"{"token_type":"Bearer"}"#),
            class: "malformed",
            again: true,
            shown: None,
        },
        Case {
            answer: Take::Say(200, "", "<html>hello</html>"),
            class: "malformed",
            again: true,
            shown: None,
        },
    ];
    for case in cases {
        let rota = Rota::new(Rotation::Strict).await;
        let id = rota.connection(Token::Due).await;
        rota.tokens.always(case.answer.clone());
        assert_eq!(
            rota.use_it(&id).await.expect("a token"),
            "access-0",
            "{:?}",
            case.answer
        );
        let row = rota
            .until(&id, |row| {
                row.refresh.fail_count > 0 && row.refresh.lease_until.is_none()
            })
            .await;
        assert_eq!(
            row.refresh.fail_class.as_deref(),
            Some(case.class),
            "{:?}",
            case.answer
        );
        assert_eq!(
            row.refresh.next_try_at.is_some(),
            case.again,
            "{:?}",
            case.answer
        );
        let row = rota.until(&id, |row| row.status_reason == case.shown).await;
        assert_eq!(
            (row.status, row.generation),
            (ConnectionStatus::Active, 1),
            "{:?}",
            case.answer
        );
        // Still served.
        assert_eq!(
            rota.use_it(&id).await.expect("a token"),
            "access-0",
            "{:?}",
            case.answer
        );
    }
}

#[tokio::test]
async fn s28_retry_after_is_obeyed_for_an_hour_at_most() {
    for (said, at_least, at_most) in [("120", 100, 121), ("90000", 3500, 3601)] {
        let rota = Rota::new(Rotation::Strict).await;
        let id = rota.connection(Token::Over).await;
        let headers = if said == "120" {
            "retry-after: 120\r\n"
        } else {
            "retry-after: 90000\r\n"
        };
        rota.tokens.always(Take::Say(429, headers, "{}"));
        let before = Timestamp::now();
        let Err(UseError::Unavailable { retry_after, .. }) = rota.use_it(&id).await else {
            panic!("there is no token to serve");
        };
        assert!(
            (at_least..=at_most).contains(&retry_after.as_secs()),
            "{retry_after:?}"
        );
        let row = rota.row(&id).await;
        let wait = before
            .until(row.refresh.next_try_at.expect("a moment"))
            .as_secs();
        assert!((at_least..=at_most).contains(&wait), "{wait}");
        // Nobody asks before, however urgent it is.
        rota.use_it(&id).await.expect_err("still throttled");
        assert_eq!(rota.tokens.requests(), 1);
    }
}

#[tokio::test]
async fn s3_a_provider_that_is_down_lets_the_token_work_to_its_end_and_no_longer() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens.always(DOWN);
    let id = rota.connection(Token::DueFor(Duration::from_secs(3))).await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-0");
    upkeep(&rota.node);
    let row = rota
        .until(&id, |row| row.status != ConnectionStatus::Active)
        .await;
    assert_eq!(row.status, ConnectionStatus::Expired);
    assert_eq!(row.status_reason, Some(StatusReason::ProviderUnavailable));
    let at = row.expires_at.expect("an end");
    assert!(
        row.status_since.plus(Duration::from_secs(1)) >= at,
        "it was called expired before its end"
    );
    rota.use_it(&id).await.expect_err("it has run out");
    // It comes back by itself.
    rota.tokens.always(Take::Well);
    let row = rota.until(&id, |row| row.generation == 2).await;
    assert_eq!(
        (row.status, row.status_reason),
        (ConnectionStatus::Active, None)
    );
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-1");
}

#[tokio::test]
async fn s3_a_refused_token_expires_at_its_end_after_one_confirmation() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens.forget();
    let id = rota.connection(Token::DueFor(Duration::from_secs(3))).await;
    upkeep(&rota.node);
    let row = rota
        .until(&id, |row| {
            row.refresh.fail_count == 2 && row.refresh.lease_until.is_none()
        })
        .await;
    assert_eq!(row.refresh.intent_phase, IntentPhase::None);
    let row = rota
        .until(&id, |row| row.status != ConnectionStatus::Active)
        .await;
    assert_eq!(row.status, ConnectionStatus::Expired);
    assert_eq!(row.status_reason, Some(StatusReason::RefreshRejected));
    assert!(row.status_since.plus(Duration::from_secs(1)) >= row.expires_at.expect("an end"));
    assert!(matches!(
        rota.use_it(&id).await,
        Err(UseError::Unusable { .. })
    ));
    assert_eq!(rota.tokens.requests(), 2);
}

#[tokio::test]
async fn s26_one_refusal_by_mistake_is_forgiven() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens
        .next([Take::Say(400, "", r#"{"error":"invalid_grant"}"#)]);
    let id = rota.connection(Token::Due).await;
    upkeep(&rota.node);
    let row = rota.until(&id, |row| row.generation == 2).await;
    assert_eq!(
        (row.status, row.status_reason),
        (ConnectionStatus::Active, None)
    );
}

#[tokio::test]
async fn s26_an_answer_that_gets_lost_is_asked_for_again_at_once() {
    let rota = Rota::new(Rotation::Grace).await;
    rota.tokens.next([Take::ActAndCut]);
    let id = rota.connection(Token::Over).await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-2");
    assert_eq!(rota.tokens.requests(), 2);
}

#[tokio::test]
async fn s26_a_provider_without_grace_makes_a_lost_answer_final_and_says_so() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens.next([Take::ActAndCut]);
    let id = rota.connection(Token::Over).await;
    assert!(matches!(
        rota.use_it(&id).await,
        Err(UseError::Unusable { .. })
    ));
    let (status, reason) = rota.status(&id).await;
    assert_eq!(status, ConnectionStatus::Expired);
    assert_eq!(reason, Some(StatusReason::RotationInterrupted));
    // Nothing more is asked, and nothing was deleted.
    upkeep(&rota.node);
    rota.use_it(&id).await.expect_err("over");
    assert_eq!(rota.tokens.requests(), 2);
}

#[tokio::test]
async fn s28_a_refused_client_is_asked_about_once_for_all_its_connections() {
    let rota = Rota::new(Rotation::Grace).await;
    rota.tokens
        .always(Take::Say(401, "", r#"{"error":"invalid_client"}"#));
    let first = rota.connection(Token::Due).await;
    rota.use_it(&first).await.expect("a token");
    rota.until(&first, |row| {
        row.status_reason == Some(StatusReason::AppMisconfigured)
    })
    .await;
    let over = rota.connection(Token::Over).await;
    let due = rota.connection(Token::Due).await;
    upkeep(&rota.node);
    rota.until(&due, |row| row.refresh.fail_class.as_deref() == Some("app"))
        .await;
    rota.until(&over, |row| row.status == ConnectionStatus::Expired)
        .await;
    assert_eq!(
        rota.status(&over).await.1,
        Some(StatusReason::AppMisconfigured)
    );
    assert_eq!(rota.status(&due).await.0, ConnectionStatus::Active);
    assert_eq!(rota.tokens.requests(), 1);
    // An admin mends it: all go on at once.
    rota.tokens.always(Take::Well);
    rota.client_set("rota").await;
    for id in [&first, &over, &due] {
        let row = rota.until(id, |row| row.generation == 2).await;
        assert_eq!(
            (row.status, row.status_reason),
            (ConnectionStatus::Active, None)
        );
    }
}

#[tokio::test]
async fn s26_three_answers_that_are_no_token_are_the_apps_fault() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens
        .always(Take::Say(200, "", "<html>maintenance</html>"));
    let id = rota.connection(Token::Due).await;
    upkeep(&rota.node);
    rota.until(&id, |row| row.refresh.fail_class.as_deref() == Some("app"))
        .await;
    assert_eq!(rota.tokens.requests(), 3);
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-0");
}

#[tokio::test]
async fn s26_a_provider_out_of_reach_is_tried_again_when_somebody_waits() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Over).await;
    let hour = RefreshTimings {
        answer_within: Duration::from_millis(100),
        backoff: Duration::from_mins(4),
        ..quick()
    };
    let node = rota.with(hour);
    rota.tokens.always(Take::ActAndHold);
    assert!(matches!(
        use_on(&node, &rota.admin, &id).await,
        Err(UseError::Unavailable { .. })
    ));
    let row = rota.row(&id).await;
    assert_eq!(row.status, ConnectionStatus::Expired);
    assert_eq!(row.status_reason, Some(StatusReason::ProviderUnavailable));
}

#[tokio::test]
async fn s3_without_its_client_a_connection_works_to_its_end() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.node
        .oauth_client_delete(&rota.admin, "bare")
        .await
        .expect("it goes");
    let kind = AuthMethodKind::OAuth2;
    let due = rota
        .connect("bare", kind, Token::Due, Timestamp::now())
        .await;
    assert_eq!(rota.use_it(&due).await.expect("a token"), "access-0");
    rota.until(&due, |row| {
        row.status_reason == Some(StatusReason::AppMisconfigured)
    })
    .await;
    let over = rota
        .connect("bare", kind, Token::Over, Timestamp::now())
        .await;
    rota.use_it(&over)
        .await
        .expect_err("nothing to renew it with");
    assert_eq!(rota.status(&over).await.0, ConnectionStatus::Expired);
    rota.client_set("bare").await;
    assert_eq!(rota.use_it(&over).await.expect("a token"), "access-1");
}
