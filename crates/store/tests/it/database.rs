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
