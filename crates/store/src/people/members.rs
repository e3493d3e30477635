//! Who is in which project.

use std::collections::HashMap;

use patchbay_model::{ProjectId, Role, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::{
    Invitation, User,
    entity::{members, users},
    invitations::invitations_after,
    stored, users as people,
};
use crate::{Db, Page, Paged, StoreResult, Tx};

/// A person in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: User,
    /// As what.
    pub role: Role,
    /// Since when.
    pub created: Timestamp,
}

/// What a person is in a project, and since when; `None` when they are not in it.
pub async fn member_get(
    db: &impl Db,
    project: &ProjectId,
    user: &UserId,
) -> StoreResult<Option<(Role, Timestamp)>> {
    let row = members::Entity::find_by_id((project.to_string(), user.to_string()))
        .one(db)
        .await?;
    row.map(|row| {
        Ok((
            stored("members", &row.role)?,
            Timestamp::from_millis(row.created),
        ))
    })
    .transpose()
}

/// Somebody in a project, or invited to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberOrInvited {
    /// They are in it.
    Member(Member),
    /// They have been sent a link and have not come yet.
    Invited(Invitation),
}

/// Where a page ends: whether among the invited, and the time and id of the last row.
type After = (bool, i64, String);

/// A page of everybody in a project, oldest first, and after them everybody invited, oldest first.
pub async fn member_list(
    db: &impl Db,
    project: &ProjectId,
    now: Timestamp,
    page: &Page,
) -> StoreResult<Paged<MemberOrInvited>> {
    let after: Option<After> = page.after()?;
    let mut items = Vec::new();
    let among_invited = after.as_ref().is_some_and(|after| after.0);
    if !among_invited {
        let after = after.as_ref().map(|(_, at, id)| (*at, id.as_str()));
        items.extend(
            members_after(db, project, after, page.fetch())
                .await?
                .into_iter()
                .map(MemberOrInvited::Member),
        );
    }
    let room = page.fetch().saturating_sub(items.len() as u64);
    if room > 0 {
        let after = after
            .as_ref()
            .filter(|_| among_invited)
            .map(|(_, at, id)| (*at, id.as_str()));
        items.extend(
            invitations_after(db, project, now, after, room)
                .await?
                .into_iter()
                .map(MemberOrInvited::Invited),
        );
    }
    Ok(page.finish(items, |last| -> After {
        match last {
            MemberOrInvited::Member(member) => {
                (false, member.created.millis(), member.user.id.to_string())
            }
            MemberOrInvited::Invited(invitation) => {
                (true, invitation.created.millis(), invitation.id.to_string())
            }
        }
    }))
}

async fn members_after(
    db: &impl Db,
    project: &ProjectId,
    after: Option<(i64, &str)>,
    limit: u64,
) -> StoreResult<Vec<Member>> {
    let to_user = members::Entity::belongs_to(users::Entity)
        .from(members::Column::UserId)
        .to(users::Column::Id)
        .into();
    let mut query = members::Entity::find()
        .join(JoinType::InnerJoin, to_user)
        .select_also(users::Entity)
        .filter(members::Column::ProjectId.eq(project.as_str()));
    if let Some((at, id)) = after {
        query = query.filter(
            Condition::any().add(members::Column::Created.gt(at)).add(
                Condition::all()
                    .add(members::Column::Created.eq(at))
                    .add(members::Column::UserId.gt(id)),
            ),
        );
    }
    let rows = query
        .order_by_asc(members::Column::Created)
        .order_by_asc(members::Column::UserId)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .filter_map(|(member, user)| user.map(|user| (member, user)))
        .map(|(member, user)| {
            Ok(Member {
                user: people::read(user)?,
                role: stored("members", &member.role)?,
                created: Timestamp::from_millis(member.created),
            })
        })
        .collect()
}

/// How many are in each of these projects; a project without members is not in the answer.
pub async fn member_counts(
    db: &impl Db,
    projects: &[ProjectId],
) -> StoreResult<HashMap<ProjectId, u64>> {
    let rows: Vec<(String, i64)> = members::Entity::find()
        .select_only()
        .column(members::Column::ProjectId)
        .column_as(members::Column::UserId.count(), "count")
        .filter(members::Column::ProjectId.is_in(projects.iter().map(ProjectId::as_str)))
        .group_by(members::Column::ProjectId)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(project, count)| {
            Ok((
                stored("members", &project)?,
                u64::try_from(count).unwrap_or(0),
            ))
        })
        .collect()
}

/// Puts a person into a project.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when they are in it.
pub async fn member_insert(
    tx: &Tx,
    project: &ProjectId,
    user: &UserId,
    role: Role,
    now: Timestamp,
) -> StoreResult<()> {
    members::Entity::insert(members::ActiveModel {
        project_id: Set(project.to_string()),
        user_id: Set(user.to_string()),
        role: Set(role.as_str().to_owned()),
        created: Set(now.millis()),
    })
    .exec_without_returning(&**tx)
    .await?;
    Ok(())
}

/// Makes a member something else.
pub async fn member_role_set(
    tx: &Tx,
    project: &ProjectId,
    user: &UserId,
    role: Role,
) -> StoreResult<()> {
    members::Entity::update_many()
        .col_expr(members::Column::Role, role.as_str().into())
        .filter(members::Column::ProjectId.eq(project.as_str()))
        .filter(members::Column::UserId.eq(user.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Takes a person out of a project.
pub async fn member_delete(tx: &Tx, project: &ProjectId, user: &UserId) -> StoreResult<()> {
    members::Entity::delete_by_id((project.to_string(), user.to_string()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// How many admins a project has besides this person. Call it under [`super::project_lock`].
pub async fn member_admins_besides(
    tx: &Tx,
    project: &ProjectId,
    user: &UserId,
) -> StoreResult<u64> {
    Ok(members::Entity::find()
        .filter(members::Column::ProjectId.eq(project.as_str()))
        .filter(members::Column::UserId.ne(user.as_str()))
        .filter(members::Column::Role.eq(Role::Admin.as_str()))
        .count(&**tx)
        .await?)
}
