use patchbay_model::{Actor, ProjectId};
use patchbay_store::{
    Page, Store,
    audit::{
        AuditFault, AuditFilter, AuditKey, AuditSubject, NewAuditEntry, append, chains, list,
        verify,
    },
    testing::on_both,
};
use sea_orm::ConnectionTrait;

const ENTRIES: i64 = 1_000;

fn key(version: u16) -> Option<AuditKey> {
    (version == 1).then(|| AuditKey::new(1, &[9; 32]))
}

async fn write(store: &Store, project: &ProjectId, count: i64) {
    let tx = store.begin().await.expect("a write unit");
    let actor = Actor::system(project.clone());
    let key = key(1).expect("a key");
    for n in 0..count {
        let subject = AuditSubject::new("flow", format!("flow_{n}"), format!("Flow {n}"));
        let entry = NewAuditEntry::new(&actor, "flow.update", subject)
            .details(serde_json::json!({ "n": n }))
            .host("api.example.com");
        append(&tx, &key, &entry).await.expect("appends");
    }
    tx.commit().await.expect("a commit");
}

async fn tamper(store: &Store, sql: &str) {
    store
        .reader()
        .execute_unprepared(sql)
        .await
        .expect("the database obeys its owner");
}

async fn faults(store: &Store, project: &ProjectId) -> Vec<AuditFault> {
    verify(store.reader(), Some(project), key)
        .await
        .expect("reads")
        .faults
}

#[tokio::test]
async fn s32_every_altered_entry_is_named() {
    on_both(async |test| {
        let (store, project) = (&test.store, ProjectId::new());
        write(store, &project, ENTRIES).await;
        assert_eq!(faults(store, &project).await, []);
        let columns = [
            "at = at + 1",
            "actor_kind = 'user'",
            "actor_id = 'x'",
            "actor_name = 'x'",
            "action = 'flow.delete'",
            "subject_kind = 'x'",
            "subject_id = 'x'",
            "subject_name = 'x'",
            "details = '{}'",
            "host = NULL",
            "id = 'aud_' || seq",
        ];
        for (index, column) in columns.iter().enumerate() {
            tamper(
                store,
                &format!(
                    "UPDATE audit SET {column} WHERE seq % {} = {index}",
                    columns.len()
                ),
            )
            .await;
        }
        let wanted: Vec<_> = (1..=ENTRIES)
            .map(|seq| AuditFault::Altered { seq })
            .collect();
        assert_eq!(faults(store, &project).await, wanted);
    })
    .await;
}

#[tokio::test]
async fn s32_every_missing_entry_is_named() {
    on_both(async |test| {
        let (store, project) = (&test.store, ProjectId::new());
        write(store, &project, ENTRIES).await;
        tamper(store, "DELETE FROM audit WHERE seq % 10 = 0").await;
        let wanted: Vec<_> = (1..=ENTRIES / 10)
            .map(|n| AuditFault::Missing {
                from: n * 10,
                to: n * 10,
            })
            .collect();
        assert_eq!(faults(store, &project).await, wanted);
    })
    .await;
}

#[tokio::test]
async fn s32_reordered_entries_are_named() {
    on_both(async |test| {
        let (store, project) = (&test.store, ProjectId::new());
        write(store, &project, ENTRIES).await;
        for sql in [
            "UPDATE audit SET seq = -seq",
            "UPDATE audit SET seq = -seq + 1 WHERE seq % 2 <> 0",
            "UPDATE audit SET seq = -seq - 1 WHERE seq < 0 AND seq % 2 = 0",
        ] {
            tamper(store, sql).await;
        }
        let wanted: Vec<_> = (1..=ENTRIES)
            .map(|seq| AuditFault::Altered { seq })
            .collect();
        assert_eq!(faults(store, &project).await, wanted);
    })
    .await;
}

#[tokio::test]
async fn s32_the_end_cannot_be_cut_off_or_grown() {
    on_both(async |test| {
        let (store, project) = (&test.store, ProjectId::new());
        write(store, &project, 20).await;
        tamper(store, "DELETE FROM audit WHERE seq > 17").await;
        assert_eq!(
            faults(store, &project).await,
            [AuditFault::Missing { from: 18, to: 20 }]
        );
        tamper(
            store,
            "UPDATE audit_heads SET seq = 17, chain = (SELECT chain FROM audit WHERE seq = 17)",
        )
        .await;
        assert_eq!(faults(store, &project).await, [AuditFault::HeadAltered]);
        tamper(store, "DELETE FROM audit_heads").await;
        assert_eq!(faults(store, &project).await, [AuditFault::HeadAltered]);
    })
    .await;
}

#[tokio::test]
async fn s32_entries_of_another_project_do_not_fit_in() {
    on_both(async |test| {
        let store = &test.store;
        let (mine, theirs) = (ProjectId::new(), ProjectId::new());
        write(store, &mine, 3).await;
        write(store, &theirs, 3).await;
        tamper(
            store,
            &format!("DELETE FROM audit WHERE project_id = '{mine}' AND seq = 2"),
        )
        .await;
        tamper(
            store,
            &format!(
                "UPDATE audit SET project_id = '{mine}' WHERE project_id = '{theirs}' AND seq = 2"
            ),
        )
        .await;
        assert_eq!(
            faults(store, &mine).await,
            [
                AuditFault::Altered { seq: 2 },
                AuditFault::Altered { seq: 3 }
            ]
        );
        assert_eq!(
            faults(store, &theirs).await,
            [AuditFault::Missing { from: 2, to: 2 }]
        );
        assert_eq!(chains(store.reader()).await.expect("lists").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn s32_a_key_that_is_not_there_is_named() {
    on_both(async |test| {
        let (store, project) = (&test.store, ProjectId::new());
        write(store, &project, 2).await;
        tamper(store, "UPDATE audit SET key_version = 3 WHERE seq = 2").await;
        assert_eq!(
            faults(store, &project).await,
            [AuditFault::KeyUnknown { seq: 2, version: 3 }]
        );
    })
    .await;
}

#[tokio::test]
async fn entries_at_once_make_one_chain() {
    on_both(async |test| {
        let project = ProjectId::new();
        let mut tasks = Vec::new();
        for _ in 0..12 {
            let (store, project) = (test.store.clone(), project.clone());
            tasks.push(tokio::spawn(
                async move { write(&store, &project, 3).await },
            ));
        }
        for task in tasks {
            task.await.expect("ends");
        }
        let report = verify(test.store.reader(), Some(&project), key)
            .await
            .expect("reads");
        assert_eq!((report.entries, report.faults), (36, Vec::new()));
    })
    .await;
}

#[tokio::test]
async fn an_entry_goes_with_the_change_it_tells_of() {
    on_both(async |test| {
        let project = ProjectId::new();
        let tx = test.store.begin().await.expect("a write unit");
        let entry = NewAuditEntry::new(
            &Actor::system(project.clone()),
            "flow.create",
            AuditSubject::new("flow", "flow_1", "Flow"),
        );
        append(&tx, &key(1).expect("a key"), &entry)
            .await
            .expect("appends");
        tx.rollback().await.expect("is undone");
        let page = list(
            test.store.reader(),
            Some(&project),
            &AuditFilter::default(),
            &Page::default(),
        )
        .await
        .expect("lists");
        assert!(page.items.is_empty());
    })
    .await;
}
