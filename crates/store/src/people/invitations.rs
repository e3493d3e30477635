//! Links that let somebody into a project once.

use patchbay_model::{InvitationId, ProjectId, Role, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::{
    entity::invitations::{ActiveModel, Column, Entity, Model},
    name_key, stored,
};
use crate::{Db, StoreResult, Tx};

/// An invitation to a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Names it in lists; says nothing about its token.
    pub id: InvitationId,
    /// Into which project.
    pub project: ProjectId,
    /// Who is meant.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When it was used.
    pub accepted: Option<Timestamp>,
    /// Who made it.
    pub created_by: UserId,
}

/// An invitation about to be made.
pub struct NewInvitation<'a> {
    /// SHA-256 of the token in the link.
    pub token_hash: &'a [u8; 32],
    /// What is to be listed.
    pub invitation: &'a Invitation,
}

fn read(row: Model) -> StoreResult<Invitation> {
    Ok(Invitation {
        id: stored("invitations", &row.id)?,
        project: stored("invitations", &row.project_id)?,
        email: row.email,
        role: stored("invitations", &row.role)?,
        created: Timestamp::from_millis(row.created),
        expires: Timestamp::from_millis(row.expires),
        accepted: row.accepted.map(Timestamp::from_millis),
        created_by: stored("invitations", &row.created_by)?,
    })
}

fn open(now: Timestamp) -> Select<Entity> {
    Entity::find()
        .filter(Column::Accepted.is_null())
        .filter(Column::Expires.gt(now.millis()))
}

/// Makes an invitation.
pub async fn invitation_insert(tx: &Tx, new: &NewInvitation<'_>) -> StoreResult<()> {
    let invitation = new.invitation;
    Entity::insert(ActiveModel {
        id: Set(invitation.id.to_string()),
        project_id: Set(invitation.project.to_string()),
        email: Set(invitation.email.clone()),
        email_key: Set(name_key(&invitation.email)),
        role: Set(invitation.role.as_str().to_owned()),
        token_hash: Set(new.token_hash.to_vec()),
        created: Set(invitation.created.millis()),
        expires: Set(invitation.expires.millis()),
        accepted: Set(None),
        created_by: Set(invitation.created_by.to_string()),
    })
    .exec_without_returning(&**tx)
    .await?;
    Ok(())
}

/// The invitation of a token, if it can still be used.
pub async fn invitation_by_token(
    db: &impl Db,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> StoreResult<Option<Invitation>> {
    let row = open(now)
        .filter(Column::TokenHash.eq(token_hash.to_vec()))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// An invitation that can still be used, locked until the write unit ends.
pub async fn invitation_lock(
    tx: &Tx,
    id: &InvitationId,
    now: Timestamp,
) -> StoreResult<Option<Invitation>> {
    let row = open(now)
        .filter(Column::Id.eq(id.as_str()))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    row.map(read).transpose()
}

/// An invitation of a project that can still be used.
pub async fn invitation_get(
    db: &impl Db,
    project: &ProjectId,
    id: &InvitationId,
    now: Timestamp,
) -> StoreResult<Option<Invitation>> {
    let row = open(now)
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::ProjectId.eq(project.as_str()))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// Invitations of a project that can still be used, oldest first, after the one with this time and id.
pub(super) async fn invitations_after(
    db: &impl Db,
    project: &ProjectId,
    now: Timestamp,
    after: Option<(i64, &str)>,
    limit: u64,
) -> StoreResult<Vec<Invitation>> {
    let mut query = open(now).filter(Column::ProjectId.eq(project.as_str()));
    if let Some((at, id)) = after {
        query = query.filter(
            Condition::any().add(Column::Created.gt(at)).add(
                Condition::all()
                    .add(Column::Created.eq(at))
                    .add(Column::Id.gt(id)),
            ),
        );
    }
    let rows = query
        .order_by_asc(Column::Created)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(read).collect()
}

/// How many addresses other than this one are invited anywhere in the workspace and have not come yet.
pub async fn invitation_open_count(
    db: &impl Db,
    besides: &str,
    now: Timestamp,
) -> StoreResult<u64> {
    let addresses: Vec<String> = open(now)
        .select_only()
        .column(Column::EmailKey)
        .filter(Column::EmailKey.ne(name_key(besides)))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(addresses.len() as u64)
}

/// Marks an invitation as used; it cannot be used again.
pub async fn invitation_accept(tx: &Tx, id: &InvitationId, now: Timestamp) -> StoreResult<()> {
    Entity::update_many()
        .col_expr(Column::Accepted, now.millis().into())
        .filter(Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Makes an invitation lead to another role.
pub async fn invitation_role_set(tx: &Tx, id: &InvitationId, role: Role) -> StoreResult<()> {
    Entity::update_many()
        .col_expr(Column::Role, role.as_str().into())
        .filter(Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Takes an invitation back.
pub async fn invitation_delete(tx: &Tx, id: &InvitationId) -> StoreResult<()> {
    Entity::delete_by_id(id.as_str()).exec(&**tx).await?;
    Ok(())
}

/// Takes back the open invitations of an address to a project.
pub async fn invitation_delete_open(tx: &Tx, project: &ProjectId, email: &str) -> StoreResult<()> {
    Entity::delete_many()
        .filter(Column::ProjectId.eq(project.as_str()))
        .filter(Column::EmailKey.eq(name_key(email)))
        .filter(Column::Accepted.is_null())
        .exec(&**tx)
        .await?;
    Ok(())
}
