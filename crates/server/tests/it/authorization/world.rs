//! Two projects, everybody who may knock, and things to knock at.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use aws_lc_rs::digest;
use axum::http::{Method, StatusCode};
use patchbay_model::{
    Actor, ConnectSessionId, ConnectionId, FlowId, KeyId, KeyScope, ProjectId, Role, RunId,
    RunKind, SessionId, Timestamp, UserId,
};
use patchbay_store::{
    people::{
        NewSession, Project, Session, User, member_insert, project_insert, session_insert,
        user_insert,
    },
    runs::{NewRun, run_insert},
};
use serde_json::{Value, json};

use super::table::Row;
use crate::support::{Caller, PASSWORD, Server};

/// Everybody who may knock. Roles without a word more are those of the main project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Principal {
    Anonymous,
    Viewer,
    /// An editor who does not own the connection.
    Editor,
    /// The editor who does.
    EditorOwner,
    Admin,
    /// Admin of the other project, and nothing in the main one.
    AdminElsewhere,
    /// The workspace's owner.
    Owner,
    ReadKey,
    WriteKey,
    AdminKey,
    /// A key of scope admin of the other project.
    KeyElsewhere,
}

impl Principal {
    pub(super) const ALL: [Self; 11] = [
        Self::Anonymous,
        Self::Viewer,
        Self::Editor,
        Self::EditorOwner,
        Self::Admin,
        Self::AdminElsewhere,
        Self::Owner,
        Self::ReadKey,
        Self::WriteKey,
        Self::AdminKey,
        Self::KeyElsewhere,
    ];

    pub(super) fn is_key(self) -> bool {
        matches!(
            self,
            Self::ReadKey | Self::WriteKey | Self::AdminKey | Self::KeyElsewhere
        )
    }

    /// What they are in the main project.
    pub(super) fn role_in_main(self) -> Option<Role> {
        match self {
            Self::Viewer | Self::ReadKey => Some(Role::Viewer),
            Self::Editor | Self::EditorOwner | Self::WriteKey => Some(Role::Editor),
            Self::Admin | Self::Owner | Self::AdminKey => Some(Role::Admin),
            Self::Anonymous | Self::AdminElsewhere | Self::KeyElsewhere => None,
        }
    }
}

/// A caller with a fresh session, so that ending it harms nobody else.
pub(super) struct Fresh {
    pub(super) caller: Caller,
    session: Option<SessionId>,
}

pub(super) struct World {
    pub(super) server: Server,
    pub(super) main: ProjectId,
    pub(super) other: ProjectId,
    people: HashMap<Principal, UserId>,
    keys: HashMap<Principal, String>,
    count: AtomicU32,
}

impl World {
    pub(super) async fn new() -> Self {
        let server = Server::start().await;
        let (_, main) = server.set_up().await;
        let main: ProjectId = main.parse().expect("an id");
        let other = ProjectId::new();
        let owner = patchbay_store::people::user_owner(server.store.store.reader())
            .await
            .expect("reads")
            .expect("is there");
        let mut world = Self {
            server,
            main,
            other: other.clone(),
            people: HashMap::from([(Principal::Owner, owner.id)]),
            keys: HashMap::new(),
            count: AtomicU32::new(0),
        };
        let tx = world
            .server
            .store
            .store
            .begin()
            .await
            .expect("a write unit");
        let project = Project {
            id: other.clone(),
            name: "Other".to_owned(),
            created: Timestamp::now(),
        };
        project_insert(&tx, &project).await.expect("a project");
        tx.commit().await.expect("commits");
        for (principal, project, role) in [
            (Principal::Viewer, &world.main.clone(), Role::Viewer),
            (Principal::Editor, &world.main.clone(), Role::Editor),
            (Principal::EditorOwner, &world.main.clone(), Role::Editor),
            (Principal::Admin, &world.main.clone(), Role::Admin),
            (Principal::AdminElsewhere, &other, Role::Admin),
        ] {
            let id = world.member(project, role).await;
            world.people.insert(principal, id);
        }
        for (principal, maker, project, scope) in [
            (
                Principal::ReadKey,
                Principal::Admin,
                &world.main.clone(),
                KeyScope::Read,
            ),
            (
                Principal::WriteKey,
                Principal::Admin,
                &world.main.clone(),
                KeyScope::Write,
            ),
            (
                Principal::AdminKey,
                Principal::Admin,
                &world.main.clone(),
                KeyScope::Admin,
            ),
            (
                Principal::KeyElsewhere,
                Principal::AdminElsewhere,
                &other,
                KeyScope::Admin,
            ),
        ] {
            let secret = world.key(maker, project, scope).await.1;
            world.keys.insert(principal, secret);
        }
        for (principal, project) in [
            (Principal::Admin, &world.main),
            (Principal::AdminElsewhere, &world.other),
        ] {
            let caller = world.caller(principal).await.caller;
            let path = format!("/api/v1/projects/{project}/oauth-clients/sandbox-oauth");
            let body = json!({ "clientId": "id", "clientSecret": "not-a-real-secret" });
            let answer = world
                .server
                .call(Method::PUT, &path, &caller, Some(body))
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
        world
    }

    fn unique(&self) -> String {
        format!("n{}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// Somebody new in a project.
    async fn member(&self, project: &ProjectId, role: Role) -> UserId {
        let name = self.unique();
        let user = User {
            id: UserId::new(),
            email: format!("{name}@example.org"),
            name,
            password_hash: None,
            is_owner: false,
            created: Timestamp::now(),
            disabled: false,
        };
        let tx = self.server.store.store.begin().await.expect("a write unit");
        user_insert(&tx, &user).await.expect("a user");
        member_insert(&tx, project, &user.id, role, Timestamp::now())
            .await
            .expect("a member");
        tx.commit().await.expect("commits");
        user.id
    }

    async fn key(&self, maker: Principal, project: &ProjectId, scope: KeyScope) -> (KeyId, String) {
        let actor = Actor {
            principal: patchbay_model::Principal::User {
                id: self.people[&maker].clone(),
                name: "maker".to_owned(),
            },
            project: project.clone(),
            role: Role::Admin,
        };
        let made = self
            .server
            .access
            .key_create(&actor, "key", scope)
            .await
            .expect("a key");
        (made.view.key.id, made.secret)
    }

    /// The principal, ready to call.
    pub(super) async fn caller(&self, principal: Principal) -> Fresh {
        if principal == Principal::Anonymous {
            return Fresh {
                caller: Caller::Anonymous,
                session: None,
            };
        }
        if let Some(key) = self.keys.get(&principal) {
            return Fresh {
                caller: Caller::Key(key.clone()),
                session: None,
            };
        }
        let token = format!("token-{}", self.unique());
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        let hash: &[u8; 32] = hash.as_ref().try_into().expect("32 bytes");
        let now = Timestamp::now();
        let session = Session {
            id: SessionId::new(),
            user: self.people[&principal].clone(),
            created: now,
            last_used: now,
            expires: now.plus(std::time::Duration::from_hours(1)),
            user_agent: String::new(),
            ip: String::new(),
        };
        let tx = self.server.store.store.begin().await.expect("a write unit");
        session_insert(
            &tx,
            &NewSession {
                token_hash: hash,
                session: &session,
            },
        )
        .await
        .expect("a session");
        tx.commit().await.expect("commits");
        Fresh {
            caller: Caller::Session(token),
            session: Some(session.id),
        }
    }

    /// The path with fresh things of a project in it.
    pub(super) async fn fill(&self, path: &str, project: &ProjectId, caller: &Fresh) -> String {
        self.fill_in(path, project, project, caller).await
    }

    /// The path of a project with fresh things of a project, perhaps another one, in it.
    pub(super) async fn fill_in(
        &self,
        path: &str,
        project: &ProjectId,
        things_of: &ProjectId,
        caller: &Fresh,
    ) -> String {
        let mut out = Vec::new();
        let mut before = "";
        for part in path.split('/') {
            if let Some(name) = part.strip_prefix('{') {
                let name = name.trim_end_matches('}');
                out.push(self.thing(before, name, project, things_of, caller).await);
            } else {
                out.push(part.to_owned());
                before = part;
            }
        }
        out.join("/")
    }

    /// The path of a project with ids in it that name nothing.
    pub(super) fn fill_missing(path: &str, project: &ProjectId) -> String {
        let mut out = Vec::new();
        let mut before = "";
        for part in path.split('/') {
            out.push(match part {
                "{project}" => project.to_string(),
                "{user}" => UserId::new().to_string(),
                "{id}" => match before {
                    "connections" => ConnectionId::new().to_string(),
                    "flows" => FlowId::new().to_string(),
                    "runs" => RunId::new().to_string(),
                    "keys" => KeyId::new().to_string(),
                    "connect-sessions" => ConnectSessionId::new().to_string(),
                    other => panic!("nothing is known of ids behind {other}"),
                },
                "{*path}" | "{option}" => "x".to_owned(),
                "{version}" | "{n}" => "1".to_owned(),
                other => other.to_owned(),
            });
            before = part;
        }
        out.join("/")
    }

    async fn thing(
        &self,
        before: &str,
        name: &str,
        project: &ProjectId,
        things_of: &ProjectId,
        caller: &Fresh,
    ) -> String {
        match (before, name) {
            (_, "project") => project.to_string(),
            (_, "user") => self.member(things_of, Role::Viewer).await.to_string(),
            (_, "slug" | "app") => "sandbox-oauth".to_owned(),
            ("sessions", "id") => caller
                .session
                .clone()
                .unwrap_or_else(SessionId::new)
                .to_string(),
            ("invitations", "token") => self.invitation().await,
            ("keys", "id") => self
                .key(Principal::Admin, things_of, KeyScope::Read)
                .await
                .0
                .to_string(),
            ("connections", "id") => self.connection(things_of).await,
            ("flows", "id") | ("hooks", "flow") => self.flow(things_of).await,
            ("runs", "id") => self.run(things_of).await,
            ("connect-sessions", "id") => self.connect_session(things_of).await,
            ("options", "option") => "contacts".to_owned(),
            ("versions", "version") => "1".to_owned(),
            ("proxy", "*path") => "me".to_owned(),
            other => panic!("nothing is known of {other:?}"),
        }
    }

    async fn invitation(&self) -> String {
        let owner = Actor {
            principal: patchbay_model::Principal::User {
                id: self.people[&Principal::Owner].clone(),
                name: "Olga".to_owned(),
            },
            project: self.main.clone(),
            role: Role::Admin,
        };
        let email = format!("{}@example.net", self.unique());
        let added = self
            .server
            .access
            .member_add(&owner, &email, Role::Viewer)
            .await
            .expect("invites");
        let url = added.invitation.expect("a link").url;
        url.rsplit('/').next().expect("a token").to_owned()
    }

    /// Who makes the things of a project: in the main one the owning editor.
    async fn maker(&self, project: &ProjectId) -> Caller {
        let principal = if *project == self.main {
            Principal::EditorOwner
        } else {
            Principal::AdminElsewhere
        };
        self.caller(principal).await.caller
    }

    /// Makes something in a project over HTTP; its id.
    async fn made(&self, project: &ProjectId, path: &str, body: Value) -> String {
        let maker = self.maker(project).await;
        let answer = self
            .server
            .call(
                Method::POST,
                &format!("/api/v1/projects/{project}{path}"),
                &maker,
                Some(body),
            )
            .await;
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{path}: {}",
            answer.body
        );
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// A connection, made by whoever makes things there. The provider is not asked.
    async fn connection(&self, project: &ProjectId) -> String {
        let body = json!({
            "name": self.unique(), "app": "sandbox-key", "type": "API_KEY",
            "value": { "api_key": "not-a-real-key" }, "verify": false,
        });
        self.made(project, "/connections", body).await
    }

    /// A published flow.
    async fn flow(&self, project: &ProjectId) -> String {
        let body = json!({
            "name": self.unique(),
            "draft": {
                "schema": 1,
                "trigger": { "kind": "manual" },
                "steps": [{ "id": "note", "kind": "set", "input": { "seen": true } }],
            },
        });
        let id = self.made(project, "/flows", body).await;
        let path = format!("/api/v1/projects/{project}/flows/{id}/publish");
        let maker = self.maker(project).await;
        let answer = self.server.call(Method::POST, &path, &maker, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        id
    }

    /// A run of a flow, waiting for its turn.
    async fn run(&self, project: &ProjectId) -> String {
        let flow = self.flow(project).await;
        let new = NewRun {
            id: RunId::new(),
            project: project.clone(),
            flow: flow.parse().expect("an id"),
            version: Some(1),
            kind: RunKind::Live,
            trigger_kind: "manual".to_owned(),
            trigger: json!({}),
            document: None,
            depth: 0,
            retry_of: None,
            idempotency: None,
            at: Timestamp::now(),
        };
        let tx = self.server.store.store.begin().await.expect("a write unit");
        run_insert(&tx, &new).await.expect("a run");
        tx.commit().await.expect("commits");
        new.id.to_string()
    }

    /// A sign-in at a provider, begun by whoever makes things there.
    async fn connect_session(&self, project: &ProjectId) -> String {
        let body = json!({ "app": "sandbox-oauth" });
        self.made(project, "/connect-sessions", body).await
    }

    /// The row's body with its words filled in.
    pub(super) async fn body(&self, row: &Row) -> Option<Value> {
        if row.body.is_empty() {
            return None;
        }
        let mut text = row
            .body
            .replace("$unique", &self.unique())
            .replace("$password", PASSWORD);
        if text.contains("$connection") {
            let id = self.connection(&self.main).await;
            text = text.replace("$connection", &id);
        }
        if text.contains("$editor") {
            text = text.replace("$editor", self.people[&Principal::EditorOwner].as_str());
        }
        Some(serde_json::from_str(&text).expect("JSON"))
    }
}
