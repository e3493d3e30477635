//! Following an invitation's link.

use patchbay_model::{Code, Problem, Role, Timestamp, UserId};
use patchbay_store::{
    StoreError,
    audit::AuditSubject,
    people::{
        Invitation, Project, User, invitation_accept, invitation_by_token, invitation_lock,
        member_get, member_insert, project_get, project_lock, user_by_email, user_count,
        user_insert, workspace_lock,
    },
};

use crate::{
    Access, AccessResult, Browser, SignedIn, check, guard::Attempt, limits, login::BeginSession,
    person_actor, project_entry, token, user_subject, workspace_entry,
};

/// What somebody sees who opens an invitation's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// Who is meant.
    pub email: String,
    /// Into which project.
    pub project: Project,
    /// As what.
    pub role: Role,
    /// Whether they have an account here already.
    pub existing_user: bool,
    /// Until when the link works.
    pub expires: Timestamp,
}

fn not_found() -> Problem {
    Problem::new(
        Code::InvitationNotFound,
        "This invitation does not work any more: it was used, taken back, or is too old. Ask for a new one.",
    )
}

/// The account that follows the link.
enum Comer {
    /// It was there, and they showed that it is theirs; with the check of their password, if that was how.
    Known(User, Option<Attempt>),
    /// It is made now.
    New(User),
}

impl Access {
    /// What an invitation's link leads to.
    ///
    /// # Errors
    /// `INVITATION_NOT_FOUND` when it cannot be used (any more).
    pub async fn invitation_view(&self, link_token: &str) -> AccessResult<InvitationView> {
        let db = self.store().reader();
        let invitation = invitation_by_token(db, &token::hash(link_token), self.now())
            .await?
            .ok_or_else(not_found)?;
        let project = project_get(db, &invitation.project)
            .await?
            .ok_or_else(not_found)?;
        let existing_user = user_by_email(db, &invitation.email).await?.is_some();
        Ok(InvitationView {
            email: invitation.email,
            project,
            role: invitation.role,
            existing_user,
            expires: invitation.expires,
        })
    }

    /// Follows an invitation's link, once: somebody new gives a name and a password; somebody with an account is
    /// signed in as the invited address or gives its password.
    ///
    /// # Errors
    /// `INVITATION_NOT_FOUND`; `UNAUTHENTICATED` when an existing person has to sign in; `INVALID_CREDENTIALS`,
    /// `ACCOUNT_LOCKED` and `RATE_LIMITED` as when signing in; `VALIDATION_FAILED`; `PLAN_LIMIT`.
    pub async fn invitation_accept(
        &self,
        link_token: &str,
        name: Option<&str>,
        password: Option<&str>,
        browser: &Browser,
    ) -> AccessResult<SignedIn> {
        let found =
            invitation_by_token(self.store().reader(), &token::hash(link_token), self.now())
                .await?
                .ok_or_else(not_found)?;
        let comer = self.comer(&found, name, password, browser).await?;

        let now = self.now();
        let tx = self.store().begin().await?;
        let plan = workspace_lock(&tx).await?.plan;
        let project = project_lock(&tx, &found.project)
            .await?
            .ok_or_else(not_found)?;
        let invitation = invitation_lock(&tx, &found.id, now)
            .await?
            .ok_or_else(not_found)?;
        let user = match &comer {
            Comer::Known(user, attempt) => {
                if let Some(attempt) = attempt {
                    self.attempt_passed(&tx, attempt).await?;
                }
                user
            }
            Comer::New(user) => {
                let present = user_count(&*tx).await?;
                limits::room(plan, plan.limits().members, present, "person", "people")?;
                user_insert(&tx, user).await.map_err(|error| match error {
                    StoreError::Duplicate => Problem::new(
                        Code::EmailTaken,
                        "This address has got an account meanwhile. Open the link again and sign in.",
                    ),
                    other => other.into(),
                })?;
                user
            }
        };
        if member_get(&*tx, &project.id, &user.id).await?.is_none() {
            member_insert(&tx, &project.id, &user.id, invitation.role, now).await?;
        }
        invitation_accept(&tx, &invitation.id, now).await?;
        let signed_in = self
            .session_begin(&tx, BeginSession { user, browser, now })
            .await?;
        if matches!(comer, Comer::New(_)) {
            let entry = workspace_entry(user, "user.create", user_subject(user));
            self.audit_append(&tx, &entry).await?;
        }
        let mut entry = project_entry(
            &project.id,
            person_actor(&user.id, &user.name),
            "member.join",
            AuditSubject::new("member", &user.id, user.name.clone()),
        );
        entry.details = serde_json::json!({
            "role": invitation.role,
            "invitation": invitation.id,
            "invitedBy": invitation.created_by,
        });
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    async fn comer(
        &self,
        invitation: &Invitation,
        name: Option<&str>,
        password: Option<&str>,
        browser: &Browser,
    ) -> AccessResult<Comer> {
        let existing = user_by_email(self.store().reader(), &invitation.email).await?;
        let Some(user) = existing else {
            let (name, password) = (name.unwrap_or_default(), password.unwrap_or_default());
            check::all([
                check::name("name", name).err(),
                check::password("password", password).err(),
            ])?;
            return Ok(Comer::New(User {
                id: UserId::new(),
                email: invitation.email.clone(),
                name: check::name("name", name)?,
                password_hash: Some(self.inner.passwords.hash(password).await?),
                is_owner: false,
                created: self.now(),
                disabled: false,
            }));
        };
        let signed_in = browser
            .before
            .as_ref()
            .is_some_and(|person| person.id == user.id);
        if signed_in {
            return Ok(Comer::Known(user, None));
        }
        let Some(password) = password else {
            return Err(Problem::new(
                Code::Unauthenticated,
                format!(
                    "{} has an account here. Sign in with it first.",
                    invitation.email
                ),
            ));
        };
        let (user, attempt) = self
            .password_check(&invitation.email, password, browser.ip)
            .await?;
        Ok(Comer::Known(user, Some(attempt)))
    }
}
