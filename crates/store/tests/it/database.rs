use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use patchbay_store::testing::on_both;

#[tokio::test]
async fn a_store_opens_answers_and_opens_again() {
    on_both(async |test| {
        test.store.ping().await.expect("it answers");
        let again = patchbay_store::Store::open(&test.config)
            .await
            .expect("it opens a second time");
        again
            .begin()
            .await
            .expect("a write unit")
            .commit()
            .await
            .expect("a commit");
        again.close().await.expect("it closes");
    })
    .await;
}

#[tokio::test]
async fn changes_grow_with_counted_commits_only() {
    on_both(async |test| {
        let store = &test.store;
        let count = async || store.changes().await.expect("a count");
        let before = count().await;
        let uncounted = store.begin_uncounted().await.expect("a write unit");
        uncounted.commit().await.expect("a commit");
        assert_eq!(count().await, before);
        drop(store.begin().await.expect("a write unit"));
        assert_eq!(count().await, before);
        for _ in 0..5 {
            let unit = store.begin().await.expect("a write unit");
            unit.commit().await.expect("a commit");
        }
        assert_eq!(count().await, before + 5);
    })
    .await;
}

/// Whoever asks after a commit of another node was acknowledged sees it counted, however many ask at once.
#[tokio::test]
async fn changes_of_one_node_are_counted_on_the_other() {
    let test = patchbay_store::testing::TestStore::postgres().await;
    let other = patchbay_store::Store::open(&test.config)
        .await
        .expect("a second node");
    let stop = Arc::new(AtomicBool::new(false));
    let crowd: Vec<_> = (0..16)
        .map(|_| {
            let (other, stop) = (other.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut last = 0;
                while !stop.load(Ordering::Relaxed) {
                    let now = other.changes().await.expect("a count");
                    assert!(now >= last, "it does not fall");
                    last = now;
                }
            })
        })
        .collect();
    let before = other.changes().await.expect("a count");
    for done in 1..=50 {
        let unit = test.store.begin().await.expect("a write unit");
        unit.commit().await.expect("a commit");
        assert_eq!(other.changes().await.expect("a count"), before + done);
    }
    stop.store(true, Ordering::Relaxed);
    for one in crowd {
        one.await.expect("none failed");
    }
}
