//! Nodes that end in the middle of a renewal (S-27). A node runs on a runtime of its own; dropping that drops every
//! task of it wherever it waits, and nothing of it runs on.

use std::time::Duration;

use patchbay_connect::Connector;
use patchbay_model::{ConnectionId, ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::{
    connections::{IntentPhase, LeaseClaim, refresh_claim},
    testing::TestStore,
};
use tokio::runtime::Runtime;

use crate::{
    refresh_provider::{Rotation, Take},
    refresh_world::{Rota, Token, quick, upkeep, use_on},
};

/// A node that can be ended at any moment.
struct Doomed {
    runtime: Option<Runtime>,
    node: Connector,
}

impl Doomed {
    async fn new(rota: &Rota) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let node = rota.another(quick()).await;
        Self {
            runtime: Some(runtime),
            node,
        }
    }

    fn use_it(&self, rota: &Rota, id: &ConnectionId) {
        let (node, actor, id) = (self.node.clone(), rota.admin.clone(), id.clone());
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move { use_on(&node, &actor, &id).await });
        }
    }

    /// Ends it as `kill -9` would.
    async fn end(mut self) {
        if let Some(runtime) = self.runtime.take() {
            tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(10)))
                .await
                .expect("the runtime ends");
        }
    }
}

/// Where a node ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The attempt is announced, the provider was not asked (F1, F2).
    Announced,
    /// The provider was asked, has acted, and its answer is on the way (F4–F6).
    Answering,
    /// The answer is there and could not be stored (F7–F10).
    Storing,
}

/// Ends a node at a point of a renewal; answers a world in which only the database is left.
async fn ended(rotation: Rotation, at: At) -> (Rota, ConnectionId) {
    let rota = Rota::new(rotation).await;
    let id = rota.connection(Token::Over).await;
    match at {
        At::Announced => {
            let now = Timestamp::now();
            let claim = LeaseClaim {
                owner: "a node that ended",
                attempt: "attempt",
                now,
                until: now.plus(Duration::from_mins(1)),
            };
            let tx = rota.store.begin().await.expect("a write unit");
            refresh_claim(&*tx, &rota.admin.project, &id, 1, claim)
                .await
                .expect("a claim")
                .expect("a lease");
            tx.commit().await.expect("a commit");
        }
        At::Answering => {
            rota.tokens.next([Take::ActAndHold]);
            let doomed = Doomed::new(&rota).await;
            doomed.use_it(&rota, &id);
            rota.tokens.arrived().await;
            doomed.end().await;
            rota.tokens.release();
        }
        At::Storing => {
            rota.tokens.next([Take::ActAndHold]);
            let doomed = Doomed::new(&rota).await;
            doomed.use_it(&rota, &id);
            rota.tokens.arrived().await;
            // Nobody can write while this unit is open.
            let tx = rota.store.begin().await.expect("a write unit");
            rota.tokens.release();
            tokio::time::sleep(Duration::from_millis(300)).await;
            doomed.end().await;
            tx.rollback().await.expect("a rollback");
        }
    }
    let row = rota.row(&id).await;
    assert_eq!(
        (row.generation, row.refresh.intent_phase),
        (1, IntentPhase::Started),
        "{at:?}"
    );
    (rota, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s27_a_renewal_that_was_cut_off_is_taken_up_at_the_next_start() {
    for at in [At::Announced, At::Answering, At::Storing] {
        for rotation in [Rotation::Static, Rotation::Grace] {
            let (rota, id) = ended(rotation, at).await;
            let asked = rota.tokens.requests();
            upkeep(&rota.node);
            let row = rota.until(&id, |row| row.generation == 2).await;
            assert_eq!(row.status, ConnectionStatus::Active, "{at:?} {rotation:?}");
            assert_eq!(rota.tokens.requests(), asked + 1, "{at:?} {rotation:?}");
            rota.use_it(&id).await.expect("a token");
            // What is stored is what counts at the provider.
            assert!(rota.tokens.live().is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s27_a_use_takes_it_up_as_well() {
    let (rota, id) = ended(Rotation::Grace, At::Answering).await;
    assert_eq!(rota.use_it(&id).await.expect("a token"), "access-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s27_what_cannot_be_recovered_is_said() {
    for at in [At::Announced, At::Answering, At::Storing] {
        let (rota, id) = ended(Rotation::Strict, at).await;
        upkeep(&rota.node);
        if at == At::Announced {
            // The provider never heard of it: nothing is lost.
            rota.until(&id, |row| row.generation == 2).await;
            continue;
        }
        let row = rota
            .until(&id, |row| row.status != ConnectionStatus::Active)
            .await;
        assert_eq!(row.status, ConnectionStatus::Expired, "{at:?}");
        assert_eq!(
            row.status_reason,
            Some(StatusReason::RotationInterrupted),
            "{at:?}"
        );
        assert_eq!(rota.tokens.presented_spent(), 1, "{at:?}");
    }
}

#[tokio::test]
async fn s27_on_postgres_the_lease_of_a_lost_node_is_waited_for() {
    let rota = Rota::on(TestStore::postgres().await, Rotation::Grace).await;
    let id = rota.connection(Token::Over).await;
    let now = Timestamp::now();
    let claim = LeaseClaim {
        owner: "a node that ended",
        attempt: "attempt",
        now,
        until: now.plus(Duration::from_secs(2)),
    };
    let tx = rota.store.begin().await.expect("a write unit");
    refresh_claim(&*tx, &rota.admin.project, &id, 1, claim)
        .await
        .expect("a claim")
        .expect("a lease");
    tx.commit().await.expect("a commit");
    upkeep(&rota.node);
    let row = rota.until(&id, |row| row.generation == 2).await;
    assert!(row.last_refreshed_at.expect("a renewal") >= now.plus(Duration::from_secs(2)));
    assert_eq!(rota.tokens.requests(), 1);
}

#[tokio::test]
async fn s27_an_answer_waits_for_the_database_and_shutdown_waits_for_it() {
    let rota = Rota::new(Rotation::Strict).await;
    let id = rota.connection(Token::Due).await;
    rota.tokens.next([Take::ActAndHold]);
    rota.use_it(&id).await.expect("a token");
    rota.tokens.arrived().await;
    let tx = rota.store.begin().await.expect("a write unit");
    rota.tokens.release();
    let node = rota.node.clone();
    let drained = tokio::spawn(async move { node.drain(Duration::from_secs(20)).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(
        !drained.is_finished(),
        "it did not wait for the answer to be stored"
    );
    tx.rollback().await.expect("a rollback");
    drained.await.expect("no panic");
    assert_eq!(rota.row(&id).await.generation, 2);
    assert_eq!(rota.tokens.requests(), 1);
}
