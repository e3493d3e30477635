//! Tallies against counting.

use sea_orm::ConnectionTrait;

use super::*;
use crate::{
    Store,
    testing::{TestStore, on_both, on_both_across},
};

const KIND: &str = "project, trashed, app, visibility, owner, status, flow_count";

/// Numbers that look random and are the same every time (Lehmer's generator with the multiplier of MINSTD).
fn dice(state: &mut u64, below: u64) -> u64 {
    *state = *state * 48_271 % 2_147_483_647;
    *state % below
}

async fn kinds(store: &Store, sql: &str) -> Vec<(Vec<String>, i64)> {
    let backend = store.reader().get_database_backend();
    let rows = store
        .reader()
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .expect("rows");
    rows.iter()
        .map(|row| {
            let text = |at| row.try_get_by_index(at).expect("a text");
            (
                (0..7).map(text).collect(),
                row.try_get_by_index(7).expect("a number"),
            )
        })
        .collect()
}

/// The tallies are what counting the rows yields.
async fn agree(store: &Store) {
    let held = format!(
        "SELECT project, trashed, app, visibility, owner, status, CAST(flow_count AS text), \
         CAST(sum(count) AS bigint) FROM connection_tallies GROUP BY {KIND} HAVING sum(count) <> 0 \
         ORDER BY 1, 2, 3, 4, 5, 6, 7"
    );
    let counted = "SELECT project, CASE WHEN trashed = '' THEN '' ELSE 'x' END, app, visibility, owner, status, \
         CAST(CASE WHEN flow_count > 0 THEN 1 ELSE 0 END AS text), count(*) FROM connections \
         GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7";
    assert_eq!(kinds(store, &held).await, kinds(store, counted).await);
}

async fn write(db: &impl Db, state: &mut u64, at: u64) {
    let mut of = |prefix: &str, below| format!("{prefix}{}", dice(state, below));
    let some = of("c", at + 1);
    let sql = match of("", 10).as_str() {
        "0" => format!(
            "UPDATE connections SET status = '{}' WHERE id = '{some}'",
            of("S", 3)
        ),
        "1" => format!(
            "UPDATE connections SET flow_count = {} WHERE id = '{some}'",
            of("", 4)
        ),
        "2" => format!("UPDATE connections SET trashed = '{some}' WHERE id = '{some}'"),
        "3" => format!("UPDATE connections SET trashed = '' WHERE id = '{some}'"),
        "4" => format!(
            "UPDATE connections SET owner = '{}', visibility = '{}' WHERE id = '{some}'",
            of("u", 3),
            of("v", 2)
        ),
        "5" => format!("DELETE FROM connections WHERE id = '{some}'"),
        _ => format!(
            "INSERT INTO connections (id, project, app, auth_method, kind, name, name_key, search, owner, visibility, \
             status, status_since, refreshable, scopes, hosts, settings, last_used_at, use_count, flow_count, \
             generation, created_at, created_by, updated_at, trashed, lease_epoch, intent_phase, fail_count) \
             VALUES ('c{at}', '{}', '{}', 'k', 'k', '{at}', '{at}', '{at}', '{}', 'v0', 'S0', 0, FALSE, '', '', '', \
             0, 0, 0, 1, 0, '', 0, '', 0, 'none', 0)",
            of("p", 2),
            of("a", 3),
            of("u", 3)
        ),
    };
    db.execute_unprepared(&sql).await.expect("a write");
}

#[tokio::test]
async fn m1_tallies_follow_every_write() {
    on_both(async |test: TestStore| {
        // The triggers stay with the table, whatever it is called for a while.
        test.table_away("connections").await;
        test.table_back("connections").await;
        let mut state = 11;
        for unit in 0..20 {
            let tx = test.store.begin().await.expect("a write unit");
            for at in unit * 30..(unit + 1) * 30 {
                write(&*tx, &mut state, at).await;
            }
            // What is undone is not counted.
            if unit % 5 == 4 {
                tx.rollback().await.expect("it is undone");
            } else {
                tx.commit().await.expect("a commit");
            }
            agree(&test.store).await;
        }
    })
    .await;
}

#[tokio::test]
async fn m1_tallies_hold_when_many_write_at_once() {
    let test = TestStore::postgres().await;
    let writers = (0..6_u64).map(|writer| {
        let store = test.store.clone();
        async move {
            let mut state = writer + 1;
            for unit in 0..10 {
                let tx = store.begin().await.expect("a write unit");
                for at in 0..5 {
                    // Ids of its own: rows are not shared, kinds are.
                    let at = writer * 1_000 + unit * 5 + at;
                    let sql = format!(
                        "INSERT INTO connections (id, project, app, auth_method, kind, name, name_key, search, owner, \
                         visibility, status, status_since, refreshable, scopes, hosts, settings, last_used_at, \
                         use_count, flow_count, generation, created_at, created_by, updated_at, trashed, \
                         lease_epoch, intent_phase, fail_count) VALUES ('c{at}', 'p', 'a{}', 'k', 'k', '{at}', \
                         '{at}', '{at}', 'u', 'v', 'S', 0, FALSE, '', '', '', 0, 0, 0, 1, 0, '', 0, '', 0, 'none', 0)",
                        dice(&mut state, 2)
                    );
                    tx.execute_unprepared(&sql).await.expect("a write");
                    let sql = format!("UPDATE connections SET status = 'E' WHERE id = 'c{at}'");
                    tx.execute_unprepared(&sql).await.expect("a write");
                }
                tx.commit().await.expect("a commit");
            }
        }
    });
    futures::future::join_all(writers).await;
    agree(&test.store).await;
    let rows = kinds(
        &test.store,
        "SELECT '', '', '', '', '', '', '', count(*) FROM connection_tallies",
    )
    .await;
    assert!(rows[0].1 < 600, "nothing was put together: {rows:?}");
}

#[tokio::test]
async fn connections_of_before_are_counted_afterwards() {
    let before = async |store: &Store| {
        let mut state = 5;
        let tx = store.begin_uncounted().await.expect("a write unit");
        for at in 0..200 {
            write(&*tx, &mut state, at).await;
        }
        tx.commit().await.expect("a commit");
    };
    on_both_across("m0010_connection_tallies", before, agree).await;
}
