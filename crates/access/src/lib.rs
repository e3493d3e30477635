//! Who people are and what they may do.
//!
//! [`Access`] answers both questions for every way in: [`Access::session`] and [`Access::actor_for_key`] say who acts,
//! the functions named after their subject (`member_add`, `key_create`, …) do what they are allowed to. Functions that
//! act for somebody take them first, refuse with a [`Problem`], and write the audit log in the write unit of the change.

mod audit;
mod authenticate;
mod check;
mod guard;
mod invitations;
mod keys;
mod limits;
mod login;
mod members;
mod password;
mod projects;
mod remembered;
mod sessions;
mod setup;
mod token;
mod workspace;

use std::{fmt, net::IpAddr, sync::Arc};

use patchbay_model::{Problem, ProjectId, Role, SessionId, Timestamp, UserId};
use patchbay_store::{
    Store, Tx,
    audit::{AuditActor, AuditKey, AuditSubject, NewAuditEntry},
    people::User,
};

pub use invitations::InvitationView;
pub use keys::{ApiKeyMade, ApiKeyView};
pub use login::{Browser, SignedIn};
pub use members::{InvitationLink, MemberAdded, MemberId, MemberView};
pub use patchbay_store::{
    audit::{AuditEntry, AuditFilter},
    people::{Project, Session, Workspace},
};
pub use projects::ProjectView;
pub use setup::NewOwner;

/// What the functions of this room answer.
pub type AccessResult<T> = Result<T, Problem>;

/// How access is set up.
#[derive(Clone)]
pub struct AccessConfig {
    /// Where people reach this installation, without a slash at the end; links in invitations start with it.
    pub public_url: String,
    /// The key of the audit log's chain, from the vault.
    pub audit_key: AuditKey,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

impl AccessConfig {
    /// The configuration on the machine's clock.
    pub fn new(public_url: impl Into<String>, audit_key: AuditKey) -> Self {
        Self {
            public_url: public_url.into(),
            audit_key,
            clock: Timestamp::now,
        }
    }
}

/// People, sessions, keys, members and projects. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    config: AccessConfig,
    passwords: password::Passwords,
    guard: guard::Guard,
    touched: authenticate::TouchGate,
    remembered: remembered::Remembered,
}

/// Somebody who is signed in with a browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// As others see them.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they own the workspace: admin in every project.
    pub is_owner: bool,
    /// The session they act in.
    pub session: SessionId,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// What a signed-in person sees first: who they are and where they may go.
#[derive(Debug, Clone)]
pub struct Me {
    /// Who.
    pub person: Person,
    /// Their projects by name, and what they are there.
    pub projects: Vec<(Project, Role)>,
    /// The workspace.
    pub workspace: Workspace,
}

impl Access {
    /// Access over a store. Makes the workspace's row must have happened before
    /// ([`patchbay_store::people::workspace_ensure`]).
    pub fn new(store: Store, config: AccessConfig) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                config,
                passwords: password::Passwords::new(),
                guard: guard::Guard::new(),
                touched: authenticate::TouchGate::default(),
                remembered: remembered::Remembered::default(),
            }),
        }
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn now(&self) -> Timestamp {
        (self.inner.config.clock)()
    }

    /// Who a person is, their projects, the workspace.
    pub async fn me(&self, person: &Person) -> AccessResult<Me> {
        let workspace = self.workspace().await?;
        let projects = self.project_list_all(person).await?;
        Ok(Me {
            person: person.clone(),
            projects,
            workspace,
        })
    }

    async fn audit_append(&self, tx: &Tx, entry: &NewAuditEntry) -> AccessResult<()> {
        patchbay_store::audit::append(tx, &self.inner.config.audit_key, entry).await?;
        Ok(())
    }
}

/// An entry about something a person did to themselves or the workspace, outside any project.
fn workspace_entry(user: &User, action: &str, subject: AuditSubject) -> NewAuditEntry {
    NewAuditEntry {
        project: None,
        actor: person_actor(&user.id, &user.name),
        action: action.to_owned(),
        subject,
        details: serde_json::json!({}),
        host: None,
    }
}

/// The same in a project.
fn project_entry(
    project: &ProjectId,
    actor: AuditActor,
    action: &str,
    subject: AuditSubject,
) -> NewAuditEntry {
    NewAuditEntry {
        project: Some(project.clone()),
        actor,
        action: action.to_owned(),
        subject,
        details: serde_json::json!({}),
        host: None,
    }
}

fn person_actor(id: &UserId, name: &str) -> AuditActor {
    AuditActor {
        kind: "user".to_owned(),
        id: id.to_string(),
        name: name.to_owned(),
    }
}

fn user_subject(user: &User) -> AuditSubject {
    AuditSubject::new("user", &user.id, user.name.clone())
}

/// Where a request comes from, as far as the guard against guessing cares.
fn address(ip: Option<IpAddr>) -> String {
    ip.map(|ip| ip.to_string()).unwrap_or_default()
}
