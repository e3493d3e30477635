//! A project with people in it, an app on loopback, and somebody's browser.

use std::{collections::HashMap, sync::Arc};

use patchbay_catalog::Catalog;
use patchbay_connect::{
    CallbackBrowser, CallbackEnd, CallbackQuery, ConnectResult, ConnectSessionView,
    ConnectionCreate, Connector, ConnectorParts, OAuthClientPut, SessionCreate, SessionCreated,
    vault_open,
};
use patchbay_egress::{Egress, EgressPolicy};
use patchbay_model::{
    Actor, AuthMethodKind, ConnectSessionId, ConnectionId, Principal, Problem, ProjectId, Role,
    Timestamp, UserId,
};
use patchbay_store::{
    Store,
    connections::ConnectionRow,
    people::{Project, User, member_insert, project_insert, user_insert},
    testing::TestStore,
};
use patchbay_vault::{FileKek, KekProvider};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::provider::Provider;

pub(crate) const KEY: &str = "key-canary-0123456789";
pub(crate) const PASSWORD: &str = "pass-canary-991";
pub(crate) const CLIENT_SECRET: &str = "client-secret-canary-42";

pub(crate) struct World {
    pub(crate) connector: Connector,
    pub(crate) store: Store,
    pub(crate) provider: Provider,
    pub(crate) admin: Actor,
    pub(crate) editor: Actor,
    pub(crate) other_editor: Actor,
    pub(crate) viewer: Actor,
    /// An admin of another project.
    pub(crate) stranger: Actor,
    pub(crate) directory: TempDir,
    pub(crate) database: TestStore,
}

/// `HOST` is the provider, `TOKEN` the host of the token endpoint, `API` that of the API.
pub(crate) const MANIFEST: &str = r#"
slug: acme
name: Acme
category: developer
description: The app of these tests
base_url: http://API/api
hosts: ["API"]
settings:
  - {name: team, title: Team, pattern: "^[a-z]{1,20}$", required: false}
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: http://TOKEN/token
    revoke_url: http://HOST/revoke
    issuer: http://HOST
    scopes: [read, write]
    refresh: rotates
  - method: api_key
    fields:
      - {name: api_key, title: API key, secret: true, pattern: "^[ -~]+$"}
    attach: {header: {Authorization: "Bearer {{ credential.api_key }}"}}
  - method: basic
  - method: oauth2_client_credentials
    token_url: http://TOKEN/token
verify:
  request: GET /me
  ok: "{{ response.status == 200 and response.body.id }}"
  account: {id: "{{ response.body.id }}", label: "{{ response.body.email }}"}
  error: "{{ response.body.error }}"
"#;

/// An app whose token endpoint is wherever a setting says.
const OPEN: &str = r#"
slug: open
name: Open
category: developer
description: An app with a sign-in server of one's own
base_url: http://HOST/api
hosts: ["HOST"]
settings:
  - {name: token_url, title: Token URL, pattern: "^http://[a-z0-9.:/]+$", example: "http://login.example/token"}
auth:
  - method: oauth2
    authorize_url: http://HOST/authorize
    token_url: "{{ settings.token_url }}"
"#;

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(TestStore::sqlite().await).await
    }

    pub(crate) async fn on(database: TestStore) -> Self {
        let provider = Provider::new().await;
        let host = provider.host();
        Self::with(database, provider, (&host, &host), &[]).await
    }

    /// With further apps, by slug; each has an OAuth client. `HOST` is the provider.
    pub(crate) async fn of_apps(apps: &[(&str, &str)]) -> Self {
        let provider = Provider::new().await;
        let host = provider.host();
        let database = TestStore::sqlite().await;
        let world = Self::with(database, provider, (&host, &host), apps).await;
        for (slug, _) in apps {
            world.client_put(slug, CLIENT_SECRET).await;
        }
        world
    }

    /// With the token endpoint, the API, or both elsewhere.
    pub(crate) async fn elsewhere(token: Option<&str>, api: Option<&str>) -> Self {
        let provider = Provider::new().await;
        let host = provider.host();
        let database = TestStore::sqlite().await;
        Self::with(
            database,
            provider,
            (token.unwrap_or(&host), api.unwrap_or(&host)),
            &[],
        )
        .await
    }

    async fn with(
        database: TestStore,
        provider: Provider,
        (token, api): (&str, &str),
        more: &[(&str, &str)],
    ) -> Self {
        let host = provider.host();
        let directory = tempfile::tempdir().expect("a directory");
        let apps = directory.path().join("apps");
        std::fs::create_dir(&apps).expect("a directory");
        let manifest = MANIFEST
            .replace("HOST", &host)
            .replace("TOKEN", token)
            .replace("API/", &format!("{api}/"))
            .replace("\"API\"", &format!("\"{api}\""));
        std::fs::write(apps.join("acme.yaml"), manifest).expect("a manifest");
        std::fs::write(apps.join("open.yaml"), OPEN.replace("HOST", &host)).expect("a manifest");
        for (slug, manifest) in more {
            let file = apps.join(format!("{slug}.yaml"));
            std::fs::write(file, manifest.replace("HOST", &host)).expect("a manifest");
        }
        let catalog = Arc::new(Catalog::load(&[apps]).expect("a catalog"));
        let policy = EgressPolicy {
            allow: format!("{host},{token},{api}")
                .parse()
                .expect("an allow list"),
            ..EgressPolicy::default()
        };
        let store = database.store.clone();
        let kek: Arc<dyn KekProvider> =
            Arc::new(FileKek::create_new(&directory.path().join("key")).expect("a key file"));
        let vault = Arc::new(vault_open(&store, kek).await.expect("a vault"));
        let connector = Connector::new(ConnectorParts {
            store: store.clone(),
            vault,
            catalog,
            egress: Egress::new(policy).expect("an egress"),
            public_url: "http://127.0.0.1:8700".to_owned(),
            installed_clients: HashMap::new(),
        })
        .expect("a connector");
        let project = ProjectId::new();
        let other = ProjectId::new();
        let tx = store.begin().await.expect("a write unit");
        for (id, name) in [(&project, "Tests"), (&other, "Elsewhere")] {
            let row = Project {
                id: id.clone(),
                name: name.to_owned(),
                created: Timestamp::now(),
            };
            project_insert(&tx, &row).await.expect("a project");
        }
        let mut people = Vec::new();
        for (name, project, role) in [
            ("Ada", &project, Role::Admin),
            ("Ed", &project, Role::Editor),
            ("Eve", &project, Role::Editor),
            ("Vi", &project, Role::Viewer),
            ("Stan", &other, Role::Admin),
        ] {
            let id = UserId::new();
            let user = User {
                email: format!("{name}@example.com"),
                id: id.clone(),
                name: name.to_owned(),
                password_hash: None,
                is_owner: false,
                created: Timestamp::now(),
                disabled: false,
            };
            user_insert(&tx, &user).await.expect("a user");
            member_insert(&tx, project, &id, role, Timestamp::now())
                .await
                .expect("a member");
            people.push(Actor {
                principal: Principal::User {
                    id,
                    name: name.to_owned(),
                },
                project: project.clone(),
                role,
            });
        }
        tx.commit().await.expect("a commit");
        let mut people = people.into_iter();
        let mut next = || people.next().expect("a person");
        let world = Self {
            admin: next(),
            editor: next(),
            other_editor: next(),
            viewer: next(),
            stranger: next(),
            connector,
            store,
            provider,
            directory,
            database,
        };
        world.client_set(CLIENT_SECRET).await;
        world
    }

    pub(crate) async fn client_set(&self, secret: &str) {
        self.client_put("acme", secret).await;
    }

    async fn client_put(&self, app: &str, secret: &str) {
        let put = OAuthClientPut {
            client_id: Some("client-1".to_owned()),
            client_secret: Some(secret.to_owned()),
            ..OAuthClientPut::default()
        };
        self.connector
            .oauth_client_put(&self.admin, app, put)
            .await
            .expect("an OAuth client");
    }

    pub(crate) fn by_key(name: &str) -> ConnectionCreate {
        form(name, AuthMethodKind::ApiKey, json!({ "api_key": KEY }))
    }

    pub(crate) async fn key_connection(&self, name: &str) -> ConnectionRow {
        self.connector
            .connection_create(&self.editor, Self::by_key(name))
            .await
            .expect("a connection")
    }

    /// Begins a sign-in in the actor's browser.
    pub(crate) async fn begin(
        &self,
        actor: &Actor,
        request: SessionCreate,
    ) -> ConnectResult<SessionCreated> {
        self.connector
            .session_create(actor, &browser_token(actor), request)
            .await
    }

    pub(crate) async fn begin_acme(&self, actor: &Actor) -> SessionCreated {
        self.begin(actor, acme()).await.expect("a connect session")
    }

    pub(crate) async fn come_back(
        &self,
        browser: Option<&Actor>,
        query: CallbackQuery,
    ) -> Result<CallbackEnd, Problem> {
        self.come_back_to("acme", browser, query).await
    }

    pub(crate) async fn come_back_to(
        &self,
        app: &str,
        browser: Option<&Actor>,
        query: CallbackQuery,
    ) -> Result<CallbackEnd, Problem> {
        self.connector
            .session_callback(app, browser.map(browser_of), query)
            .await
            .map_err(Problem::from)
    }

    /// How the session stands, once nothing is under way any more.
    pub(crate) async fn settled(&self, actor: &Actor, id: &ConnectSessionId) -> ConnectSessionView {
        let mut watch = self
            .connector
            .session_watch_open(actor, id)
            .await
            .expect("a watch");
        let mut last = None;
        while let Some(view) = watch.next().await {
            let waits = matches!(view.state.as_str(), "pending" | "different_account");
            let ended = view.state.ended();
            last = Some(view);
            if waits || ended {
                break;
            }
        }
        last.expect("a session")
    }

    /// A whole sign-in that ends well.
    pub(crate) async fn signed_in(
        &self,
        actor: &Actor,
        request: SessionCreate,
    ) -> ConnectSessionView {
        let created = self.begin(actor, request).await.expect("a connect session");
        self.come_back(Some(actor), good(&created))
            .await
            .expect("a callback");
        self.settled(actor, &created.id).await
    }

    pub(crate) async fn oauth_connection(&self) -> ConnectionId {
        let view = self.signed_in(&self.editor, acme()).await;
        view.connection.expect("a connection").row.id
    }
}

pub(crate) fn acme() -> SessionCreate {
    SessionCreate {
        app: Some("acme".to_owned()),
        ..SessionCreate::default()
    }
}

pub(crate) fn form(name: &str, kind: AuthMethodKind, value: Value) -> ConnectionCreate {
    ConnectionCreate {
        name: name.to_owned(),
        app: "acme".to_owned(),
        kind: Some(kind),
        auth_method: None,
        value: value.as_object().cloned().unwrap_or_default(),
        settings: Map::new(),
        verify: true,
        visibility: None,
    }
}

fn browser_token(actor: &Actor) -> String {
    format!("browser-of-{}", actor.user().expect("a person"))
}

pub(crate) fn browser_of(actor: &Actor) -> CallbackBrowser {
    CallbackBrowser {
        user: (
            actor.user().expect("a person").clone(),
            "Somebody".to_owned(),
        ),
        is_owner: false,
        token: browser_token(actor),
    }
}

/// A parameter of the URL that the browser was sent to.
pub(crate) fn sent(created: &SessionCreated, name: &str) -> Option<String> {
    created
        .authorize_url
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// What a provider answers that said yes.
pub(crate) fn good(created: &SessionCreated) -> CallbackQuery {
    CallbackQuery {
        code: Some("good-code".to_owned()),
        state: sent(created, "state"),
        ..CallbackQuery::default()
    }
}
