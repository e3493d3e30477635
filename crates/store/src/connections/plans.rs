//! By which index SQLite answers each question that is asked of very many connections. PostgreSQL decides by what it
//! has counted in its tables, and differently tomorrow.

use std::time::Duration;

use patchbay_model::{ConnectionStatus, ProjectId, Timestamp, UserId};
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

use super::{
    ConnectionFilter, ConnectionOrder, ConnectionSort, TabLimits, due,
    list::{BY_ID, Wanted},
    tally::{apps_tallied, counts_statement},
    texts::{blocks, one_of},
    write::names_query,
};
use crate::{Page, testing::TestStore};

const SQLITE: DbBackend = DbBackend::Sqlite;
const ORDERS: [(ConnectionOrder, &str); 6] = [
    (ConnectionOrder::Name, "connections_listed"),
    (ConnectionOrder::Status, "connections_status"),
    (ConnectionOrder::LastUsed, "connections_last_used"),
    (ConnectionOrder::Created, "connections_created"),
    (ConnectionOrder::App, "connections_app"),
    (ConnectionOrder::Flows, "connections_flows"),
];

/// The steps of the plan, as SQLite words them.
async fn plan(test: &TestStore, mut statement: Statement) -> Vec<String> {
    statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    let rows = test.store.reader().query_all_raw(statement).await;
    let rows = rows.expect("a plan");
    rows.iter()
        .map(|row| row.try_get::<String>("", "detail").expect("a detail"))
        .collect()
}

fn filters() -> Vec<ConnectionFilter> {
    let now = Timestamp::now();
    let all = ConnectionFilter::default;
    vec![
        ConnectionFilter {
            q: Some("sales".to_owned()),
            ..all()
        },
        ConnectionFilter {
            apps: vec!["acme".to_owned(), "other".to_owned()],
            ..all()
        },
        ConnectionFilter {
            owner: Some(UserId::new()),
            ..all()
        },
        ConnectionFilter {
            visible_to: Some(UserId::new()),
            ..all()
        },
        ConnectionFilter {
            only_of: Some(UserId::new()),
            ..all()
        },
        ConnectionFilter {
            statuses: vec![ConnectionStatus::Active],
            ..all()
        },
        ConnectionFilter {
            statuses: vec![ConnectionStatus::Revoked, ConnectionStatus::Error],
            ..all()
        },
        ConnectionFilter {
            attention: true,
            ..all()
        },
        ConnectionFilter {
            unused_since: Some(now),
            ..all()
        },
        ConnectionFilter {
            expiring_before: Some(now),
            ..all()
        },
    ]
}

#[tokio::test]
async fn m1_pages_are_read_in_order_or_from_the_narrow_index() {
    let test = TestStore::sqlite().await;
    let project = ProjectId::new();
    let page = Page::new(Some(50), None).expect("a page");
    for (by, index) in ORDERS {
        for descending in [false, true] {
            let sort = ConnectionSort { by, descending };
            for filter in filters() {
                let wanted = Wanted {
                    project: &project,
                    filter: &filter,
                    sort,
                    page: &page,
                };
                let narrowing = filter.narrowing().expect("a filter");
                let plain = plan(&test, wanted.plain().expect("a query").build(SQLITE)).await;
                let walk = wanted.walk(narrowing.clone(), SQLITE).expect("a query");
                let walk = plan(&test, walk).await;
                for steps in [&plain, &walk] {
                    let found = steps.iter().filter(|step| {
                        step.contains(index)
                            || by == ConnectionOrder::Name && step.contains("connections_name")
                    });
                    assert_eq!(found.count(), 1, "{by:?}: {steps:?}");
                }
                assert!(
                    !plain.iter().any(|step| step.contains("TEMP B-TREE")),
                    "{by:?}: {plain:?}"
                );
                let scan = wanted
                    .scan(Some(narrowing.clone()), SQLITE)
                    .expect("a query");
                for steps in [walk, plan(&test, scan).await] {
                    assert!(
                        steps.iter().any(|step| step.starts_with("SEARCH page")),
                        "rows by their ids: {steps:?}"
                    );
                    assert!(!steps.iter().any(|step| step.starts_with("SCAN page")));
                }
                for (index, part) in wanted.parts() {
                    let few = plan(&test, wanted.few(&part, index, SQLITE)).await;
                    let only =
                        format!("USING COVERING INDEX {index} (project=? AND trashed=? AND ");
                    assert!(few.iter().any(|step| step.contains(&only)), "{few:?}");
                    let gather = wanted.gather(narrowing.clone(), index, SQLITE);
                    let gather = plan(&test, gather.expect("a query")).await;
                    let by = format!("INDEX {index} (project=? AND trashed=? AND ");
                    let step = gather.iter().find(|step| step.contains(&by));
                    let step = step.expect("by the part's index");
                    // What is not active is sorted without a look at its rows.
                    let covering = step.contains("COVERING");
                    assert!(covering || index != "connections_attention", "{gather:?}");
                    assert!(gather[0].starts_with("SEARCH page"), "{gather:?}");
                }
                let having = narrowing.clone().add(one_of(SQLITE, &[]));
                let gather = wanted.gather(having, BY_ID, SQLITE).expect("a query");
                let gather = plan(&test, gather).await;
                let by_id = format!("SEARCH connections USING INDEX {BY_ID} (id=?)");
                assert!(gather.contains(&by_id), "{gather:?}");
                let scan = wanted.scan(filter.narrowing(), SQLITE).expect("a query");
                let scan = plan(&test, scan).await;
                assert!(
                    scan.iter()
                        .any(|step| step.contains("USING COVERING INDEX connections_listed")),
                    "{filter:?}: {scan:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn m1_counts_are_read_from_tallies_and_indexes() {
    let test = TestStore::sqlite().await;
    let project = ProjectId::new();
    let tabs = TabLimits {
        expiring_before: Timestamp::now(),
        unused_since: Timestamp::now(),
        me: Some(UserId::new()),
    };
    let mut all = filters();
    all.push(ConnectionFilter::default());
    for filter in all {
        let counts = counts_statement(SQLITE, &project, &filter, &tabs, None);
        let steps = plan(&test, counts).await;
        let reading = steps.iter().filter(|step| step.contains(" connections"));
        if filter.text().is_some() {
            for step in reading {
                assert!(
                    step.contains("USING COVERING INDEX connections_listed"),
                    "{step}"
                );
            }
            let few = counts_statement(SQLITE, &project, &filter, &tabs, Some(&[]));
            let few = plan(&test, few).await;
            for step in few.iter().filter(|step| step.contains(" connections")) {
                assert!(step.contains(BY_ID), "{few:?}");
            }
        } else {
            let asked = [
                "connections USING PRIMARY KEY (project=?)",
                "connections USING COVERING INDEX connections_unused (project=? AND trashed=? AND last_used_at>?)",
                "INDEX connections_expiring (project=? AND trashed=? AND refreshable=? AND status=? AND expires_at<?)",
            ];
            for asked in asked {
                let step = steps.iter().find(|step| step.contains(asked));
                assert!(step.is_some(), "{asked}: {steps:?}");
            }
            let reading = reading.filter(|step| step.starts_with("SEARCH"));
            assert_eq!(reading.count(), asked.len(), "{steps:?}");
        }
        if filter.search().is_none() && filter.tabs().is_none() {
            let apps = SQLITE.build(&apps_tallied(&project, &filter, 10));
            let apps = plan(&test, apps).await;
            for asked in [
                "SEARCH connections USING PRIMARY KEY (project=? AND trashed=?)",
                "SEARCH used USING COVERING INDEX connections_app_used (project=? AND trashed=? AND app=? AND visibility=? AND owner=?)",
            ] {
                assert!(apps.iter().any(|step| step == asked), "{apps:?}");
            }
        }
    }
}

#[tokio::test]
async fn m1_texts_are_read_from_their_blocks() {
    let test = TestStore::sqlite().await;
    let query = blocks(&ProjectId::new(), "zq", "").expect("a query");
    let steps = plan(&test, query).await;
    assert_eq!(
        steps,
        [
            "SEARCH connection_texts USING INDEX sqlite_autoindex_connection_texts_1 (project=? AND first>?)"
        ]
    );
}

/// The schedule asks these every second, also while there is nothing to do: they may look at what is due, and at
/// nothing else.
#[tokio::test]
async fn m3_the_schedule_looks_only_at_what_is_due() {
    let test = TestStore::sqlite().await;
    let now = Timestamp::now();
    let since = now.minus(Duration::from_secs(3600));
    let mut asked: Vec<(Statement, &str)> = vec![
        (
            due::due_query(now, since, 10).build(SQLITE),
            "connections_refresh (trashed=? AND next_refresh_at<?)",
        ),
        (
            due::unsettled_query(now, 10).build(SQLITE),
            "connections_next_try (trashed=? AND next_try_at<?)",
        ),
        (
            due::interrupted_query(sea_orm::Condition::all(), 10).build(SQLITE),
            "connections_intent (intent_phase=?)",
        ),
        (
            due::park_query(now, since).build(SQLITE),
            "connections_refresh (trashed=? AND next_refresh_at<?)",
        ),
    ];
    let [never, failed] = due::ending();
    let never_ending =
        "connections_expiry (trashed=? AND status=? AND refreshable=? AND expires_at";
    asked.push((
        due::expired_query(never, now, 10).build(SQLITE),
        never_ending,
    ));
    asked.push((
        due::expired_query(failed, now, 10).build(SQLITE),
        "connections_failed (trashed=? AND status=? AND expires_at",
    ));
    let places = [
        "connections_refresh (trashed=? AND next_refresh_at>?)",
        "connections_next_try (trashed=? AND next_try_at>?)",
        never_ending,
        "connections_failed (trashed=? AND status=? AND expires_at",
    ];
    for (moment, index) in due::moments(now).into_iter().zip(places) {
        asked.push((moment.build(SQLITE), index));
    }
    for (statement, index) in asked {
        let sql = statement.sql.clone();
        let steps = plan(&test, statement).await;
        assert!(steps[0].contains(index), "{index}: {steps:?}\n{sql}");
    }
}

#[tokio::test]
async fn names_are_looked_up_by_how_they_start() {
    let test = TestStore::sqlite().await;
    let query = names_query(&ProjectId::new(), "acme", true).build(SQLITE);
    let steps = plan(&test, query).await;
    let range = "(project=? AND trashed=? AND name_key>? AND name_key<?)";
    assert!(steps[0].contains(range), "{steps:?}");
}
