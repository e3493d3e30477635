//! Renewal on demand and ahead of time (S3).

use std::time::Duration;

use patchbay_connect::RefreshTimings;
use patchbay_model::{AuthMethodKind, ConnectionStatus, Timestamp};
use patchbay_store::connections::{LeaseClaim, Refreshed, refresh_claim, refresh_commit};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    refresh_provider::{Rotation, Take},
    refresh_world::{Rota, Token, quick, upkeep, use_on},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s26_200_uses_of_a_token_that_ran_out_make_one_request() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let mut uses = JoinSet::new();
    for _ in 0..200 {
        let (node, actor, id) = (rota.node.clone(), rota.admin.clone(), id.clone());
        uses.spawn(async move { use_on(&node, &actor, &id).await });
    }
    rota.tokens.arrived().await;
    rota.tokens.release();
    while let Some(used) = uses.join_next().await {
        assert_eq!(used.expect("no panic").expect("a token"), "access-1");
    }
    assert_eq!(rota.tokens.requests(), 1);
    assert_eq!(rota.row(&id).await.generation, 2);
}

#[tokio::test]
async fn s26_a_due_token_is_served_while_one_renewal_goes_on_behind() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Due).await;
    rota.tokens.next([Take::ActAndHold]);
    for _ in 0..20 {
        assert_eq!(rota.use_it(&id).await.expect("a token"), "access-0");
    }
    rota.tokens.arrived().await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-0");
    rota.tokens.release();
    rota.until(&id, |row| row.generation == 2).await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-1");
    assert_eq!(rota.tokens.requests(), 1);
}

#[tokio::test]
async fn s26_a_user_who_goes_away_does_not_cut_a_renewal_off() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let (node, actor, used) = (rota.node.clone(), rota.admin.clone(), id.clone());
    let waiting = tokio::spawn(async move { use_on(&node, &actor, &used).await });
    rota.tokens.arrived().await;
    waiting.abort();
    rota.tokens.release();
    rota.until(&id, |row| row.generation == 2).await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-1");
    assert_eq!(rota.tokens.requests(), 1);
}

#[tokio::test]
async fn s3_short_tokens_are_renewed_ahead_of_their_end_again_and_again() {
    let rota = Rota::new(Rotation::Strict).await;
    rota.tokens.says(json!({ "expires_in": 2 }));
    let id = rota.connection(Token::Due).await;
    upkeep(&rota.node);
    let row = rota.until(&id, |row| row.generation >= 5).await;
    assert_eq!(row.status, ConnectionStatus::Active);
    assert_eq!(rota.tokens.presented_spent(), 0);
}

#[tokio::test]
async fn s3_client_credentials_are_granted_again() {
    let rota = Rota::new(Rotation::Static).await;
    let kind = AuthMethodKind::OAuth2ClientCredentials;
    let id = rota
        .connect("rota", kind, Token::Over, Timestamp::now())
        .await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-1");
    let due = rota
        .connect("rota", kind, Token::Due, Timestamp::now())
        .await;
    upkeep(&rota.node);
    rota.until(&due, |row| row.generation == 2).await;
    assert_eq!(rota.tokens.requests(), 2);
}

#[tokio::test]
async fn s3_an_idle_connection_is_renewed_when_it_is_used() {
    let rota = Rota::new(Rotation::Rotates).await;
    let long_ago = Timestamp::now().minus(Duration::from_hours(24 * 8));
    let idle = rota
        .connect("rota", AuthMethodKind::OAuth2, Token::Over, long_ago)
        .await;
    upkeep(&rota.node);
    // Taken off the schedule, not renewed and not called expired.
    let row = rota.until(&idle, |row| row.next_refresh_at.is_none()).await;
    assert_eq!((row.status, row.generation), (ConnectionStatus::Active, 1));
    assert_eq!(rota.tokens.requests(), 0);
    assert_eq!(rota.use_it(&idle).await.expect("a token"), "access-1");
    assert!(rota.row(&idle).await.next_refresh_at.is_some());
}

#[tokio::test]
async fn s3_without_a_new_refresh_token_the_old_one_stays() {
    let rota = Rota::new(Rotation::Static).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens.says(json!({ "expires_in": 1 }));
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-1");
    rota.until(&id, |row| {
        row.expires_at.is_some_and(|at| at < Timestamp::now())
    })
    .await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-2");
}

#[tokio::test]
async fn s3_a_shrunk_scope_is_recorded() {
    let rota = Rota::new(Rotation::Rotates).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens
        .says(json!({ "expires_in": 3600, "scope": "read" }));
    rota.use_it(&id).await.expect("a token");
    assert_eq!(rota.row(&id).await.scopes, ["read"]);
}

#[tokio::test]
async fn s29_odd_lifetimes_are_taken_for_what_they_can_mean() {
    for (said, lives) in [
        (json!({}), None),
        (json!({ "expires_in": null }), None),
        (json!({ "expires_in": 0 }), None),
        (json!({ "expires_in": -1 }), None),
        (json!({ "expires_in": "3600" }), Some(3600)),
        (json!({ "expires_in": 3600.5 }), Some(3600)),
        (json!({ "expires_in": 1e18 }), Some(3_155_760_000)),
    ] {
        let rota = Rota::new(Rotation::Rotates).await;
        let id = rota.connection(Token::Over).await;
        rota.tokens.says(said.clone());
        let before = Timestamp::now();
        assert_eq!(
            rota.use_it(&id).await.expect("a token"),
            "access-1",
            "{said}"
        );
        let row = rota.row(&id).await;
        let life = row.expires_at.map(|at| before.until(at).as_secs());
        match lives {
            None => assert_eq!(life, None, "{said}"),
            Some(seconds) => assert!(
                life.is_some_and(|life| life >= seconds && life < seconds + 60),
                "{said}"
            ),
        }
        assert_eq!(
            rota.use_it(&id).await.expect("a token"),
            "access-1",
            "{said}"
        );
        assert_eq!(rota.tokens.requests(), 1, "{said}");
    }
}

#[tokio::test]
async fn s29_a_token_from_the_future_is_renewed_after_the_clock_was_set_back() {
    let rota = Rota::new(Rotation::Rotates).await;
    let id = rota.connection(Token::Fresh).await;
    let ahead = Timestamp::now().plus(Duration::from_hours(2));
    let project = &rota.admin.project;
    let claim = LeaseClaim {
        owner: "node",
        attempt: "attempt",
        now: ahead,
        until: ahead,
    };
    let tx = rota.store.begin().await.expect("a write unit");
    let epoch = refresh_claim(&*tx, project, &id, 1, claim)
        .await
        .expect("a claim")
        .expect("a lease");
    let refreshed = Refreshed {
        expires_at: Some(ahead.plus(Duration::from_hours(1))),
        next_refresh_at: Some(ahead.plus(Duration::from_mins(30))),
        refreshable: true,
        heals: true,
        parts: rota.resealed(&id, 2),
        ..Refreshed::default()
    };
    assert!(
        refresh_commit(&tx, project, &id, 1, epoch, refreshed, ahead)
            .await
            .expect("a commit")
    );
    tx.commit().await.expect("a commit");
    // Its end is not to be trusted, but it is good for now.
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-0");
    let row = rota.until(&id, |row| row.generation == 3).await;
    assert!(
        row.last_refreshed_at
            .is_some_and(|at| at <= Timestamp::now())
    );
}

#[tokio::test]
async fn s28_one_slow_app_does_not_hold_up_another() {
    let rota = Rota::new(Rotation::Grace).await;
    let mut slow = Vec::new();
    for _ in 0..80 {
        slow.push(rota.connection(Token::Due).await);
    }
    rota.tokens.always(Take::ActAndHold);
    let node = rota.with(RefreshTimings {
        answer_within: Duration::from_mins(5),
        lease: Duration::from_mins(6),
        ..quick()
    });
    upkeep(&node);
    rota.tokens.arrived().await;
    let other = rota
        .connect("bare", AuthMethodKind::OAuth2, Token::Due, Timestamp::now())
        .await;
    rota.until(&other, |row| row.refresh.lease_until.is_some())
        .await;
    let asked = rota.tokens.requests();
    assert!(
        asked < slow.len(),
        "the slow app has taken every place: {asked}"
    );
}
