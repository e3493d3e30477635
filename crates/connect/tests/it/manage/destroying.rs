//! What is in the trash goes for good: at once when somebody asks for it, else when its time is over.

use std::time::Duration;

use patchbay_connect::{ConnectionEventKind, ConnectionListRequest, Purpose, RevokeRequest};
use patchbay_model::{Actor, Code, ConnectionId, Problem, Timestamp, Visibility};
use patchbay_store::{
    Page,
    audit::{self, AuditEntry, AuditFilter},
    connections::{connection_get, connection_trash, credential_newest, usages},
    testing::on_both,
};
use wiremock::{Request, Respond, ResponseTemplate};

use super::{flow_naming, names};
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

fn trashed() -> ConnectionListRequest {
    ConnectionListRequest {
        deleted: true,
        ..ConnectionListRequest::default()
    }
}

async fn deleted(world: &World, id: &ConnectionId) {
    world
        .connector
        .connection_delete(&world.editor, id, false)
        .await
        .expect("a deletion");
}

async fn refused(world: &World, actor: &Actor, id: &ConnectionId) -> Problem {
    let refusal = world.connector.connection_destroy(actor, id).await;
    Problem::from(refusal.expect_err("a refusal"))
}

/// What was done to it last.
async fn last_entry(world: &World, id: &ConnectionId) -> AuditEntry {
    let filter = AuditFilter {
        subject: Some(id.to_string()),
        ..AuditFilter::default()
    };
    let project = Some(&world.admin.project);
    let mut entries = audit::list(world.store.reader(), project, &filter, &Page::default())
        .await
        .expect("the audit log");
    entries.items.swap_remove(0)
}

async fn gone(world: &World, id: &ConnectionId) {
    let (reader, project) = (world.store.reader(), &world.admin.project);
    let row = connection_get(reader, project, id).await.expect("a read");
    assert!(row.is_none());
    let generation = credential_newest(reader, project, id).await;
    assert_eq!(generation.expect("a read"), None);
    assert_eq!(usages(reader, project, id).await.expect("a read"), []);
}

#[tokio::test]
async fn m3_what_is_in_the_trash_can_be_destroyed_at_once() {
    on_both(|database| async {
        let world = World::on(database).await;
        let row = world.key_connection("Acme").await;
        let kept = world.key_connection("Kept").await;
        flow_naming(&world, "Invoices", &row.id).await;

        let problem = refused(&world, &world.editor, &row.id).await;
        assert_eq!(problem.code, Code::Conflict);
        assert_eq!(
            problem.message,
            "Acme is not in the trash. Delete it first; then it can be destroyed."
        );
        world
            .connector
            .credential_use(&world.editor, &row.id, Purpose::Request)
            .await
            .expect("it works as before");

        deleted(&world, &row.id).await;
        deleted(&world, &kept.id).await;
        let mut events = world.connector.events();
        world
            .connector
            .connection_destroy(&world.editor, &row.id)
            .await
            .expect("it is destroyed");
        gone(&world, &row.id).await;
        // What waits for it is told.
        let event = events.try_recv().expect("an event");
        assert_eq!(
            (event.connection, event.kind),
            (row.id.clone(), ConnectionEventKind::Broken)
        );
        let entry = last_entry(&world, &row.id).await;
        assert_eq!(entry.action, "connection.destroy");
        assert_eq!(entry.subject.name, "Acme");
        assert_eq!(
            entry.actor.id,
            world.editor.user().expect("a person").as_str()
        );

        // The other one in the trash is still there, and it alone is counted and found.
        assert_eq!(names(&world, &world.admin, &trashed()).await, ["Kept"]);
        let searched = ConnectionListRequest {
            q: Some("acme".to_owned()),
            ..trashed()
        };
        let found = names(&world, &world.admin, &searched).await;
        assert_eq!(found, ["Kept"], "Acme is its app");
        let counts = world
            .connector
            .connections_count(&world.admin, &ConnectionListRequest::default())
            .await
            .expect("counts");
        assert_eq!((counts.all, counts.deleted), (0, 1));

        // From now on it is as if it had never been there.
        let never = refused(&world, &world.editor, &ConnectionId::new()).await;
        assert_eq!(never.code, Code::ConnectionNotFound);
        assert_eq!(refused(&world, &world.editor, &row.id).await, never);
        let restored = world.connector.connection_restore(&world.editor, &row.id);
        let error = restored.await.expect_err("a refusal");
        assert_eq!(Problem::from(error), never);
        let entry = last_entry(&world, &row.id).await;
        assert_eq!(entry.action, "connection.destroy");
    })
    .await;
}

#[tokio::test]
async fn s5_who_may_delete_a_connection_may_destroy_it() {
    let world = World::new().await;
    let (shared, private) = (
        world.key_connection("Shared").await,
        world.key_connection("Private").await,
    );
    world
        .connector
        .connection_update(&world.editor, &private.id, None, Some(Visibility::Private))
        .await
        .expect("a change");
    deleted(&world, &shared.id).await;
    deleted(&world, &private.id).await;
    for (actor, id, code) in [
        (&world.viewer, &shared.id, Code::Forbidden),
        (&world.other_editor, &shared.id, Code::Forbidden),
        (&world.viewer, &private.id, Code::ConnectionNotFound),
        (&world.other_editor, &private.id, Code::ConnectionNotFound),
    ] {
        assert_eq!(refused(&world, actor, id).await.code, code);
    }
    let trash = names(&world, &world.admin, &trashed()).await;
    assert_eq!(trash, ["Private", "Shared"]);
    for (actor, id) in [(&world.editor, &shared.id), (&world.admin, &private.id)] {
        world
            .connector
            .connection_destroy(actor, id)
            .await
            .expect("it is destroyed");
        gone(&world, id).await;
    }
}

#[tokio::test]
async fn m3_the_trash_lets_go_after_thirty_days_and_not_before() {
    on_both(|database| async {
        let world = World::on(database).await;
        let (old, young) = (
            world.key_connection("Old").await,
            world.key_connection("Young").await,
        );
        let now = Timestamp::now();
        let tx = world.store.begin().await.expect("a write unit");
        for (row, since) in [
            (&old, 30 * DAY),
            (&young, 29 * DAY + Duration::from_hours(23)),
        ] {
            // A second more, so that the thirty days are over.
            let at = now.minus(since + Duration::from_secs(1));
            connection_trash(&*tx, &row.project, &row.id, at)
                .await
                .expect("it is trashed");
        }
        tx.commit().await.expect("a commit");
        let views = [&old, &young].map(|row| world.connector.connection_get(&world.admin, &row.id));
        for view in views {
            let view = view.await.expect("a connection");
            let deleted_at = view.row.deleted_at.expect("a time");
            assert_eq!(view.destroyed_at, Some(deleted_at.plus(30 * DAY)));
        }
        assert_eq!(world.connector.trash_empty().await.expect("a round"), 1);
        gone(&world, &old.id).await;
        let entry = last_entry(&world, &old.id).await;
        assert_eq!(entry.action, "connection.purge");
        assert_eq!(names(&world, &world.admin, &trashed()).await, ["Young"]);
        let back = world.connector.connection_restore(&world.admin, &young.id);
        let back = back.await.expect("a restore");
        let view = world.connector.connection_view(&world.admin, back).await;
        assert_eq!(view.expect("a view").destroyed_at, None);
        assert_eq!(world.connector.trash_empty().await.expect("a round"), 0);
    })
    .await;
}

/// Fails once, then answers as asked.
struct SecondTime(std::sync::atomic::AtomicBool);

impl Respond for SecondTime {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let asked = self.0.swap(true, std::sync::atomic::Ordering::SeqCst);
        ResponseTemplate::new(if asked { 200 } else { 503 })
    }
}

/// The provider is busy when it is asked to withdraw access; before it is asked again, the connection is destroyed.
#[tokio::test]
async fn t3_the_provider_is_told_although_the_connection_was_destroyed() {
    let world = World::new().await;
    let id = world.oauth_connection().await;
    let busy_once = SecondTime(std::sync::atomic::AtomicBool::new(false));
    world.provider.answers("POST", "/revoke", busy_once).await;
    let request = RevokeRequest { at_provider: true };
    world
        .connector
        .connection_revoke(&world.admin, &id, request)
        .await
        .expect("a revocation");
    while world.provider.calls_to("/revoke").await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    deleted(&world, &id).await;
    world
        .connector
        .connection_destroy(&world.editor, &id)
        .await
        .expect("it is destroyed");
    world.connector.drain(Duration::from_secs(30)).await;
    let asked = world.provider.sent_to("/revoke").await;
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body, asked[1].body);
    let entry = last_entry(&world, &id).await;
    assert_eq!(entry.action, "connection.revoke_at_provider");
    assert_eq!(entry.details, serde_json::json!({ "outcome": "done" }));
}
