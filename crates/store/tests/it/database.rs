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
async fn the_mark_of_changes_changes_with_counted_commits_only() {
    on_both(async |test| {
        let store = &test.store;
        let mark = async || store.changes().await.expect("a mark");
        // The first write unit makes this process known where others could share the database.
        store.begin().await.expect("a write unit");
        let before = mark().await;
        let uncounted = store.begin_uncounted().await.expect("a write unit");
        uncounted.commit().await.expect("a commit");
        assert_eq!(mark().await, before);
        drop(store.begin().await.expect("a write unit"));
        assert_eq!(mark().await, before);
        let mut seen = vec![before];
        for _ in 0..5 {
            let unit = store.begin().await.expect("a write unit");
            unit.commit().await.expect("a commit");
            let now = mark().await;
            assert!(!seen.contains(&now));
            seen.push(now);
        }
    })
    .await;
}
