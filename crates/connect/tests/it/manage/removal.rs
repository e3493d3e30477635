//! Deleting, revoking.

use patchbay_connect::{ConnectionListRequest, Purpose, RevokeRequest, UseError};
use patchbay_model::{
    Actor, Code, ConnectionStatus, FlowId, Problem, RunId, StatusReason, Timestamp,
};
use patchbay_store::Page;
use patchbay_store::flows::flow_publish;
use patchbay_store::testing::on_both;
use serde_json::json;

use super::flow_naming;
use crate::world::World;

#[tokio::test]
async fn m3_delete_names_the_flows_and_can_be_undone() {
    on_both(|database| async {
        let world = World::on(database).await;
        let row = world.key_connection("Acme").await;
        let flow = flow_naming(&world, "Invoices", &row.id).await;
        // A draft alone does not keep it: nothing runs.
        let usage = world
            .connector
            .connection_usage(&world.viewer, &row.id)
            .await
            .expect("usage");
        assert_eq!(usage.flows.len(), 1);
        let paths: Vec<&str> = usage.flows[0]
            .steps
            .iter()
            .map(|step| step.path.as_str())
            .collect();
        assert_eq!(paths, ["a", "b.otherwise.c"]);
        let tx = world.store.begin().await.expect("a write unit");
        let (by, now) = (world.editor.user().expect("a person"), Timestamp::now());
        flow_publish(&tx, &row.project, &flow, 1, by, None, now)
            .await
            .expect("a version");
        tx.commit().await.expect("a commit");

        let error = world
            .connector
            .connection_delete(&world.editor, &row.id, false)
            .await
            .expect_err("a refusal");
        let problem = Problem::from(error);
        assert_eq!(problem.code, Code::ConnectionInUse);
        assert!(problem.message.contains("Invoices"), "{}", problem.message);
        assert_eq!(
            problem.details.expect("details")["flows"][0]["id"],
            json!(flow)
        );

        world
            .connector
            .connection_delete(&world.editor, &row.id, true)
            .await
            .expect("a deletion");
        let used = world
            .connector
            .credential_use(&world.editor, &row.id, Purpose::Request)
            .await;
        let Err(error @ UseError::Deleted { .. }) = used else {
            panic!("a credential out of the trash");
        };
        let problem = Problem::from(error);
        assert_eq!(problem.code, Code::ConnectionNotFound);
        assert!(
            problem.message.starts_with("Acme is in the trash."),
            "{}",
            problem.message
        );
        let activity = world
            .connector
            .connection_activity(&world.editor, &row.id, &Page::default())
            .await
            .expect("activity");
        // Once, though its draft and its version both name it.
        assert_eq!(
            activity.items[0].details,
            json!({ "forced": true, "flows": 1 })
        );
        let counts = world
            .connector
            .connections_count(&world.admin, &ConnectionListRequest::default())
            .await
            .expect("counts");
        assert_eq!((counts.all, counts.deleted), (0, 1));

        // Its name is free, and taken back it would clash.
        let other = world.key_connection("acme").await;
        let error = world
            .connector
            .connection_restore(&world.editor, &row.id)
            .await
            .expect_err("a clash");
        assert_eq!(Problem::from(error).code, Code::ConnectionNameTaken);
        world
            .connector
            .connection_update(&world.editor, &other.id, Some("Other"), None)
            .await
            .expect("a rename");
        world
            .connector
            .connection_restore(&world.editor, &row.id)
            .await
            .expect("a restore");
        world
            .connector
            .credential_use(&world.editor, &row.id, Purpose::Request)
            .await
            .expect("a credential");
    })
    .await;
}

#[tokio::test]
async fn t3_an_admin_revokes_at_once() {
    on_both(|database| async {
        let world = World::on(database).await;
        let row = world.key_connection("Acme").await;
        let run = Actor::run(row.project.clone(), RunId::new(), FlowId::new());
        let live = world
            .connector
            .credential_use(&run, &row.id, Purpose::Request)
            .await
            .expect("a credential");
        let revoked = world
            .connector
            .connection_revoke(&world.admin, &row.id, RevokeRequest::default())
            .await
            .expect("a revocation");
        assert_eq!(revoked.status, ConnectionStatus::Revoked);
        assert_eq!(revoked.status_reason, Some(StatusReason::RevokedHere));
        // The run in flight gets no further credential, neither fresh nor in place of the old one.
        for outcome in [
            world
                .connector
                .credential_use(&run, &row.id, Purpose::Request)
                .await,
            world
                .connector
                .credential_refused(&run, &row.id, live.generation)
                .await,
        ] {
            assert!(matches!(
                outcome,
                Err(UseError::Unusable {
                    status: ConnectionStatus::Revoked,
                    ..
                })
            ));
        }
        let error = world
            .connector
            .connection_check(&world.admin, &row.id)
            .await
            .expect_err("a refusal");
        assert_eq!(Problem::from(error).code, Code::ConnectionUnusable);
    })
    .await;
}

#[tokio::test]
async fn t3_revoking_tells_the_provider() {
    let world = World::new().await;
    let id = world.oauth_connection().await;
    let request = RevokeRequest { at_provider: true };
    world
        .connector
        .connection_revoke(&world.admin, &id, request)
        .await
        .expect("a revocation");
    world
        .connector
        .drain(std::time::Duration::from_secs(30))
        .await;
    assert_eq!(world.provider.calls_to("/revoke").await, 1);
}
