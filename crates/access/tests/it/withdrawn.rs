//! Many requests at once while rights are taken away: none that begins after that was acknowledged is let through,
//! although keys in use are answered for from what was read a moment ago.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use patchbay_access::MemberId;
use patchbay_model::{KeyScope, Role};
use tokio::task::JoinSet;

use crate::support::world;

const CALLERS: usize = 8;
/// How many requests each of them makes before at least, and after.
const EACH: usize = 100;

#[derive(Clone, Copy, Debug)]
enum Withdrawal {
    RevokeKey,
    RemoveMember,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s41_a_key_is_refused_at_once_under_load() {
    for withdrawal in [Withdrawal::RevokeKey, Withdrawal::RemoveMember] {
        race(withdrawal).await;
    }
}

async fn race(withdrawal: Withdrawal) {
    let world = world().await;
    let admin = world.admin().await;
    let ben = world.join("Ben", Role::Admin).await;
    let as_ben = world.actor(&ben.person).await;
    let made = world
        .access
        .key_create(&as_ben, "CI", KeyScope::Write)
        .await
        .expect("makes");
    let acknowledged = Arc::new(AtomicBool::new(false));
    let before = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (access, key) = (world.access.clone(), made.secret.clone());
        let (acknowledged, before) = (Arc::clone(&acknowledged), Arc::clone(&before));
        callers.spawn(async move {
            let mut after = 0;
            while after < EACH {
                let late = acknowledged.load(Ordering::SeqCst);
                let outcome = access.actor_for_key(&key).await;
                if late {
                    assert!(outcome.is_err(), "let through after it was withdrawn");
                    after += 1;
                } else if outcome.is_ok() {
                    before.fetch_add(1, Ordering::SeqCst);
                }
                tokio::task::yield_now().await;
            }
        });
    }
    while before.load(Ordering::SeqCst) < CALLERS * EACH {
        tokio::task::yield_now().await;
    }
    match withdrawal {
        Withdrawal::RevokeKey => {
            let id = &made.view.key.id;
            world.access.key_remove(&as_ben, id).await.expect("revokes");
        }
        Withdrawal::RemoveMember => {
            let id = MemberId::User(ben.person.id.clone());
            world
                .access
                .member_remove(&admin, &id)
                .await
                .expect("removes");
        }
    }
    acknowledged.store(true, Ordering::SeqCst);
    while let Some(caller) = callers.join_next().await {
        caller.expect("no request after the withdrawal is let through");
    }
}
