//! The first owner and the first project.

use patchbay_model::{Code, Problem, ProjectId, Role, UserId};
use patchbay_store::{
    audit::{AuditActor, AuditSubject},
    people::{
        Project, User, member_insert, project_insert, user_insert, user_owner, workspace_lock,
    },
};

use crate::{
    Access, AccessResult, Browser, SignedIn, check, login::BeginSession, person_actor,
    project_entry, user_subject, workspace_entry,
};

/// What the first project is called when nobody says.
const FIRST_PROJECT: &str = "My project";

/// The first owner, as they describe themselves.
pub struct NewOwner {
    /// As others see them.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// At least 8 characters.
    pub password: String,
    /// What the first project is called.
    pub project_name: Option<String>,
}

impl Access {
    /// Whether the workspace waits for its owner.
    pub async fn setup_required(&self) -> AccessResult<bool> {
        Ok(user_owner(self.store().reader()).await?.is_none())
    }

    /// Makes the first owner and project, and signs the owner in.
    ///
    /// # Errors
    /// `SETUP_DONE` when there is an owner, `VALIDATION_FAILED` for fields that are not as they must be.
    pub async fn setup(&self, new: NewOwner, browser: &Browser) -> AccessResult<SignedIn> {
        let (user, _) = self.owner_insert(new, Some(browser)).await?;
        user.ok_or_else(Problem::internal)
    }

    /// Makes the first owner and project for the operator at the command line.
    ///
    /// # Errors
    /// As [`Access::setup`].
    pub async fn owner_create(&self, new: NewOwner) -> AccessResult<(UserId, ProjectId)> {
        let (_, made) = self.owner_insert(new, None).await?;
        Ok(made)
    }

    async fn owner_insert(
        &self,
        new: NewOwner,
        browser: Option<&Browser>,
    ) -> AccessResult<(Option<SignedIn>, (UserId, ProjectId))> {
        // Before anything is looked at: afterwards nobody learns here what a good field is.
        if !self.setup_required().await? {
            return Err(setup_done());
        }
        let project_name = new.project_name.as_deref().unwrap_or(FIRST_PROJECT);
        check::all([
            check::name("name", &new.name).err(),
            check::email("email", &new.email).err(),
            check::password("password", &new.password).err(),
            check::name("projectName", project_name).err(),
        ])?;
        let now = self.now();
        let user = User {
            id: UserId::new(),
            email: check::email("email", &new.email)?,
            name: check::name("name", &new.name)?,
            password_hash: Some(self.inner.passwords.hash(&new.password).await?),
            is_owner: true,
            created: now,
            disabled: false,
        };
        let project = Project {
            id: ProjectId::new(),
            name: check::name("projectName", project_name)?,
            created: now,
        };

        let tx = self.store().begin().await?;
        workspace_lock(&tx).await?;
        if user_owner(&*tx).await?.is_some() {
            return Err(setup_done());
        }
        user_insert(&tx, &user).await?;
        project_insert(&tx, &project).await?;
        member_insert(&tx, &project.id, &user.id, Role::Admin, now).await?;
        let signed_in = match browser {
            Some(browser) => Some(
                self.session_begin(
                    &tx,
                    BeginSession {
                        user: &user,
                        browser,
                        now,
                    },
                )
                .await?,
            ),
            None => None,
        };
        let by = |user: &User| match browser {
            Some(_) => person_actor(&user.id, &user.name),
            None => AuditActor::system(),
        };
        let mut entry = workspace_entry(&user, "owner.create", user_subject(&user));
        entry.actor = by(&user);
        self.audit_append(&tx, &entry).await?;
        let subject = AuditSubject::new("project", &project.id, project.name.clone());
        let entry = project_entry(&project.id, by(&user), "project.create", subject);
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok((signed_in, (user.id, project.id)))
    }
}

fn setup_done() -> Problem {
    Problem::new(
        Code::SetupDone,
        "This workspace has an owner already. Sign in instead.",
    )
}
