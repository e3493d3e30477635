//! Several nodes on one PostgreSQL database: the row lease, the fence, and answers that come too late (S-26).

use std::time::Duration;

use patchbay_connect::{RefreshTimings, UseError};
use patchbay_model::{ConnectionStatus, Timestamp};
use patchbay_store::{
    connections::{LeaseClaim, database_now, orphan_newest, refresh_claim},
    testing::TestStore,
};
use tokio::task::JoinSet;

use crate::{
    refresh_provider::{Rotation, Take},
    refresh_world::{Rota, Token, quick, upkeep, use_on},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s26_200_uses_on_two_nodes_make_one_request() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Strict).await;
    let other = rota.another(quick()).await;
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let mut uses = JoinSet::new();
    for n in 0..200 {
        let node = if n % 2 == 0 {
            rota.node.clone()
        } else {
            other.clone()
        };
        let (actor, id) = (rota.admin.clone(), id.clone());
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
async fn s26_two_schedulers_renew_each_connection_once() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Grace).await;
    let other = rota.another(quick()).await;
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(rota.connection(Token::Due).await);
    }
    upkeep(&rota.node);
    upkeep(&other);
    for id in &ids {
        rota.until(id, |row| row.generation == 2).await;
    }
    assert_eq!(rota.tokens.requests(), ids.len());
}

/// A lease that some other node holds and never gives back.
async fn leased_elsewhere(rota: &Rota, id: &patchbay_model::ConnectionId) {
    let now = database_now(rota.store.reader()).await.expect("the time");
    let claim = LeaseClaim {
        owner: "another node",
        attempt: "attempt",
        now,
        until: now.plus(Duration::from_mins(1)),
    };
    let tx = rota.store.begin().await.expect("a write unit");
    refresh_claim(&*tx, &rota.admin.project, id, 1, claim)
        .await
        .expect("a claim")
        .expect("a lease");
    tx.commit().await.expect("a commit");
}

#[tokio::test]
async fn s26_the_provider_is_never_asked_without_the_lease() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Strict).await;
    let node = rota.with(RefreshTimings {
        elsewhere: Duration::from_millis(300),
        ..quick()
    });
    let over = rota.connection(Token::Over).await;
    leased_elsewhere(&rota, &over).await;
    let refused = use_on(&node, &rota.admin, &over).await;
    assert!(matches!(refused, Err(UseError::Unavailable { .. })));
    // A token that still works is served all the same.
    let due = rota.connection(Token::Due).await;
    leased_elsewhere(&rota, &due).await;
    assert_eq!(
        use_on(&node, &rota.admin, &due).await.expect("a token"),
        "access-0"
    );
    assert_eq!(rota.tokens.requests(), 0);
    assert_eq!(rota.status(&over).await.0, ConnectionStatus::Active);
}

/// One node is held up past its lease, another one takes over and is refused: the first one's answer is the only way
/// on, and it is neither lost nor does it overwrite anything.
#[tokio::test]
async fn s26_an_answer_that_comes_too_late_is_kept_aside_and_used() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Rotates).await;
    let slow = rota.with(RefreshTimings {
        lease: Duration::from_millis(1),
        ..quick()
    });
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let (node, actor, used) = (slow.clone(), rota.admin.clone(), id.clone());
    let late = tokio::spawn(async move { use_on(&node, &actor, &used).await });
    rota.tokens.arrived().await;
    let other = rota.another(quick()).await;
    let refused = use_on(&other, &rota.admin, &id).await;
    assert!(matches!(refused, Err(UseError::Unusable { .. })));
    assert_eq!(rota.row(&id).await.generation, 1);
    rota.tokens.release();
    // The late answer's refresh token was presented in its turn.
    assert_eq!(late.await.expect("no panic").expect("a token"), "access-2");
    let row = rota.row(&id).await;
    assert_eq!((row.generation, row.status), (2, ConnectionStatus::Active));
    let orphan = orphan_newest(
        rota.store.reader(),
        &rota.admin.project,
        &id,
        Timestamp::now(),
    );
    assert_eq!(orphan.await.expect("a read"), None);
    assert_eq!(
        use_on(&other, &rota.admin, &id).await.expect("a token"),
        "access-2"
    );
}

/// The same with a provider that takes the old token once more: the late answer loses and stays aside.
#[tokio::test]
async fn s26_a_late_answer_never_overwrites_a_newer_one() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Grace).await;
    let slow = rota.with(RefreshTimings {
        lease: Duration::from_millis(1),
        ..quick()
    });
    let id = rota.connection(Token::Over).await;
    rota.tokens.next([Take::ActAndHold]);
    let (node, actor, used) = (slow.clone(), rota.admin.clone(), id.clone());
    let late = tokio::spawn(async move { use_on(&node, &actor, &used).await });
    rota.tokens.arrived().await;
    let other = rota.another(quick()).await;
    assert_eq!(
        use_on(&other, &rota.admin, &id).await.expect("a token"),
        "access-2"
    );
    rota.tokens.release();
    assert_eq!(late.await.expect("no panic").expect("a token"), "access-2");
    assert_eq!(rota.row(&id).await.generation, 2);
    let orphan = orphan_newest(
        rota.store.reader(),
        &rota.admin.project,
        &id,
        Timestamp::now(),
    )
    .await
    .expect("a read")
    .expect("the late answer");
    assert_eq!(orphan.generation, 1);
    assert!(!String::from_utf8_lossy(&orphan.sealed).contains("refresh-"));
}
