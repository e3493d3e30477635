use patchbay_model::Timestamp;
use patchbay_store::{
    idempotency::{Claim, KeptAnswer, claim, keep, purge, release},
    testing::on_both,
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const YESTERDAY: Timestamp = Timestamp::from_millis(0);

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    on_both(async |test| {
        let db = test.store.reader();
        let tx = test.store.begin().await.expect("a write unit");
        assert_eq!(
            claim(&*tx, "a", "post 1", NOW, YESTERDAY).await.ok(),
            Some(Claim::New)
        );
        assert_eq!(
            claim(&*tx, "a", "post 1", NOW, YESTERDAY).await.ok(),
            Some(Claim::InFlight)
        );
        assert_eq!(
            claim(&*tx, "a", "post 2", NOW, YESTERDAY).await.ok(),
            Some(Claim::Mismatch)
        );
        let answer = KeptAnswer {
            status: 201,
            content_type: Some("application/json".into()),
            body: b"{}".to_vec(),
        };
        keep(&*tx, "a", answer.clone()).await.expect("it is kept");
        tx.commit().await.expect("a commit");
        assert_eq!(
            claim(db, "a", "post 1", NOW, YESTERDAY).await.ok(),
            Some(Claim::Answered(answer))
        );
        release(db, "a").await.expect("it is released");
        assert_eq!(
            claim(db, "a", "post 2", NOW, YESTERDAY).await.ok(),
            Some(Claim::New)
        );
        assert_eq!(
            purge(db, Timestamp::from_millis(2_000_000)).await.ok(),
            Some(1)
        );
    })
    .await;
}
