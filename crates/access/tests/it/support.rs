//! A workspace to try things in, on a clock that tests move.

use std::{cell::Cell, net::IpAddr, time::Duration};

use patchbay_access::{Access, AccessConfig, Browser, NewOwner, Person, SignedIn};
use patchbay_model::{Actor, Code, Problem, ProjectId, Role, Timestamp};
use patchbay_store::{Page, audit::AuditKey, people::workspace_ensure, testing::TestStore};

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

thread_local! {
    // Each test runs on a thread of its own.
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Moves the clock of this test.
pub(crate) fn wait(duration: Duration) {
    AHEAD.with(|ahead| ahead.set(ahead.get() + duration));
}

fn clock() -> Timestamp {
    Timestamp::now().plus(AHEAD.with(Cell::get))
}

/// A workspace with an owner and a project.
pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) owner: SignedIn,
    pub(crate) project: ProjectId,
    pub(crate) store: TestStore,
}

pub(crate) fn key() -> AuditKey {
    AuditKey::new(1, &[7; 32])
}

pub(crate) fn browser(ip: &str) -> Browser {
    Browser {
        user_agent: "Test/1".to_owned(),
        ip: ip.parse::<IpAddr>().ok(),
        before: None,
    }
}

pub(crate) async fn empty() -> (Access, TestStore) {
    let store = TestStore::sqlite().await;
    let tx = store.store.begin().await.expect("a write unit");
    workspace_ensure(&*tx, "inst_test", "Workspace")
        .await
        .expect("the workspace");
    tx.commit().await.expect("commits");
    let mut config = AccessConfig::new("https://patchbay.example", key());
    config.clock = clock;
    (Access::new(store.store.clone(), config), store)
}

pub(crate) async fn world() -> World {
    let (access, store) = empty().await;
    let owner = access
        .setup(
            NewOwner {
                name: "Olga".to_owned(),
                email: "olga@example.com".to_owned(),
                password: PASSWORD.to_owned(),
                project_name: None,
            },
            &browser("192.0.2.1"),
        )
        .await
        .expect("sets up");
    let me = access.me(&owner.person).await.expect("me");
    World {
        access,
        project: me.projects[0].0.id.clone(),
        owner,
        store,
    }
}

impl World {
    /// The owner in their first project.
    pub(crate) async fn admin(&self) -> Actor {
        self.actor(&self.owner.person).await
    }

    pub(crate) async fn actor(&self, person: &Person) -> Actor {
        self.access
            .actor(person, &self.project)
            .await
            .expect("is in the project")
    }

    /// Somebody new, invited by the owner.
    pub(crate) async fn join(&self, name: &str, role: Role) -> SignedIn {
        let email = format!("{}@example.com", name.to_lowercase());
        let token = self.invite(&email, role).await;
        self.access
            .invitation_accept(&token, Some(name), Some(PASSWORD), &browser("192.0.2.2"))
            .await
            .expect("joins")
    }

    /// The token of a new invitation.
    pub(crate) async fn invite(&self, email: &str, role: Role) -> String {
        let added = self
            .access
            .member_add(&self.admin().await, email, role)
            .await
            .expect("invites");
        let url = added.invitation.expect("a link").url;
        url.strip_prefix("https://patchbay.example/invite/")
            .expect("under the public URL")
            .to_owned()
    }
}

pub(crate) fn all() -> Page {
    Page::new(Some(100), None).expect("a valid limit")
}

/// The code of a refusal.
pub(crate) fn code<T>(result: Result<T, Problem>) -> Code {
    match result {
        Ok(_) => panic!("was not refused"),
        Err(problem) => problem.code,
    }
}
