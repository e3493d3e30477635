//! Several processes on one PostgreSQL: whatever one of them was told is written, the others act on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use patchbay_store::{Store, testing::TestStore};
use sea_orm::{ConnectionTrait, Statement};

/// How long whoever remembers something does so at most.
const LONGEST: Duration = Duration::from_secs(1);

async fn written(node: &Store, sql: &str) {
    let unit = node.begin().await.expect("a write unit");
    unit.execute_unprepared(sql).await.expect("it is written");
    unit.commit().await.expect("a commit");
}

async fn number(node: &Store) -> i64 {
    let backend = node.reader().get_database_backend();
    let statement = Statement::from_string(backend, "SELECT n FROM numbers");
    let row = node
        .reader()
        .query_one_raw(statement)
        .await
        .expect("an answer");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

/// Reads as the gateway and the keys do: what was read under a mark serves again while the mark is the same.
async fn remember_and_read(node: Store, told: Arc<AtomicI64>, stop: Arc<AtomicBool>) -> (u32, u32) {
    let mut remembered: Option<(u64, Instant, i64)> = None;
    let (mut again, mut anew) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let at_least = told.load(Ordering::SeqCst);
        let mark = node.changes().await.expect("a mark");
        let value = match remembered {
            Some((under, read, value)) if under == mark && read.elapsed() < LONGEST => {
                again += 1;
                value
            }
            _ => {
                let read = Instant::now();
                let value = number(&node).await;
                remembered = Some((mark, read, value));
                anew += 1;
                value
            }
        };
        assert!(
            value >= at_least,
            "{value} was out of date: {at_least} had been written"
        );
        tokio::task::yield_now().await;
    }
    (again, anew)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s41_what_another_node_wrote_counts_at_once_whoever_comes_and_goes() {
    let test = TestStore::postgres().await;
    written(&test.store, "CREATE TABLE numbers (n BIGINT)").await;
    written(&test.store, "INSERT INTO numbers VALUES (0)").await;
    let told = Arc::new(AtomicI64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let reader = remember_and_read(test.store.clone(), told.clone(), stop.clone());
            tokio::spawn(reader)
        })
        .collect();
    let mut last = 0;
    for round in 0..4 {
        let other = Store::open(&test.config).await.expect("another node");
        for one in 0..20 {
            // Now the one that came, now the one that was there.
            let writer = if one % 4 == 3 { &test.store } else { &other };
            last += 1;
            written(writer, &format!("UPDATE numbers SET n = {last}")).await;
            told.store(last, Ordering::SeqCst);
        }
        if round % 2 == 0 {
            other.close().await.expect("it goes");
        }
        // Else it goes without a word, as one that was killed does.
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (again, anew) = reader.await.expect("nothing was out of date");
        assert!(again > 0 && anew > 0, "{again} again, {anew} anew");
    }
}

#[tokio::test]
async fn a_node_alone_does_not_ask_the_database_whether_others_wrote() {
    let test = TestStore::postgres().await;
    written(&test.store, "CREATE TABLE numbers (n BIGINT)").await;
    let before = test.store.changes().await.expect("a mark");
    // What is written past the store is not counted; and without this table the database could not be asked.
    let backend = test.store.reader().get_database_backend();
    let away = Statement::from_string(backend, "ALTER TABLE change_counts RENAME TO elsewhere");
    test.store
        .reader()
        .execute_raw(away)
        .await
        .expect("it is renamed");
    assert_eq!(test.store.changes().await.expect("a mark"), before);
    // With another node there, it has to be asked.
    let join = "INSERT INTO nodes (until) VALUES (clock_timestamp() + interval '1 hour')";
    test.store
        .reader()
        .execute_unprepared(join)
        .await
        .expect("another node");
    let mut tries = 0;
    while test.store.changes().await.is_ok() {
        tries += 1;
        assert!(tries < 100, "it still takes itself for alone");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What was to be written when its node's place was gone is not written, and can be written again.
#[tokio::test]
async fn a_node_that_was_cut_off_writes_nothing_until_it_is_back() {
    let test = TestStore::postgres().await;
    written(&test.store, "CREATE TABLE numbers (n BIGINT)").await;
    written(&test.store, "INSERT INTO numbers VALUES (0)").await;
    let unit = test.store.begin().await.expect("a write unit");
    unit.execute_unprepared("UPDATE numbers SET n = 1")
        .await
        .expect("it is written");
    let ended = "UPDATE nodes SET until = clock_timestamp() - interval '1 second'";
    test.store
        .reader()
        .execute_unprepared(ended)
        .await
        .expect("the lease ends");
    assert!(unit.commit().await.is_err(), "it is not one of them");
    assert_eq!(number(&test.store).await, 0);
    let mut tries = 0;
    loop {
        let unit = test.store.begin().await.expect("a write unit");
        unit.execute_unprepared("UPDATE numbers SET n = 2")
            .await
            .expect("it is written");
        if unit.commit().await.is_ok() {
            break;
        }
        tries += 1;
        assert!(tries < 100, "it does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(number(&test.store).await, 2);
}
