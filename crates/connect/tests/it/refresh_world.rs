//! Nodes around one database, and OAuth connections put straight into it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use patchbay_catalog::Catalog;
use patchbay_connect::{
    Connector, ConnectorParts, LiveCredential, OAuthClientPut, Purpose, RefreshTimings, UseError,
    vault_open,
};
use patchbay_egress::{Egress, EgressPolicy};
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, ConnectionId, ConnectionStatus, Principal, ProjectId,
    Role, StatusReason, Timestamp, UserId, Visibility,
};
use patchbay_store::{
    Store,
    connections::{
        ConnectionNew, ConnectionRow, Grant, connection_get, connection_insert, credential_put,
    },
    keyring,
    people::{Project, User, member_insert, project_insert, user_insert},
    testing::TestStore,
};
use patchbay_vault::{FileKek, KekProvider, SealContext, Secret, SecretMap, Vault};
use serde_json::Map;
use tempfile::TempDir;

use crate::refresh_provider::{Rotation, Tokens};

const MANIFEST: &str = r#"
slug: APP
name: Rota
category: developer
description: The app of these tests
base_url: http://HOST/api
hosts: ["HOST"]
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://HOST/token
    revoke_url: http://HOST/revoke
    refresh: rotates
  - method: oauth2_client_credentials
    token_url: http://HOST/token
VERIFY
"#;

const VERIFY: &str = r#"
verify:
  request: GET /me
  ok: "{{ response.status == 200 }}"
"#;

pub(crate) struct Rota {
    pub(crate) node: Connector,
    pub(crate) store: Store,
    pub(crate) tokens: Tokens,
    pub(crate) admin: Actor,
    vault: Arc<Vault>,
    kek: Arc<dyn KekProvider>,
    apps: TempDir,
    database: TestStore,
}

/// Pauses short enough for tests; the order of things stays as it is.
pub(crate) fn quick() -> RefreshTimings {
    RefreshTimings {
        backoff: Duration::from_millis(20),
        confirm_after: Duration::from_millis(100),
        app_probe: Duration::from_mins(5),
        demand_every: Duration::ZERO,
        poll: Duration::from_millis(20),
        ..RefreshTimings::default()
    }
}

/// How far the token is.
#[derive(Clone, Copy)]
pub(crate) enum Token {
    Fresh,
    /// Works for an hour, but is to be renewed.
    Due,
    /// Works for this long, and is to be renewed.
    DueFor(Duration),
    Over,
}

impl Rota {
    pub(crate) async fn new(rotation: Rotation) -> Self {
        Self::on(TestStore::sqlite().await, rotation).await
    }

    pub(crate) async fn on(database: TestStore, rotation: Rotation) -> Self {
        let tokens = Tokens::new(rotation).await;
        let apps = tempfile::tempdir().expect("a directory");
        for (slug, verify) in [("rota", VERIFY), ("bare", "")] {
            let manifest = MANIFEST
                .replace("HOST", &tokens.address)
                .replace("APP", slug)
                .replace("VERIFY", verify);
            std::fs::write(apps.path().join(format!("{slug}.yaml")), manifest).expect("a manifest");
        }
        let store = database.store.clone();
        let kek: Arc<dyn KekProvider> =
            Arc::new(FileKek::create_new(&apps.path().join("key")).expect("a key file"));
        let vault = Arc::new(vault_open(&store, Arc::clone(&kek)).await.expect("a vault"));
        let project = ProjectId::new();
        let user = UserId::new();
        let now = Timestamp::now();
        let tx = store.begin().await.expect("a write unit");
        let row = Project {
            id: project.clone(),
            name: "Tests".to_owned(),
            created: now,
        };
        project_insert(&tx, &row).await.expect("a project");
        let row = User {
            id: user.clone(),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            password_hash: None,
            is_owner: false,
            created: now,
            disabled: false,
        };
        user_insert(&tx, &row).await.expect("a user");
        member_insert(&tx, &project, &user, Role::Admin, now)
            .await
            .expect("a member");
        let dek = vault.dek_create(&project).expect("a data key");
        let row = keyring::DekRow {
            dek_id: dek.dek_id.to_string(),
            project: project.clone(),
            root_version: dek.root_version,
            version: dek.version,
            wrapped: dek.blob.clone(),
        };
        keyring::dek_insert(&*tx, &row).await.expect("a key row");
        tx.commit().await.expect("a commit");
        vault.dek_add(&dek).expect("a data key");
        let admin = Actor {
            principal: Principal::User {
                id: user,
                name: "Ada".to_owned(),
            },
            project,
            role: Role::Admin,
        };
        let node = connector(&store, &vault, apps.path(), &tokens, quick());
        let rota = Self {
            node,
            store,
            tokens,
            admin,
            vault,
            kek,
            apps,
            database,
        };
        rota.client_set("rota").await;
        rota.client_set("bare").await;
        rota
    }

    pub(crate) async fn client_set(&self, app: &str) {
        let put = OAuthClientPut {
            client_id: Some("client-1".to_owned()),
            client_secret: Some("client-secret".to_owned()),
            ..OAuthClientPut::default()
        };
        self.node
            .oauth_client_put(&self.admin, app, put)
            .await
            .expect("an OAuth client");
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self, timings: RefreshTimings) -> Connector {
        let store = Store::open(&self.database.config)
            .await
            .expect("the database opens");
        let vault = vault_open(&store, Arc::clone(&self.kek))
            .await
            .expect("a vault");
        connector(
            &store,
            &Arc::new(vault),
            self.apps.path(),
            &self.tokens,
            timings,
        )
    }

    /// The same in this process with other timings.
    pub(crate) fn with(&self, timings: RefreshTimings) -> Connector {
        connector(
            &self.store,
            &self.vault,
            self.apps.path(),
            &self.tokens,
            timings,
        )
    }

    pub(crate) async fn connection(&self, token: Token) -> ConnectionId {
        self.connect("rota", AuthMethodKind::OAuth2, token, Timestamp::now())
            .await
    }

    pub(crate) async fn connect(
        &self,
        app: &str,
        kind: AuthMethodKind,
        token: Token,
        made: Timestamp,
    ) -> ConnectionId {
        let id = ConnectionId::new();
        let project = &self.admin.project;
        let now = Timestamp::now();
        let hour = Duration::from_hours(1);
        let (expires_at, next_refresh_at) = match token {
            Token::Fresh => (now.plus(hour), now.plus(hour / 2)),
            Token::Due => (now.plus(hour), now.minus(hour)),
            Token::DueFor(left) => (now.plus(left), now.minus(hour)),
            Token::Over => (now.minus(hour), now.minus(hour)),
        };
        let new = ConnectionNew {
            id: id.clone(),
            project: project.clone(),
            app: app.to_owned(),
            name: id.to_string(),
            owner: self.admin.user().expect("a person").clone(),
            visibility: Visibility::Project,
            grant: Grant {
                auth_method: kind.as_str().to_owned(),
                kind,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: Some(expires_at),
                refreshable: true,
                next_refresh_at: Some(next_refresh_at),
                account: AccountIdentity {
                    id: None,
                    label: None,
                },
                scopes: vec!["read".to_owned(), "write".to_owned()],
                hosts: vec![self.tokens.address.clone()],
                settings: Map::new(),
                hint: None,
            },
        };
        let other = if kind == AuthMethodKind::OAuth2 {
            ("refresh", secrets(&[("refresh_token", "refresh-0")]))
        } else {
            let fields = [("client_id", "own-client"), ("client_secret", "own-secret")];
            ("fields", secrets(&fields))
        };
        let parts = [("access", secrets(&[("access_token", "access-0")])), other];
        let sealed = parts
            .iter()
            .map(|(part, fields)| {
                let context = SealContext {
                    table: "credentials",
                    field: part,
                    project,
                    record: id.as_str(),
                    generation: 1,
                };
                (
                    *part,
                    self.vault
                        .seal_map(&context, fields)
                        .expect("a sealed part"),
                )
            })
            .collect();
        let tx = self.store.begin().await.expect("a write unit");
        connection_insert(&*tx, &new, made)
            .await
            .expect("a connection");
        credential_put(&tx, project, &id, 1, sealed, made)
            .await
            .expect("a credential");
        tx.commit().await.expect("a commit");
        id
    }

    /// The sealed parts of a later generation of the first credential.
    pub(crate) fn resealed(
        &self,
        id: &ConnectionId,
        generation: u64,
    ) -> Vec<(&'static str, Vec<u8>)> {
        [
            ("access", "access_token", "access-0"),
            ("refresh", "refresh_token", "refresh-0"),
        ]
        .into_iter()
        .map(|(part, field, value)| {
            let context = SealContext {
                table: "credentials",
                field: part,
                project: &self.admin.project,
                record: id.as_str(),
                generation,
            };
            let fields = secrets(&[(field, value)]);
            (
                part,
                self.vault
                    .seal_map(&context, &fields)
                    .expect("a sealed part"),
            )
        })
        .collect()
    }

    pub(crate) async fn row(&self, id: &ConnectionId) -> ConnectionRow {
        connection_get(self.store.reader(), &self.admin.project, id)
            .await
            .expect("a read")
            .expect("the connection")
    }

    /// Until the row is as wanted.
    pub(crate) async fn until(
        &self,
        id: &ConnectionId,
        wanted: impl Fn(&ConnectionRow) -> bool,
    ) -> ConnectionRow {
        for _ in 0..3000 {
            let row = self.row(id).await;
            if wanted(&row) {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came to that: {:?}", self.row(id).await);
    }

    pub(crate) async fn status(
        &self,
        id: &ConnectionId,
    ) -> (ConnectionStatus, Option<StatusReason>) {
        let row = self.row(id).await;
        (row.status, row.status_reason)
    }

    pub(crate) async fn use_it(&self, id: &ConnectionId) -> Result<String, UseError> {
        use_on(&self.node, &self.admin, id).await
    }
}

/// The access token that a use gets.
pub(crate) async fn use_on(
    node: &Connector,
    actor: &Actor,
    id: &ConnectionId,
) -> Result<String, UseError> {
    node.credential_use(actor, id, Purpose::Request)
        .await
        .map(|live| token_of(&live))
}

pub(crate) fn token_of(live: &LiveCredential) -> String {
    live.secrets
        .expose("access_token")
        .expect("an access token")
        .to_owned()
}

/// Upkeep of a node, until the end of the test's runtime.
pub(crate) fn upkeep(node: &Connector) {
    let node = node.clone();
    tokio::spawn(async move { node.upkeep().await });
}

fn connector(
    store: &Store,
    vault: &Arc<Vault>,
    apps: &std::path::Path,
    tokens: &Tokens,
    timings: RefreshTimings,
) -> Connector {
    let policy = EgressPolicy {
        allow: tokens.address.parse().expect("an allow list"),
        ..EgressPolicy::default()
    };
    let node = Connector::new(ConnectorParts {
        store: store.clone(),
        vault: Arc::clone(vault),
        catalog: Arc::new(Catalog::load(&[apps.to_owned()]).expect("a catalog")),
        egress: Egress::new(policy).expect("an egress"),
        public_url: "http://127.0.0.1:1".to_owned(),
        installed_clients: HashMap::new(),
    })
    .expect("a connector");
    assert!(node.refresh_timings_set(timings));
    node
}

fn secrets(fields: &[(&str, &str)]) -> SecretMap {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
        .collect()
}
