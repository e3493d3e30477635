//! Many uses at once while a connection is withdrawn: none that begins after the withdrawal was acknowledged succeeds,
//! although busy connections are served from what was read a moment ago.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use http::Method;
use patchbay_connect::Purpose;
use patchbay_gateway::GatewayRequest;
use tokio::task::JoinSet;

use crate::site::{Site, json};
use crate::world::World;

const USERS: usize = 8;
/// How many uses each of them makes before the withdrawal at least, and after it.
const EACH: usize = 40;

#[derive(Clone, Copy, Debug)]
enum Withdrawal {
    Revoke,
    MakePrivate,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s41_revoked_is_refused_at_once_under_load() {
    for withdrawal in [Withdrawal::Revoke, Withdrawal::MakePrivate] {
        race(withdrawal).await;
    }
}

async fn race(withdrawal: Withdrawal) {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = Arc::new(World::new(&app, &[]).await);
    let acknowledged = Arc::new(AtomicBool::new(false));
    let before = Arc::new(AtomicUsize::new(0));
    let mut users = JoinSet::new();
    for _ in 0..USERS {
        let (world, acknowledged, before) = (
            Arc::clone(&world),
            Arc::clone(&acknowledged),
            Arc::clone(&before),
        );
        users.spawn(async move {
            let mut after = 0;
            while after < EACH {
                let late = acknowledged.load(Ordering::SeqCst);
                let request = GatewayRequest::new(Purpose::Request, Method::GET, "/x");
                let outcome = world
                    .gateway
                    .send(&world.other_editor, &world.connection, request)
                    .await;
                if late {
                    assert!(outcome.is_err(), "served after it was withdrawn");
                    after += 1;
                } else if outcome.is_ok() {
                    before.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }
    while before.load(Ordering::SeqCst) < USERS * EACH {
        tokio::task::yield_now().await;
    }
    match withdrawal {
        Withdrawal::Revoke => world.revoke().await,
        Withdrawal::MakePrivate => world.make_private().await,
    }
    acknowledged.store(true, Ordering::SeqCst);
    while let Some(user) = users.join_next().await {
        user.expect("no use after the withdrawal succeeds");
    }
}
