//! A project with an editor, an app on loopback, a connection to it, and workers that can be stopped and started.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use patchbay_access::{Access, AccessConfig};
use patchbay_catalog::Catalog;
use patchbay_connect::{Connector, ConnectorParts, vault_open};
use patchbay_egress::{Egress, EgressPolicy};
use patchbay_gateway::Gateway;
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, ConnectionId, ConnectionStatus, FlowId, Principal,
    ProjectId, Role, RunId, RunStatus, StatusReason, StepStatus, Timestamp, UserId, Visibility,
};
use patchbay_runner::{
    Clock, Runner, RunnerParts,
    flows::{FlowChange, NewFlowRequest},
    runs::RunView,
};
use patchbay_store::{
    Store, StoreConfig,
    audit::AuditKey,
    connections::{
        ConnectionNew, Grant, StatusChange, connection_insert, connection_status_set,
        credential_put,
    },
    keyring,
    people::{Project, User, project_insert, user_insert},
    runs::{RunStep, run_claim},
    testing::TestStore,
};
use patchbay_vault::{FileKek, KekProvider, SealContext, Secret, SecretMap, Vault};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::site::Site;

/// The API key of the world's connection.
pub(crate) const CANARY: &str = "canary-91ab37cc05de";

const MANIFEST: &str = r#"
slug: testing
name: Testing
category: developer
description: The app of these tests
base_url: http://HOST/api
hosts: ["HOST"]
auth:
  - method: api_key
    fields:
      - {name: api_key, title: API key, secret: true}
    attach: {header: {X-Key: "{{ credential.api_key }}"}}
actions:
  create_thing:
    title: Create thing
    input:
      type: object
      required: [name]
      additionalProperties: false
      properties: {name: {type: string, title: Name}}
    request: {method: POST, path: /things, body: {name: "{{ input.name }}"}}
    output: "{{ response.body }}"
    idempotent: header
triggers:
  new_thing:
    title: New thing
    kind: poll
    input:
      type: object
      properties: {box: {type: string, title: Box}}
    request: {path: /things, query: {box: "{{ input.box }}", since: "{{ cursor }}"}}
    items: "{{ response.body.things }}"
    cursor: "{{ response.body.at }}"
  new_letter:
    title: New letter
    kind: poll
    request: {path: /letters, query: {page: "{{ page }}"}}
    items: "{{ response.body.letters }}"
    order: newest_first
    next: "{{ response.body.next }}"
    detail: {request: "GET /letters/{{ item.id }}"}
"#;

/// A clock that stands where a test puts it, or goes with the machine's.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn set(&self, at: Timestamp) {
        self.0.store(at.millis(), Ordering::SeqCst);
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.set(self.now().plus(by));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match self.0.load(Ordering::SeqCst) {
            0 => Timestamp::now(),
            millis => Timestamp::from_millis(millis),
        }
    }
}

/// Workers of one process.
pub(crate) struct Node {
    pub(crate) runner: Runner,
    stop: CancellationToken,
}

impl Node {
    pub(crate) fn start(&self) {
        self.runner.start(&self.stop);
    }

    /// Ends as a signal would.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.runner.drain(Duration::from_secs(20)).await;
    }

    /// Ends without waiting for what is under way.
    pub(crate) async fn cut_off(self) {
        self.stop.cancel();
        self.runner.drain(Duration::ZERO).await;
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) editor: Actor,
    pub(crate) connection: ConnectionId,
    pub(crate) clock: TestClock,
    pub(crate) connector: Connector,
    pub(crate) config: StoreConfig,
    catalog: Arc<Catalog>,
    egress: Egress,
    vault: Arc<Vault>,
    host: String,
    pub(crate) database: TestStore,
    _directory: TempDir,
}

impl World {
    pub(crate) async fn sqlite(app: &Site) -> Self {
        Self::over(app, TestStore::sqlite().await).await
    }

    pub(crate) async fn postgres(app: &Site) -> Self {
        Self::over(app, TestStore::postgres().await).await
    }

    async fn over(app: &Site, database: TestStore) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let host = app.address.to_string();
        std::fs::write(
            directory.path().join("testing.yaml"),
            MANIFEST.replace("HOST", &host),
        )
        .expect("a manifest");
        let catalog = Arc::new(Catalog::load(&[directory.path().to_owned()]).expect("a catalog"));
        let egress = Egress::new(EgressPolicy {
            allow: host.parse().expect("an allow list"),
            ..EgressPolicy::default()
        })
        .expect("an egress");
        let store = database.store.clone();
        let kek: Arc<dyn KekProvider> =
            Arc::new(FileKek::create_new(&directory.path().join("key")).expect("a key file"));
        let vault = Arc::new(vault_open(&store, kek).await.expect("a vault"));
        let connector = Connector::new(ConnectorParts {
            store: store.clone(),
            vault: Arc::clone(&vault),
            catalog: Arc::clone(&catalog),
            egress: egress.clone(),
            public_url: "http://127.0.0.1:1".to_owned(),
            installed_clients: HashMap::new(),
        })
        .expect("a connector");
        let project = ProjectId::new();
        let editor = Actor {
            principal: Principal::User {
                id: UserId::new(),
                name: "Ana".to_owned(),
            },
            project: project.clone(),
            role: Role::Editor,
        };
        let mut world = Self {
            config: database.config.clone(),
            store,
            connection: ConnectionId::new(),
            clock: TestClock::default(),
            connector,
            catalog,
            egress,
            vault,
            host,
            editor,
            database,
            _directory: directory,
        };
        world.settle(&project).await;
        world.connection = world.connect("Testing").await;
        world
    }

    async fn settle(&self, project: &ProjectId) {
        let now = Timestamp::now();
        let tx = self.store.begin().await.expect("a write unit");
        let user = User {
            id: self.editor.user().expect("a person").clone(),
            email: "ana@example.com".to_owned(),
            name: "Ana".to_owned(),
            password_hash: None,
            is_owner: false,
            created: now,
            disabled: false,
        };
        user_insert(&tx, &user).await.expect("a user");
        let row = Project {
            id: project.clone(),
            name: "Tests".to_owned(),
            created: now,
        };
        project_insert(&tx, &row).await.expect("a project");
        let dek = self.vault.dek_create(project).expect("a data key");
        let row = keyring::DekRow {
            dek_id: dek.dek_id.to_string(),
            project: project.clone(),
            root_version: dek.root_version,
            version: dek.version,
            wrapped: dek.blob.clone(),
        };
        keyring::dek_insert(&*tx, &row).await.expect("a key row");
        tx.commit().await.expect("a commit");
        self.vault.dek_add(&dek).expect("a data key");
    }

    /// A connection to the app.
    pub(crate) async fn connect(&self, name: &str) -> ConnectionId {
        let id = ConnectionId::new();
        let project = &self.editor.project;
        let new = ConnectionNew {
            id: id.clone(),
            project: project.clone(),
            app: "testing".to_owned(),
            name: name.to_owned(),
            owner: self.editor.user().expect("a person").clone(),
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
                    id: None,
                    label: None,
                },
                scopes: Vec::new(),
                hosts: vec![self.host.clone()],
                settings: Map::new(),
                hint: None,
            },
        };
        let context = SealContext {
            table: "credentials",
            field: "fields",
            project,
            record: id.as_str(),
            generation: 1,
        };
        let fields: SecretMap = [("api_key".to_owned(), Secret::new(CANARY))]
            .into_iter()
            .collect();
        let sealed = self
            .vault
            .seal_map(&context, &fields)
            .expect("a sealed part");
        let now = Timestamp::now();
        let tx = self.store.begin().await.expect("a write unit");
        connection_insert(&*tx, &new, now)
            .await
            .expect("a connection");
        credential_put(&tx, project, &id, 1, vec![("fields", sealed)], now)
            .await
            .expect("a credential");
        tx.commit().await.expect("a commit");
        id
    }

    /// Sets how the world's connection is, as another node would: no event tells.
    pub(crate) async fn status(&self, status: ConnectionStatus) {
        let reason = (status != ConnectionStatus::Active).then_some(StatusReason::TokenExpired);
        let change = StatusChange {
            status,
            reason,
            provider_error: None,
        };
        let tx = self.store.begin().await.expect("a write unit");
        let marked = connection_status_set(
            &*tx,
            &self.editor.project,
            &self.connection,
            1,
            change,
            Timestamp::now(),
        )
        .await
        .expect("a change");
        assert!(marked);
        tx.commit().await.expect("a commit");
    }

    /// A process with workers, not started yet.
    pub(crate) fn node(&self) -> Node {
        self.node_over(self.store.clone())
    }

    pub(crate) fn node_over(&self, store: Store) -> Node {
        let access = Access::new(
            store.clone(),
            AccessConfig::new(
                "http://127.0.0.1:1",
                AuditKey::new(
                    self.vault.root_current().expect("a root"),
                    self.vault
                        .derive(patchbay_store::audit::AUDIT_KEY_LABEL)
                        .expect("a key")
                        .expose(),
                ),
            ),
        );
        let gateway = Gateway::new(
            self.connector.clone(),
            Arc::clone(&self.catalog),
            self.egress.clone(),
            store.clone(),
        );
        let runner = Runner::with_clock(
            RunnerParts {
                store,
                catalog: Arc::clone(&self.catalog),
                access,
                connector: self.connector.clone(),
                gateway,
                public_url: "http://127.0.0.1:1".to_owned(),
                workers: 4,
            },
            Box::new(self.clock.clone()),
        );
        Node {
            runner,
            stop: CancellationToken::new(),
        }
    }

    /// A published flow.
    pub(crate) async fn flow(&self, node: &Node, trigger: Value, steps: Value) -> FlowId {
        let document = json!({"schema": 1, "trigger": trigger, "steps": steps});
        let made = node
            .runner
            .flow_create(
                &self.editor,
                NewFlowRequest {
                    name: "Test".to_owned(),
                    draft: serde_json::from_value(document).ok(),
                },
            )
            .await
            .expect("a flow");
        let id = made.summary.head.id;
        node.runner
            .flow_publish(&self.editor, &id)
            .await
            .expect("published");
        id
    }

    /// A published flow with a manual trigger.
    pub(crate) async fn manual(&self, node: &Node, steps: Value) -> FlowId {
        self.flow(node, json!({"kind": "manual"}), steps).await
    }

    /// Saves and publishes another document.
    pub(crate) async fn republish(&self, node: &Node, flow: &FlowId, steps: Value) {
        self.republish_as(node, flow, json!({"kind": "manual"}), steps)
            .await;
    }

    /// Saves and publishes another document with this trigger.
    pub(crate) async fn republish_as(
        &self,
        node: &Node,
        flow: &FlowId,
        trigger: Value,
        steps: Value,
    ) {
        let document = json!({"schema": 1, "trigger": trigger, "steps": steps});
        let change = FlowChange {
            draft: serde_json::from_value(document).ok(),
            ..FlowChange::default()
        };
        node.runner
            .flow_save(&self.editor, flow, change)
            .await
            .expect("saved");
        node.runner
            .flow_publish(&self.editor, flow)
            .await
            .expect("published");
    }

    pub(crate) async fn start(&self, node: &Node, flow: &FlowId, input: Value) -> RunId {
        node.runner
            .run_start(&self.editor, flow, &input)
            .await
            .expect("a run")
            .run
            .id
    }

    pub(crate) async fn view(&self, node: &Node, run: &RunId) -> RunView {
        node.runner
            .run_get(&self.editor, run)
            .await
            .expect("the run")
    }

    /// Waits until the run is so.
    pub(crate) async fn until(&self, node: &Node, run: &RunId, status: RunStatus) -> RunView {
        let mut last = None;
        for _ in 0..600 {
            let view = self.view(node, run).await;
            if view.run().status == status {
                return view;
            }
            last = Some(view);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let last = last.map(|view| (view.run().status, view.run().error.clone()));
        panic!("{status} was expected, the run is {last:?}");
    }

    /// Waits until a step of the run is so.
    pub(crate) async fn until_step(
        &self,
        node: &Node,
        run: &RunId,
        path: &str,
        status: StepStatus,
    ) -> RunView {
        for _ in 0..600 {
            let view = self.view(node, run).await;
            if view
                .steps
                .iter()
                .any(|line| line.step.path == path && line.step.status == status)
            {
                return view;
            }
            assert!(!view.run().status.ended(), "{:?}", view.run().error);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} was expected to be {status}");
    }

    /// Waits until the run has ended.
    pub(crate) async fn ended(&self, node: &Node, run: &RunId) -> RunView {
        for _ in 0..600 {
            let view = self.view(node, run).await;
            if view.run().status.ended() {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the run does not end");
    }

    /// The reference to the world's connection in a document.
    pub(crate) fn through(&self) -> Value {
        json!({"$connection": self.connection})
    }
}

/// Steps of a view by their path.
pub(crate) fn step<'a>(view: &'a RunView, path: &str) -> &'a RunStep {
    view.steps
        .iter()
        .map(|line| &line.step)
        .find(|step| step.path == path)
        .unwrap_or_else(|| panic!("no step {path}"))
}

/// Takes what is queued, as a worker of this name would. Says which runs, each with its epoch.
pub(crate) async fn claim(store: &Store, owner: &str, now: Timestamp) -> Vec<(RunId, i64)> {
    let tx = store.begin().await.expect("a write unit");
    let claimed = run_claim(&tx, owner, &[], 10, now, Duration::from_secs(30))
        .await
        .expect("claimed");
    tx.commit().await.expect("a commit");
    claimed
        .into_iter()
        .map(|claimed| (claimed.run.id, claimed.epoch))
        .collect()
}

/// A line of the journal for the step `a`, a `set`.
pub(crate) fn set_line(status: StepStatus, started: Timestamp) -> RunStep {
    RunStep {
        path: "a".to_owned(),
        seq: 0,
        step: "a".to_owned(),
        kind: "set".to_owned(),
        name: None,
        status,
        input: None,
        output: None,
        error: None,
        attempts: 1,
        started,
        duration_ms: None,
        wake_at: None,
    }
}
