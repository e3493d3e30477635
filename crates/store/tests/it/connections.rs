use std::time::Duration;

use patchbay_model::{
    AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, FlowId, ProjectId,
    StatusReason, Timestamp, UserId, Visibility, flow::FlowDocument,
};
use patchbay_store::{
    Page, Store, StoreError,
    connections::{
        ConnectionFilter, ConnectionNew, ConnectionOrder, ConnectionRow, ConnectionSort, Grant,
        IntentPhase, LeaseClaim, RefreshFailure, Refreshed, StatusChange, TabLimits, UsageVersion,
        connection_apps, connection_get, connection_insert, connection_name_taken,
        connection_names_like, connection_restore, connection_revoke, connection_status_set,
        connection_trash, connections_count, connections_list, credential_part, credential_put,
        database_now, refresh_claim, refresh_commit, refresh_due, refresh_failed, usages,
        usages_replace,
    },
    testing::{TestStore, on_both},
};
use serde_json::{Map, json};

fn new(project: &ProjectId, name: &str) -> ConnectionNew {
    ConnectionNew {
        id: ConnectionId::new(),
        project: project.clone(),
        app: "acme".to_owned(),
        name: name.to_owned(),
        owner: UserId::new(),
        visibility: Visibility::Project,
        grant: Grant {
            auth_method: "oauth2".to_owned(),
            kind: AuthMethodKind::OAuth2,
            status: ConnectionStatus::Active,
            status_reason: None,
            expires_at: Some(Timestamp::now().plus(Duration::from_secs(3600))),
            refreshable: true,
            next_refresh_at: Some(Timestamp::from_millis(1)),
            account: AccountIdentity {
                id: Some("1".to_owned()),
                label: Some("ÄNA@example.com".to_owned()),
            },
            scopes: vec!["read".to_owned()],
            hosts: vec!["api.acme.example".to_owned()],
            settings: Map::new(),
            hint: None,
        },
    }
}

async fn stored(store: &Store, new: &ConnectionNew) -> ConnectionRow {
    let now = Timestamp::now();
    let tx = store.begin().await.expect("a write unit");
    connection_insert(&*tx, new, now)
        .await
        .expect("a connection");
    let parts = vec![("access", vec![1, 2]), ("refresh", vec![3])];
    credential_put(&tx, &new.project, &new.id, 1, parts, now)
        .await
        .expect("a credential");
    tx.commit().await.expect("a commit");
    row(store, new).await
}

async fn row(store: &Store, new: &ConnectionNew) -> ConnectionRow {
    connection_get(store.reader(), &new.project, &new.id)
        .await
        .expect("a read")
        .expect("a connection")
}

fn claim<'a>(owner: &'a str, attempt: &'a str, now: Timestamp) -> LeaseClaim<'a> {
    LeaseClaim {
        owner,
        attempt,
        now,
        until: now.plus(Duration::from_secs(60)),
    }
}

#[tokio::test]
async fn connections_come_back_as_they_were_stored() {
    on_both(async |test: TestStore| {
        let project = ProjectId::new();
        let new = new(&project, "Company Acme");
        let row = stored(&test.store, &new).await;
        assert_eq!(
            (row.name.as_str(), row.generation, row.use_count),
            ("Company Acme", 1, 0)
        );
        assert_eq!(
            (&row.account, &row.scopes, &row.hosts),
            (&new.grant.account, &new.grant.scopes, &new.grant.hosts)
        );
        assert_eq!((row.last_used_at, row.deleted_at), (None, None));
        let foreign = connection_get(test.store.reader(), &ProjectId::new(), &new.id).await;
        assert!(foreign.expect("a read").is_none());
    })
    .await;
}

#[tokio::test]
async fn names_are_unique_among_those_that_live() {
    on_both(async |test: TestStore| {
        let (project, other) = (ProjectId::new(), ProjectId::new());
        let first = stored(&test.store, &new(&project, "Größe")).await;
        stored(&test.store, &new(&other, "Größe")).await;
        let tx = test.store.begin().await.expect("a write unit");
        let taken =
            connection_insert(&*tx, &new(&project, " GRÖSSE ".trim()), Timestamp::now()).await;
        assert!(taken.is_ok(), "other letters");
        drop(tx);
        let tx = test.store.begin().await.expect("a write unit");
        let taken = connection_insert(&*tx, &new(&project, "  gRÖßE"), Timestamp::now()).await;
        assert!(matches!(taken, Err(StoreError::Duplicate)));
        drop(tx);
        let like = connection_names_like(test.store.reader(), &project, "GRÖ")
            .await
            .expect("names");
        assert_eq!(like, ["größe"]);
        for (name, taken) in [("Gröss", false), (" GRÖßE", true)] {
            let seen = connection_name_taken(test.store.reader(), &project, name).await;
            assert_eq!(seen.expect("a look"), taken, "{name}");
        }
        let tx = test.store.begin().await.expect("a write unit");
        connection_trash(&*tx, &project, &first.id, Timestamp::now())
            .await
            .expect("the trash");
        connection_insert(&*tx, &new(&project, "größe"), Timestamp::now())
            .await
            .expect("a free name");
        let back = connection_restore(&*tx, &project, &first.id, Timestamp::now()).await;
        assert!(matches!(back, Err(StoreError::Duplicate)));
    })
    .await;
}

#[tokio::test]
async fn two_generations_of_a_credential_are_kept() {
    on_both(async |test: TestStore| {
        let project = ProjectId::new();
        let new = new(&project, "Acme");
        stored(&test.store, &new).await;
        for generation in 2..=4 {
            let tx = test.store.begin().await.expect("a write unit");
            let parts = vec![("access", vec![generation as u8])];
            credential_put(&tx, &project, &new.id, generation, parts, Timestamp::now())
                .await
                .expect("a credential");
            tx.commit().await.expect("a commit");
        }
        let part = async |generation| {
            credential_part(test.store.reader(), &project, &new.id, generation, "access")
                .await
                .expect("a read")
        };
        assert_eq!((part(1).await, part(2).await), (None, None));
        assert_eq!(
            (part(3).await, part(4).await),
            (Some(vec![3]), Some(vec![4]))
        );
    })
    .await;
}

#[tokio::test]
async fn s26_one_lease_at_a_time_and_late_answers_are_fenced() {
    on_both(async |test: TestStore| {
        let store = &test.store;
        let project = ProjectId::new();
        let new = new(&project, "Acme");
        stored(store, &new).await;
        let now = database_now(store.reader()).await.expect("a clock");
        assert!(now.millis().abs_diff(Timestamp::now().millis()) < 60_000);
        let take = async |generation, who: &str, at: Timestamp| {
            let tx = store.begin().await.expect("a write unit");
            let epoch = refresh_claim(&*tx, &project, &new.id, generation, claim("node", who, at))
                .await
                .expect("a claim");
            tx.commit().await.expect("a commit");
            epoch
        };
        let finish = async |generation, epoch| {
            let refreshed = Refreshed {
                parts: vec![("access", vec![9])],
                refreshable: true,
                heals: true,
                ..Refreshed::default()
            };
            let tx = store.begin().await.expect("a write unit");
            let won = refresh_commit(&tx, &project, &new.id, generation, epoch, refreshed, now)
                .await
                .expect("a commit");
            tx.commit().await.expect("a commit");
            won
        };
        assert_eq!(take(7, "a", now).await, None, "another generation");
        let first = take(1, "a", now).await.expect("the lease");
        assert_eq!(take(1, "b", now).await, None, "it is held");
        assert_eq!(
            row(store, &new).await.refresh.intent_phase,
            IntentPhase::Started
        );
        let later = now.plus(Duration::from_secs(61));
        let second = take(1, "b", later).await.expect("the lease, run out");
        assert!(second > first);
        assert!(!finish(1, first).await, "an old epoch");
        assert!(finish(1, second).await);
        assert!(!finish(1, second).await, "an old generation");
        let after = row(store, &new).await;
        assert_eq!(
            (
                after.generation,
                after.refresh.intent_phase,
                after.refresh.lease_until
            ),
            (2, IntentPhase::None, None)
        );

        let third = take(2, "c", later).await.expect("the lease");
        let tx = store.begin().await.expect("a write unit");
        connection_revoke(&*tx, &project, &new.id, StatusReason::RevokedHere, now)
            .await
            .expect("a revocation");
        tx.commit().await.expect("a commit");
        assert!(!finish(2, third).await, "S-41: revoked meanwhile");
        assert_eq!(
            take(3, "d", later.plus(Duration::from_secs(3600))).await,
            None,
            "revoked"
        );
    })
    .await;
}

#[tokio::test]
async fn failures_give_the_lease_back_and_wait() {
    on_both(async |test: TestStore| {
        let store = &test.store;
        let project = ProjectId::new();
        let new = new(&project, "Acme");
        stored(store, &new).await;
        let now = Timestamp::now();
        let since = now.minus(Duration::from_secs(3600));
        let due = async |at| {
            refresh_due(store.reader(), at, since, 10)
                .await
                .expect("what is due")
                .len()
        };
        assert_eq!(due(now).await, 1);
        let tx = store.begin().await.expect("a write unit");
        let epoch = refresh_claim(&*tx, &project, &new.id, 1, claim("a", "1", now))
            .await
            .expect("a claim")
            .expect("the lease");
        let failure = RefreshFailure {
            class: "uncertain",
            phase: IntentPhase::Uncertain,
            next_try_at: Some(now.plus(Duration::from_secs(30))),
        };
        assert!(
            refresh_failed(&*tx, &project, &new.id, epoch, failure)
                .await
                .expect("a note")
        );
        tx.commit().await.expect("a commit");
        let after = row(store, &new).await.refresh;
        assert_eq!(
            (after.fail_count, after.intent_phase, after.lease_until),
            (1, IntentPhase::Uncertain, None)
        );
        assert_eq!(due(now).await, 0);
        assert_eq!(due(now.plus(Duration::from_secs(31))).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_status_is_set_for_the_credential_it_is_about() {
    on_both(async |test: TestStore| {
        let project = ProjectId::new();
        let new = new(&project, "Acme");
        stored(&test.store, &new).await;
        let broken = StatusChange {
            status: ConnectionStatus::Error,
            reason: Some(StatusReason::CredentialRejected),
            provider_error: Some("no"),
        };
        let set = async |generation, at| {
            let tx = test.store.begin().await.expect("a write unit");
            let set = connection_status_set(&*tx, &project, &new.id, generation, broken, at)
                .await
                .expect("a change");
            tx.commit().await.expect("a commit");
            set
        };
        let at = Timestamp::from_millis(1_000);
        assert!(!set(9, at).await);
        assert!(set(1, at).await);
        assert_eq!(row(&test.store, &new).await.status_since, at);
        assert!(set(1, Timestamp::from_millis(2_000)).await);
        assert_eq!(
            row(&test.store, &new).await.status_since,
            at,
            "it has been so since then"
        );
    })
    .await;
}

#[tokio::test]
async fn uses_are_rebuilt_with_the_document() {
    on_both(async |test: TestStore| {
        let project = ProjectId::new();
        let (a, b) = (new(&project, "A"), new(&project, "B"));
        stored(&test.store, &a).await;
        stored(&test.store, &b).await;
        let flow = FlowId::new();
        let document = |connections: &[&ConnectionId]| -> FlowDocument {
            let steps: Vec<_> = connections
                .iter()
                .enumerate()
                .map(|(at, id)| json!({"id": format!("s{at}"), "kind": "http", "connection": {"$connection": id}}))
                .collect();
            serde_json::from_value(json!({"schema": 1, "trigger": {"kind": "manual"}, "steps": steps})).expect("a document")
        };
        let replace = async |version, document: Option<&FlowDocument>| {
            let tx = test.store.begin().await.expect("a write unit");
            usages_replace(&tx, &project, &flow, version, document).await.expect("uses");
            tx.commit().await.expect("a commit");
            (row(&test.store, &a).await.flow_count, row(&test.store, &b).await.flow_count)
        };
        let both = document(&[&a.id, &a.id, &b.id]);
        assert_eq!(replace(UsageVersion::Draft, Some(&both)).await, (1, 1));
        assert_eq!(replace(UsageVersion::Published, Some(&document(&[&a.id]))).await, (1, 1));
        assert_eq!(replace(UsageVersion::Draft, Some(&document(&[]))).await, (1, 0));
        assert_eq!(usages(test.store.reader(), &project, &a.id).await.expect("uses").len(), 1);
        assert_eq!(replace(UsageVersion::Published, None).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn m1_every_order_pages_without_gaps() {
    on_both(async |test: TestStore| {
        let project = ProjectId::new();
        let me = UserId::new();
        for at in 0..25 {
            let mut connection = new(&project, &format!("Name {at:02}"));
            connection.app = format!("app-{}", at % 3);
            if at % 5 == 0 {
                connection.visibility = Visibility::Private;
            }
            if at % 2 == 0 {
                connection.owner = me.clone();
            }
            stored(&test.store, &connection).await;
        }
        let reader = test.store.reader();
        let filter = ConnectionFilter::default();
        for by in [
            ConnectionOrder::Name,
            ConnectionOrder::Status,
            ConnectionOrder::LastUsed,
            ConnectionOrder::Created,
            ConnectionOrder::App,
            ConnectionOrder::Flows,
        ] {
            for descending in [false, true] {
                let mut seen = Vec::new();
                let mut cursor = None;
                loop {
                    let page = Page::new(Some(7), cursor).expect("a page");
                    let sort = ConnectionSort { by, descending };
                    let paged = connections_list(reader, &project, &filter, sort, &page)
                        .await
                        .expect("a list");
                    seen.extend(paged.items.into_iter().map(|row| row.id));
                    cursor = paged.cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                let all = seen.len();
                seen.sort();
                seen.dedup();
                assert_eq!((all, seen.len()), (25, 25), "{by:?} {descending}");
            }
        }
        let mine = ConnectionFilter {
            visible_to: Some(UserId::new()),
            ..ConnectionFilter::default()
        };
        let tabs = TabLimits {
            expiring_before: Timestamp::now(),
            unused_since: Timestamp::now(),
            me: Some(me),
        };
        let counts = connections_count(reader, &project, &mine, &tabs)
            .await
            .expect("counts");
        assert_eq!((counts.all, counts.unused, counts.deleted), (20, 20, 0));
        let apps = connection_apps(reader, &project, &filter)
            .await
            .expect("apps");
        assert_eq!(apps.iter().map(|app| app.count).sum::<i64>(), 25);
        let odd = Page::new(None, Some("WyJhIiwiYiJd".to_owned())).expect("a page");
        let sort = ConnectionSort {
            by: ConnectionOrder::Flows,
            descending: false,
        };
        assert!(matches!(
            connections_list(reader, &project, &filter, sort, &odd).await,
            Err(StoreError::Cursor)
        ));
    })
    .await;
}
