//! Two projects, everybody who may knock, and things to knock at.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use aws_lc_rs::digest;
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, ConnectionId, ConnectionStatus, FlowId, KeyId,
    KeyScope, ProjectId, Role, RunId, SessionId, Timestamp, UserId, Visibility,
};
use patchbay_store::{
    connections::{ConnectionNew, Grant, connection_insert},
    people::{
        NewSession, Project, Session, User, member_insert, project_insert, session_insert,
        user_insert,
    },
};
use serde_json::Value;

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
        let tx = world.server.store.store.begin().await.expect("a write unit");
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
            (Principal::ReadKey, Principal::Admin, &world.main.clone(), KeyScope::Read),
            (Principal::WriteKey, Principal::Admin, &world.main.clone(), KeyScope::Write),
            (Principal::AdminKey, Principal::Admin, &world.main.clone(), KeyScope::Admin),
            (Principal::KeyElsewhere, Principal::AdminElsewhere, &other, KeyScope::Admin),
        ] {
            let secret = world.key(maker, project, scope).await.1;
            world.keys.insert(principal, secret);
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
            expires: now.plus(std::time::Duration::from_secs(3600)),
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
    pub(super) fn fill_missing(&self, path: &str, project: &ProjectId) -> String {
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
                    "connect-sessions" => patchbay_model::ConnectSessionId::new().to_string(),
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
            (_, "slug" | "app") => "stripe".to_owned(),
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
            ("connections", "id") => self.connection(things_of).await.to_string(),
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

    /// A connection; in the main project the owning editor's.
    async fn connection(&self, project: &ProjectId) -> ConnectionId {
        let owner = if *project == self.main {
            Principal::EditorOwner
        } else {
            Principal::AdminElsewhere
        };
        let new = ConnectionNew {
            id: ConnectionId::new(),
            project: project.clone(),
            app: "stripe".to_owned(),
            name: self.unique(),
            owner: self.people[&owner].clone(),
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
                hosts: vec!["api.stripe.com".to_owned()],
                settings: serde_json::Map::new(),
                hint: None,
            },
        };
        let tx = self.server.store.store.begin().await.expect("a write unit");
        connection_insert(&*tx, &new, Timestamp::now())
            .await
            .expect("a connection");
        tx.commit().await.expect("commits");
        new.id
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
            text = text.replace("$connection", id.as_str());
        }
        if text.contains("$editor") {
            text = text.replace("$editor", self.people[&Principal::EditorOwner].as_str());
        }
        Some(serde_json::from_str(&text).expect("JSON"))
    }
}
