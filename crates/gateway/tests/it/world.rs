//! A project with two editors, an app on loopback and a connection to it.

use std::sync::Arc;

use patchbay_catalog::Catalog;
use patchbay_connect::{Connector, ConnectorParts, vault_open};
use patchbay_egress::{Egress, EgressPolicy};
use patchbay_gateway::Gateway;
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, ConnectionId, ConnectionStatus, Principal, ProjectId,
    Role, StatusReason, Timestamp, UserId, Visibility,
};
use patchbay_store::connections::{
    ConnectionNew, ConnectionRow, Grant, connection_get, connection_insert, connection_revoke,
    connection_visibility_set, credential_put,
};
use patchbay_store::people::{Project, User, project_insert, user_insert};
use patchbay_store::testing::TestStore;
use patchbay_store::{Store, keyring};
use patchbay_vault::{FileKek, KekProvider, SealContext, Secret, SecretMap, Vault};
use serde_json::{Map, json};
use tempfile::TempDir;

use crate::site::Site;

/// The API key of the world's connection.
pub(crate) const CANARY: &str = "canary-4f1c9d7e2b8a6035";

/// The token that a connection by client credentials starts with.
pub(crate) const FIRST_TOKEN: &str = "token-1-abcdef";

pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) editor: Actor,
    pub(crate) other_editor: Actor,
    pub(crate) connection: ConnectionId,
    connector: Connector,
    store: Store,
    vault: Arc<Vault>,
    hosts: Vec<String>,
    _database: TestStore,
    _directory: TempDir,
}

const MANIFEST: &str = r#"
slug: testing
name: Testing
category: developer
description: The app of these tests
base_url: http://HOST/api
hosts: ["HOST"]
headers: {X-App-Version: "3"}
auth:
  - method: api_key
    fields:
      - {name: api_key, title: API key, secret: true}
    attach: {header: {Authorization: "Bearer {{ credential.api_key }}"}}
  - method: oauth2_client_credentials
    token_url: http://HOST/token
    attach: {header: {Authorization: "Bearer {{ credential.access_token }}"}}
failure: {when: "{{ response.body.ok == false }}", message: "{{ response.body.error }}"}
actions:
  create_thing:
    title: Create thing
    input:
      type: object
      required: [name]
      additionalProperties: false
      properties: {name: {type: string, title: Name}}
    request: {method: POST, path: /things, body: {name: "{{ input.name }}"}}
    output: "{{ response.body.thing }}"
    idempotent: header
  soft_failure: {title: Soft failure, request: GET /soft}
  slow_down: {title: Slow down, request: GET /slow}
options:
  users:
    request: {method: GET, path: /users, query: {team: "{{ input.team }}"}}
    items: "{{ response.body.users }}"
    value: id
    label: name
"#;

const MOVABLE: &str = r#"
slug: movable
name: Movable
category: developer
description: An app whose address is a setting
base_url: http://{{ settings.host }}/api
hosts: ["{{ settings.host }}"]
settings:
  - {name: host, title: Host, pattern: "^[a-z0-9.:]+$"}
auth:
  - method: api_key
    fields:
      - {name: api_key, title: API key, secret: true}
    attach: {header: {Authorization: "Bearer {{ credential.api_key }}"}}
"#;

/// As Canny and UptimeRobot take their key, and Amazon its signature.
const BODY_KEY: &str = r#"
slug: bodykey
name: Body key
category: developer
base_url: http://HOST/api
hosts: ["HOST"]
auth:
  - method: api_key
    attach: {body: {apiKey: "{{ credential.api_key }}"}, body_format: form}
"#;

const SIGNED: &str = r#"
slug: signed
name: Signed
category: developer
base_url: http://HOST/bucket
hosts: ["HOST"]
auth:
  - method: aws_sigv4
    aws: {service: s3, region: eu-central-1}
"#;

/// What a connection of a test differs in.
struct Shape<'a> {
    app: &'a str,
    kind: AuthMethodKind,
    settings: Map<String, serde_json::Value>,
    hosts: Vec<String>,
    parts: Vec<(&'static str, SecretMap)>,
    expires_at: Option<Timestamp>,
}

impl World {
    /// A world around an app. The other sites are on the egress allow list too, so that nothing but the
    /// pinned hosts keeps a credential from them.
    pub(crate) async fn new(app: &Site, others: &[&Site]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let host = app.address.to_string();
        let manifest = MANIFEST.replace("HOST", &host);
        std::fs::write(directory.path().join("testing.yaml"), manifest).expect("a manifest");
        std::fs::write(directory.path().join("movable.yaml"), MOVABLE).expect("a manifest");
        for (slug, manifest) in [("bodykey", BODY_KEY), ("signed", SIGNED)] {
            let file = directory.path().join(format!("{slug}.yaml"));
            std::fs::write(file, manifest.replace("HOST", &host)).expect("a manifest");
        }
        let catalog = Arc::new(Catalog::load(&[directory.path().to_owned()]).expect("a catalog"));

        let mut allow = vec![host.clone()];
        for site in others {
            allow.push(site.address.to_string());
            allow.push(format!("localhost:{}", site.address.port()));
        }
        allow.push(format!("localhost:{}", app.address.port()));
        let policy = EgressPolicy {
            allow: allow.join(",").parse().expect("an allow list"),
            ..EgressPolicy::default()
        };
        let egress = Egress::new(policy).expect("an egress");

        let database = TestStore::sqlite().await;
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
            installed_clients: std::collections::HashMap::new(),
        })
        .expect("a connector");

        let project = ProjectId::new();
        let editor = person(&project, "Ana");
        let other_editor = person(&project, "Bo");
        let now = Timestamp::now();
        let tx = store.begin().await.expect("a write unit");
        for actor in [&editor, &other_editor] {
            let id = actor.user().expect("a person").clone();
            let user = User {
                email: format!("{id}@example.com"),
                id,
                name: "Somebody".to_owned(),
                password_hash: None,
                is_owner: false,
                created: now,
                disabled: false,
            };
            user_insert(&tx, &user).await.expect("a user");
        }
        let row = Project {
            id: project.clone(),
            name: "Tests".to_owned(),
            created: now,
        };
        project_insert(&tx, &row).await.expect("a project");
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

        let mut world = Self {
            gateway: Gateway::new(connector.clone(), catalog, egress, store.clone()),
            editor,
            other_editor,
            connection: ConnectionId::new(),
            connector,
            store,
            vault,
            hosts: vec![host],
            _database: database,
            _directory: directory,
        };
        world.connection = world.connection_with_key(CANARY).await;
        world
    }

    async fn by_key(
        &self,
        app: &str,
        settings: Map<String, serde_json::Value>,
        key: &str,
    ) -> ConnectionId {
        self.connect(Shape {
            app,
            kind: AuthMethodKind::ApiKey,
            settings,
            hosts: self.hosts.clone(),
            parts: vec![("fields", secrets(&[("api_key", key)]))],
            expires_at: None,
        })
        .await
    }

    /// A connection with another key.
    pub(crate) async fn connection_with_key(&self, key: &str) -> ConnectionId {
        self.by_key("testing", Map::new(), key).await
    }

    /// A connection of an app that takes its key in the body.
    pub(crate) async fn connection_by_body_key(&self) -> ConnectionId {
        self.by_key("bodykey", Map::new(), CANARY).await
    }

    /// A connection whose requests are signed.
    pub(crate) async fn connection_by_signature(&self) -> ConnectionId {
        let fields = secrets(&[
            ("access_key_id", "AKIDEXAMPLE"),
            ("secret_access_key", CANARY),
            ("session_token", "session-1"),
        ]);
        self.connect(Shape {
            app: "signed",
            kind: AuthMethodKind::AwsSigV4,
            settings: Map::new(),
            hosts: self.hosts.clone(),
            parts: vec![("fields", fields)],
            expires_at: None,
        })
        .await
    }

    /// A connection pinned to the world's app whose address is a setting.
    pub(crate) async fn connection_with_host_setting(&self, host: &str) -> ConnectionId {
        let settings = json!({ "host": host })
            .as_object()
            .cloned()
            .unwrap_or_default();
        self.by_key("movable", settings, CANARY).await
    }

    /// A connection that holds [`FIRST_TOKEN`] and can get another one.
    pub(crate) async fn connection_by_client_credentials(&self) -> ConnectionId {
        self.connect(Shape {
            app: "testing",
            kind: AuthMethodKind::OAuth2ClientCredentials,
            settings: Map::new(),
            hosts: self.hosts.clone(),
            parts: vec![
                (
                    "fields",
                    secrets(&[
                        ("client_id", "client"),
                        ("client_secret", "client-secret-value"),
                    ]),
                ),
                ("access", secrets(&[("access_token", FIRST_TOKEN)])),
            ],
            expires_at: Some(Timestamp::now().plus(std::time::Duration::from_hours(1))),
        })
        .await
    }

    async fn connect(&self, shape: Shape<'_>) -> ConnectionId {
        let id = ConnectionId::new();
        let project = &self.editor.project;
        let new = ConnectionNew {
            id: id.clone(),
            project: project.clone(),
            app: shape.app.to_owned(),
            name: id.to_string(),
            owner: self.editor.user().expect("a person").clone(),
            visibility: Visibility::Project,
            grant: Grant {
                auth_method: shape.kind.as_str().to_owned(),
                kind: shape.kind,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: shape.expires_at,
                refreshable: shape.expires_at.is_some(),
                next_refresh_at: shape.expires_at,
                account: AccountIdentity {
                    id: None,
                    label: None,
                },
                scopes: Vec::new(),
                hosts: shape.hosts,
                settings: shape.settings,
                hint: None,
            },
        };
        let sealed = shape
            .parts
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
        let now = Timestamp::now();
        let tx = self.store.begin().await.expect("a write unit");
        connection_insert(&*tx, &new, now)
            .await
            .expect("a connection");
        credential_put(&tx, project, &id, 1, sealed, now)
            .await
            .expect("a credential");
        tx.commit().await.expect("a commit");
        id
    }

    /// Takes the world's connection away from everybody but its owner.
    pub(crate) async fn make_private(&self) {
        let tx = self.store.begin().await.expect("a write unit");
        let now = Timestamp::now();
        connection_visibility_set(
            &*tx,
            &self.editor.project,
            &self.connection,
            Visibility::Private,
            now,
        )
        .await
        .expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// Revokes the world's connection.
    pub(crate) async fn revoke(&self) {
        let tx = self.store.begin().await.expect("a write unit");
        let (project, now) = (&self.editor.project, Timestamp::now());
        connection_revoke(
            &*tx,
            project,
            &self.connection,
            StatusReason::RevokedHere,
            now,
        )
        .await
        .expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// The world's connection as stored, with every use written.
    pub(crate) async fn row(&self) -> ConnectionRow {
        self.connector.used_flush().await.expect("written uses");
        connection_get(self.store.reader(), &self.editor.project, &self.connection)
            .await
            .expect("a read")
            .expect("the connection")
    }
}

fn person(project: &ProjectId, name: &str) -> Actor {
    Actor {
        principal: Principal::User {
            id: UserId::new(),
            name: name.to_owned(),
        },
        project: project.clone(),
        role: Role::Editor,
    }
}

fn secrets(fields: &[(&str, &str)]) -> SecretMap {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
        .collect()
}
