//! Who is in a project.

use std::{str::FromStr, time::Duration};

use patchbay_model::{
    Actor, Code, InvitationId, Problem, ProjectId, Right, Role, Timestamp, UserId,
};
use patchbay_store::{
    Page, Paged, Tx,
    audit::{AuditSubject, NewAuditEntry},
    people::{
        Invitation, MemberOrInvited, NewInvitation, User, invitation_delete,
        invitation_delete_open, invitation_get, invitation_insert, invitation_open_count,
        invitation_role_set, key_revoke_all, member_admins_besides, member_delete, member_get,
        member_insert, member_list, member_role_set, project_lock, user_by_email, user_count,
        user_get, workspace_lock,
    },
};

use crate::{Access, AccessResult, authenticate::project_not_found, check, limits, token};

/// How long an invitation's link works.
const INVITATION: Duration = Duration::from_hours(7 * 24);

/// Somebody in a project, or invited to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Their account, once they have one here.
    pub user: Option<(UserId, String)>,
    /// Their e-mail address.
    pub email: String,
    /// What they are, or will be.
    pub role: Role,
    /// The invitation they have not followed yet, and until when it works.
    pub invitation: Option<(InvitationId, Timestamp)>,
    /// Whether they own the workspace.
    pub is_owner: bool,
    /// Since when they are in the project, or invited.
    pub created: Timestamp,
}

/// A link to hand to somebody; it works once.
pub struct InvitationLink {
    /// The whole address.
    pub url: String,
    /// Until when it works.
    pub expires: Timestamp,
}

/// Somebody who has just been added or invited.
pub struct MemberAdded {
    /// As they are listed.
    pub member: MemberView,
    /// The link to give them; `None` when they have an account and are in the project at once.
    pub invitation: Option<InvitationLink>,
}

/// How a list of members names somebody: by their account, or by their invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberId {
    /// Somebody in the project.
    User(UserId),
    /// Somebody invited.
    Invitation(InvitationId),
}

impl FromStr for MemberId {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(Self::User(id));
        }
        text.parse()
            .map(Self::Invitation)
            .map_err(|_| member_not_found())
    }
}

fn member_not_found() -> Problem {
    Problem::new(
        Code::MemberNotFound,
        "There is no such member in this project.",
    )
}

fn owner_stays() -> Problem {
    Problem::new(
        Code::Forbidden,
        "The workspace's owner is admin in every project; that cannot be changed here.",
    )
}

fn view_user(user: &User, role: Role, created: Timestamp) -> MemberView {
    MemberView {
        user: Some((user.id.clone(), user.name.clone())),
        email: user.email.clone(),
        role: if user.is_owner { Role::Admin } else { role },
        invitation: None,
        is_owner: user.is_owner,
        created,
    }
}

fn view_invited(invitation: &Invitation) -> MemberView {
    MemberView {
        user: None,
        email: invitation.email.clone(),
        role: invitation.role,
        invitation: Some((invitation.id.clone(), invitation.expires)),
        is_owner: false,
        created: invitation.created,
    }
}

fn user_subject(user: &User) -> AuditSubject {
    AuditSubject::new("member", &user.id, user.name.clone())
}

fn invitation_subject(invitation: &Invitation) -> AuditSubject {
    AuditSubject::new("invitation", &invitation.id, invitation.email.clone())
}

/// A member found under the lock of the project.
enum Found {
    User(User, (Role, Timestamp)),
    Invited(Invitation),
}

impl Access {
    /// Everybody in the actor's project and everybody invited, oldest first.
    pub async fn member_list(&self, actor: &Actor, page: &Page) -> AccessResult<Paged<MemberView>> {
        actor.require(Right::MemberView)?;
        let rows = member_list(self.store().reader(), &actor.project, self.now(), page).await?;
        Ok(rows.map(|row| match row {
            MemberOrInvited::Member(member) => view_user(&member.user, member.role, member.created),
            MemberOrInvited::Invited(invitation) => view_invited(&invitation),
        }))
    }

    /// Adds somebody by e-mail address: at once when they have an account, else with a link to give them. An earlier
    /// link for the same address stops working.
    ///
    /// # Errors
    /// `EMAIL_TAKEN` when they are in the project, `PLAN_LIMIT`, `VALIDATION_FAILED`.
    pub async fn member_add(
        &self,
        actor: &Actor,
        email: &str,
        role: Role,
    ) -> AccessResult<MemberAdded> {
        actor.require(Right::MemberManage)?;
        let email = check::email("email", email)?;
        let by = actor.user().cloned().ok_or_else(|| {
            Problem::new(
                Code::Forbidden,
                "Only people and their keys can add members.",
            )
        })?;
        let now = self.now();
        let tx = self.store().begin().await?;
        // The plan's row first: always in this order, so that two write units never wait for each other.
        let plan = workspace_lock(&tx).await?.plan;
        project_lock(&tx, &actor.project)
            .await?
            .ok_or_else(project_not_found)?;
        let user = user_by_email(&*tx, &email)
            .await?
            .filter(|user| !user.disabled);
        if let Some(user) = user {
            return self.member_join_now(tx, actor, &user, role, now).await;
        }
        let present = user_count(&*tx).await? + invitation_open_count(&*tx, &email, now).await?;
        limits::room(plan, plan.limits().members, present, "person", "people")?;

        let token = token::token()?;
        let invitation = Invitation {
            id: InvitationId::new(),
            project: actor.project.clone(),
            email,
            role,
            created: now,
            expires: now.plus(INVITATION),
            accepted: None,
            created_by: by,
        };
        invitation_delete_open(&tx, &actor.project, &invitation.email).await?;
        invitation_insert(
            &tx,
            &NewInvitation {
                token_hash: &token::hash(&token),
                invitation: &invitation,
            },
        )
        .await?;
        let entry = NewAuditEntry::new(actor, "member.invite", invitation_subject(&invitation))
            .details(serde_json::json!({ "role": role }));
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(MemberAdded {
            member: view_invited(&invitation),
            invitation: Some(InvitationLink {
                url: format!("{}/invite/{token}", self.inner.config.public_url),
                expires: invitation.expires,
            }),
        })
    }

    async fn member_join_now(
        &self,
        tx: Tx,
        actor: &Actor,
        user: &User,
        role: Role,
        now: Timestamp,
    ) -> AccessResult<MemberAdded> {
        if member_get(&*tx, &actor.project, &user.id).await?.is_some() {
            return Err(Problem::new(
                Code::EmailTaken,
                "Somebody with this e-mail address is in the project already.",
            ));
        }
        member_insert(&tx, &actor.project, &user.id, role, now).await?;
        let entry = NewAuditEntry::new(actor, "member.add", user_subject(user))
            .details(serde_json::json!({ "role": role }));
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(MemberAdded {
            member: view_user(user, role, now),
            invitation: None,
        })
    }

    /// Makes a member, or somebody invited, something else.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN` for the workspace's owner.
    pub async fn member_change(
        &self,
        actor: &Actor,
        id: &MemberId,
        role: Role,
    ) -> AccessResult<MemberView> {
        actor.require(Right::MemberManage)?;
        let tx = self.store().begin().await?;
        let (subject, before, view) = match self.member_find(&tx, &actor.project, id).await? {
            Found::User(user, (before, since)) => {
                if user.is_owner {
                    return Err(owner_stays());
                }
                if before == Role::Admin && role != Role::Admin {
                    self.not_the_last_admin(&tx, &actor.project, &user.id)
                        .await?;
                }
                member_role_set(&tx, &actor.project, &user.id, role).await?;
                let view = view_user(&user, role, since);
                (user_subject(&user), before, view)
            }
            Found::Invited(mut invitation) => {
                invitation_role_set(&tx, &invitation.id, role).await?;
                let before = std::mem::replace(&mut invitation.role, role);
                (
                    invitation_subject(&invitation),
                    before,
                    view_invited(&invitation),
                )
            }
        };
        let entry = NewAuditEntry::new(actor, "member.role_change", subject)
            .details(serde_json::json!({ "from": before, "to": role }));
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Takes somebody out of the actor's project, or an invitation back. They are out at their next request, and so
    /// are the API keys that act for them; their connections and flows stay.
    ///
    /// # Errors
    /// `MEMBER_NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN` for the workspace's owner.
    pub async fn member_remove(&self, actor: &Actor, id: &MemberId) -> AccessResult<()> {
        actor.require(Right::MemberManage)?;
        let tx = self.store().begin().await?;
        let entry = match self.member_find(&tx, &actor.project, id).await? {
            Found::User(user, (before, _)) => {
                if user.is_owner {
                    return Err(owner_stays());
                }
                if before == Role::Admin {
                    self.not_the_last_admin(&tx, &actor.project, &user.id)
                        .await?;
                }
                member_delete(&tx, &actor.project, &user.id).await?;
                let keys = key_revoke_all(&tx, &actor.project, &user.id, self.now()).await?;
                NewAuditEntry::new(actor, "member.remove", user_subject(&user))
                    .details(serde_json::json!({ "role": before, "keysRevoked": keys }))
            }
            Found::Invited(invitation) => {
                invitation_delete(&tx, &invitation.id).await?;
                NewAuditEntry::new(actor, "member.uninvite", invitation_subject(&invitation))
            }
        };
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }

    async fn member_find(
        &self,
        tx: &Tx,
        project: &ProjectId,
        id: &MemberId,
    ) -> AccessResult<Found> {
        project_lock(tx, project)
            .await?
            .ok_or_else(project_not_found)?;
        let found = match id {
            MemberId::User(id) => {
                let member = member_get(&**tx, project, id).await?;
                user_get(&**tx, id)
                    .await?
                    .zip(member)
                    .map(|(user, member)| Found::User(user, member))
            }
            MemberId::Invitation(id) => invitation_get(&**tx, project, id, self.now())
                .await?
                .map(Found::Invited),
        };
        found.ok_or_else(member_not_found)
    }

    async fn not_the_last_admin(
        &self,
        tx: &Tx,
        project: &ProjectId,
        user: &UserId,
    ) -> AccessResult<()> {
        if member_admins_besides(tx, project, user).await? > 0 {
            return Ok(());
        }
        Err(Problem::new(
            Code::LastAdmin,
            "This is the project's only admin. Make somebody else admin first.",
        ))
    }
}
