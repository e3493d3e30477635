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
    let test = patchbay_store::testing::TestStore::sqlite().await;
    let before = test.store.changes().expect("SQLite counts");
    let uncounted = test.store.begin_uncounted().await.expect("a write unit");
    uncounted.commit().await.expect("a commit");
    assert_eq!(test.store.changes(), Some(before));
    drop(test.store.begin().await.expect("a write unit"));
    assert_eq!(test.store.changes(), Some(before));
    test.store
        .begin()
        .await
        .expect("a write unit")
        .commit()
        .await
        .expect("a commit");
    assert_eq!(test.store.changes(), Some(before + 1));
}
