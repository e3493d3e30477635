//! Questions asked of apps: who asks them, who may ask at a time, how far they have been read.

use std::time::Duration;

use patchbay_model::{
    AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, FlowId, ProjectId, Timestamp,
    UserId, Visibility, flow::FlowDocument,
};
use patchbay_store::{
    Store,
    connections::{ConnectionNew, Grant, connection_insert},
    flows::{
        Flow, NewFlow, documents_replace_connection, draft_save, flow_delete, flow_insert,
        flow_publish, flow_switch,
    },
    polls::{
        ClaimedPoll, PollChange, PollState, PollStatus, paused_connections, poll_release,
        poll_statuses, poll_subscribers, poll_write, polls_claim, polls_due, polls_resume,
    },
    runs::Failure,
    testing::on_both,
};
use serde_json::{Value, json};

const LEASE: Duration = Duration::from_secs(150);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000_000 + seconds * 1000)
}

fn document(connection: &ConnectionId, input: &Value) -> FlowDocument {
    serde_json::from_value(json!({"schema": 1, "steps": [], "trigger": {
        "kind": "app", "app": "testing", "trigger": "new_thing",
        "connection": {"$connection": connection}, "input": input}}))
    .expect("a document")
}

struct World {
    store: Store,
    project: ProjectId,
}

impl World {
    async fn connection(&self, account: Option<&str>) -> ConnectionId {
        let id = ConnectionId::new();
        let new = ConnectionNew {
            id: id.clone(),
            project: self.project.clone(),
            app: "testing".to_owned(),
            name: id.to_string(),
            owner: UserId::new(),
            visibility: Visibility::Project,
            grant: Grant {
                auth_method: "api_key".to_owned(),
                kind: AuthMethodKind::ApiKey,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: None,
                refreshable: false,
                next_refresh_at: None,
                account: AccountIdentity {
                    id: account.map(str::to_owned),
                    label: None,
                },
                scopes: Vec::new(),
                hosts: Vec::new(),
                settings: serde_json::Map::new(),
                hint: None,
            },
        };
        let tx = self.store.begin().await.expect("a write unit");
        connection_insert(&*tx, &new, at(0))
            .await
            .expect("a connection");
        tx.commit().await.expect("a commit");
        id
    }

    /// A flow, published at a time.
    async fn flow(&self, draft: FlowDocument, when: Timestamp) -> Flow {
        let tx = self.store.begin().await.expect("a write unit");
        let new = NewFlow {
            id: FlowId::new(),
            project: self.project.clone(),
            name: "Test".to_owned(),
            draft,
            by: UserId::new(),
            at: when,
        };
        let flow = flow_insert(&tx, &new).await.expect("a flow");
        tx.commit().await.expect("a commit");
        self.publish(&flow, None, when).await
    }

    async fn publish(&self, flow: &Flow, draft: Option<FlowDocument>, when: Timestamp) -> Flow {
        let (project, id) = (&self.project, &flow.head.id);
        let tx = self.store.begin().await.expect("a write unit");
        let flow = draft_save(&tx, project, id, None, None, draft.as_ref(), when)
            .await
            .expect("saved")
            .expect("the flow");
        let revision = flow.head.draft_revision;
        let published = flow_publish(&tx, project, id, revision, &UserId::new(), None, when)
            .await
            .expect("published")
            .expect("the flow");
        tx.commit().await.expect("a commit");
        published
    }

    async fn switch(&self, flow: &Flow, active: bool, when: Timestamp) {
        let tx = self.store.begin().await.expect("a write unit");
        flow_switch(&tx, &self.project, &flow.head.id, active, None, when)
            .await
            .expect("switched");
        tx.commit().await.expect("a commit");
    }

    async fn claim(&self, owner: &str, now: Timestamp) -> Vec<ClaimedPoll> {
        let tx = self.store.begin().await.expect("a write unit");
        let claimed = polls_claim(&tx, owner, 10, now, LEASE).await;
        let claimed = claimed.expect("claimed");
        tx.commit().await.expect("a commit");
        claimed
    }

    /// Writes what an answer brought; false when the claim was lost.
    async fn answered(&self, poll: &ClaimedPoll, cursor: i64, now: Timestamp) -> bool {
        let change = PollChange {
            state: PollState::Polling,
            failure: None,
            cursor: Some(json!(cursor)),
            seen: Some(vec![format!("item{cursor}")]),
            answered: true,
            complete: true,
            next_at: Some(now.plus(Duration::from_secs(60))),
            at: now,
        };
        self.write(poll, &change).await
    }

    async fn write(&self, poll: &ClaimedPoll, change: &PollChange) -> bool {
        let tx = self.store.begin().await.expect("a write unit");
        let written = poll_write(&tx, &poll.fence, change).await;
        let written = written.expect("an answer");
        if written {
            tx.commit().await.expect("a commit");
        }
        written
    }

    async fn status(&self, flow: &Flow) -> Option<PollStatus> {
        let ids = [flow.head.id.clone()];
        let mut found = poll_statuses(self.store.reader(), &self.project, &ids)
            .await
            .expect("statuses");
        found.remove(&flow.head.id)
    }
}

#[tokio::test]
async fn one_asks_at_a_time_and_a_lost_claim_writes_nothing() {
    on_both(async |test| {
        let world = World {
            store: test.store.clone(),
            project: ProjectId::new(),
        };
        let connection = world.connection(None).await;
        let flow = world.flow(document(&connection, &json!({})), at(0)).await;
        assert!(polls_due(world.store.reader(), at(0)).await.expect("known"));
        let mine = world.claim("me", at(0)).await;
        assert!(mine[0].first);
        assert_eq!((&mine[0].cursor, mine[0].seen.len()), (&None, 0));
        assert!(world.claim("you", at(10)).await.is_empty());
        // Silent for too long: somebody else asks, and what the first brings is not taken.
        let yours = world.claim("you", at(151)).await;
        assert_eq!(yours.len(), 1);
        assert!(!world.answered(&mine[0], 1, at(152)).await);
        assert!(world.answered(&yours[0], 2, at(153)).await);
        let again = world.claim("me", at(214)).await;
        assert_eq!(again[0].cursor, Some(json!(2)));
        assert_eq!(again[0].seen, ["item2"]);
        assert!(!again[0].first);
        let tx = world.store.begin().await.expect("a write unit");
        let waiting = poll_subscribers(&tx, &again[0].fence).await;
        let waiting = waiting.expect("an answer").expect("the claim");
        assert_eq!(waiting.len(), 1);
        assert_eq!((waiting[0].version, waiting[0].begun), (1, true));
        assert!(
            poll_release(&tx, &again[0].fence, Some(at(300)))
                .await
                .expect("released")
        );
        tx.commit().await.expect("a commit");
        assert!(world.claim("you", at(299)).await.is_empty());
        assert_eq!(world.claim("you", at(300)).await.len(), 1);
        // A deleted flow asks nothing, and neither does one that is switched off.
        let tx = world.store.begin().await.expect("a write unit");
        flow_delete(&tx, &world.project, &flow.head.id, at(301))
            .await
            .expect("deleted");
        tx.commit().await.expect("a commit");
        assert!(world.claim("me", at(10_000)).await.is_empty());
        assert_eq!(world.status(&flow).await, None);
    })
    .await;
}

#[tokio::test]
async fn flows_share_a_question_and_who_joins_begins_anew() {
    on_both(async |test| {
        let world = World {
            store: test.store.clone(),
            project: ProjectId::new(),
        };
        let connection = world.connection(None).await;
        let first = world
            .flow(document(&connection, &json!({"a": 1, "b": null})), at(0))
            .await;
        let claimed = world.claim("me", at(0)).await;
        assert!(world.answered(&claimed[0], 1, at(1)).await);
        let second = world
            .flow(document(&connection, &json!({"a": 1})), at(2))
            .await;
        let begun = async |flow| world.status(flow).await.expect("it asks").begun;
        assert!(begun(&first).await && !begun(&second).await);
        let claimed = world.claim("me", at(2)).await;
        assert_eq!(claimed.len(), 1, "one question, at once");
        // An answer that is not taken to its end is not where a flow begins.
        let partly = PollChange {
            state: PollState::Polling,
            failure: None,
            cursor: None,
            seen: None,
            answered: true,
            complete: false,
            next_at: Some(at(3)),
            at: at(2),
        };
        assert!(world.write(&claimed[0], &partly).await);
        assert!(!begun(&second).await);
        let claimed = world.claim("me", at(3)).await;
        assert!(world.answered(&claimed[0], 2, at(3)).await);
        assert!(begun(&second).await);
        // Published again with the same question it stays where it is, with another it begins there.
        world
            .publish(
                &second,
                Some(document(&connection, &json!({"a": 1}))),
                at(4),
            )
            .await;
        assert!(begun(&second).await);
        world
            .publish(
                &second,
                Some(document(&connection, &json!({"a": 2}))),
                at(5),
            )
            .await;
        assert!(!begun(&second).await && begun(&first).await);
        assert_eq!(world.claim("me", at(5)).await.len(), 1);
        world.switch(&first, false, at(6)).await;
        assert_eq!(world.status(&first).await, None);
        world.switch(&first, true, at(7)).await;
        let anew = world.status(&first).await.expect("it asks");
        assert_eq!((anew.begun, anew.last_at), (false, None));
    })
    .await;
}

#[tokio::test]
async fn another_connection_of_the_same_account_goes_on_from_there() {
    on_both(async |test| {
        let world = World {
            store: test.store.clone(),
            project: ProjectId::new(),
        };
        let old = world.connection(Some("ana")).await;
        let same = world.connection(Some("ana")).await;
        let other = world.connection(Some("bea")).await;
        let flow = world.flow(document(&old, &json!({})), at(0)).await;
        let claimed = world.claim("me", at(0)).await;
        assert!(world.answered(&claimed[0], 7, at(0)).await);
        let replace = async |from: &ConnectionId, to: &ConnectionId| {
            let tx = world.store.begin().await.expect("a write unit");
            documents_replace_connection(&tx, &world.project, from, to, at(1), false)
                .await
                .expect("replaced");
            tx.commit().await.expect("a commit");
        };
        replace(&old, &same).await;
        let status = world.status(&flow).await.expect("it asks");
        assert_eq!((status.connection, status.begun), (same.clone(), true));
        let claimed = world.claim("me", at(2)).await;
        assert_eq!((claimed.len(), &claimed[0].cursor), (1, &Some(json!(7))));
        replace(&same, &other).await;
        let status = world.status(&flow).await.expect("it asks");
        assert_eq!((status.connection, status.begun), (other, false));
        let anew = world.claim("me", at(3)).await;
        assert_eq!((anew.len(), &anew[0].cursor), (1, &None));
        assert!(
            !world.answered(&claimed[0], 8, at(4)).await,
            "nobody asks that any more"
        );
    })
    .await;
}

#[tokio::test]
async fn a_paused_question_waits_for_its_connection() {
    on_both(async |test| {
        let world = World {
            store: test.store.clone(),
            project: ProjectId::new(),
        };
        let connection = world.connection(None).await;
        let flow = world.flow(document(&connection, &json!({})), at(0)).await;
        let claimed = world.claim("me", at(0)).await;
        let failure = Failure {
            code: "CONNECTION_UNUSABLE".to_owned(),
            message: "It has expired.".to_owned(),
        };
        let paused = PollChange {
            state: PollState::Paused,
            failure: Some(failure.clone()),
            cursor: None,
            seen: None,
            answered: false,
            complete: false,
            next_at: None,
            at: at(5),
        };
        assert!(world.write(&claimed[0], &paused).await);
        let status = world.status(&flow).await.expect("it asks");
        assert_eq!(
            (status.state, status.failure),
            (PollState::Paused, Some(failure))
        );
        assert_eq!((status.since, status.next_at), (at(5), None));
        assert!(
            !polls_due(world.store.reader(), at(90_000))
                .await
                .expect("known")
        );
        let waiting = paused_connections(world.store.reader())
            .await
            .expect("a list");
        assert_eq!(waiting, [(world.project.clone(), connection.clone())]);
        let tx = world.store.begin().await.expect("a write unit");
        let resumed = polls_resume(&tx, &world.project, &connection, false, at(9)).await;
        assert_eq!(resumed.expect("resumed"), 1);
        tx.commit().await.expect("a commit");
        let status = world.status(&flow).await.expect("it asks");
        assert_eq!((status.state, status.failure), (PollState::Polling, None));
        assert_eq!(world.claim("me", at(9)).await.len(), 1);
    })
    .await;
}
