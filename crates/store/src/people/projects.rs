//! Projects.

use patchbay_model::{ProjectId, Role, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

use super::{
    entity::{members, projects},
    name_key, stored,
};
use crate::{Db, Page, Paged, StoreResult, Tx};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Unique in the workspace, in any case of letters.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
}

fn read(row: projects::Model) -> StoreResult<Project> {
    Ok(Project {
        id: stored("projects", &row.id)?,
        name: row.name,
        created: Timestamp::from_millis(row.created),
    })
}

fn live() -> Select<projects::Entity> {
    projects::Entity::find().filter(projects::Column::Deleted.is_null())
}

/// Makes a project.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when the name is taken.
pub async fn project_insert(tx: &Tx, project: &Project) -> StoreResult<()> {
    projects::Entity::insert(projects::ActiveModel {
        id: Set(project.id.to_string()),
        name: Set(project.name.clone()),
        name_key: Set(name_key(&project.name)),
        created: Set(project.created.millis()),
        deleted: Set(None),
    })
    .exec_without_returning(&**tx)
    .await?;
    Ok(())
}

/// One project, unless it is deleted.
pub async fn project_get(db: &impl Db, id: &ProjectId) -> StoreResult<Option<Project>> {
    let row = live()
        .filter(projects::Column::Id.eq(id.as_str()))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// One project, locked until the write unit ends: changes to its members happen under this lock.
pub async fn project_lock(tx: &Tx, id: &ProjectId) -> StoreResult<Option<Project>> {
    let row = live()
        .filter(projects::Column::Id.eq(id.as_str()))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    row.map(read).transpose()
}

/// The project of this name, in any case of letters.
pub async fn project_by_name(db: &impl Db, name: &str) -> StoreResult<Option<Project>> {
    let row = live()
        .filter(projects::Column::NameKey.eq(name_key(name)))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// How many projects there are.
pub async fn project_count(db: &impl Db) -> StoreResult<u64> {
    Ok(live().count(db).await?)
}

/// Projects with the person's own role in each, `None` where they are no member. `members_only` leaves those out.
fn for_user(user: &UserId, members_only: bool) -> Select<projects::Entity> {
    let own = user.to_string();
    let relation = projects::Entity::belongs_to(members::Entity)
        .from(projects::Column::Id)
        .to(members::Column::ProjectId)
        .on_condition(move |_, right| {
            let column = Expr::col((right, members::Column::UserId));
            Condition::all().add(ExprTrait::eq(column, own.clone()))
        })
        .into();
    let join = if members_only {
        JoinType::InnerJoin
    } else {
        JoinType::LeftJoin
    };
    live()
        .join(join, relation)
        .order_by_asc(projects::Column::NameKey)
}

type WithRole = (projects::Model, Option<members::Model>);

fn read_with_role((project, member): WithRole) -> StoreResult<(Project, Option<Role>)> {
    let role = member
        .map(|member| stored("members", &member.role))
        .transpose()?;
    Ok((read(project)?, role))
}

/// A page of the projects a person is in, by name, with their role. With `members_only` unset, all projects, as the
/// owner sees them.
pub async fn project_list(
    db: &impl Db,
    user: &UserId,
    members_only: bool,
    page: &Page,
) -> StoreResult<Paged<(Project, Option<Role>)>> {
    let mut query = for_user(user, members_only);
    if let Some(name) = page.after::<String>()? {
        query = query.filter(projects::Column::NameKey.gt(name));
    }
    let rows = query
        .select_also(members::Entity)
        .limit(page.fetch())
        .all(db)
        .await?;
    let items = rows
        .into_iter()
        .map(read_with_role)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(items, |(project, _)| name_key(&project.name)))
}

/// All projects a person is in, by name, with their role. With `members_only` unset, all there are.
pub async fn project_list_all(
    db: &impl Db,
    user: &UserId,
    members_only: bool,
) -> StoreResult<Vec<(Project, Option<Role>)>> {
    let rows = for_user(user, members_only)
        .select_also(members::Entity)
        .all(db)
        .await?;
    rows.into_iter().map(read_with_role).collect()
}

/// Gives a project another name.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when the name is taken.
pub async fn project_rename(tx: &Tx, id: &ProjectId, name: &str) -> StoreResult<()> {
    projects::Entity::update_many()
        .col_expr(projects::Column::Name, name.into())
        .col_expr(projects::Column::NameKey, name_key(name).into())
        .filter(projects::Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Deletes a project: nobody finds it any more and its name is free again.
pub async fn project_delete(tx: &Tx, id: &ProjectId, now: Timestamp) -> StoreResult<()> {
    // No name has a tab in it, so a tombstone's key stands in nobody's way.
    let tombstone = format!("\t{id}");
    projects::Entity::update_many()
        .col_expr(projects::Column::Deleted, now.millis().into())
        .col_expr(projects::Column::NameKey, tombstone.into())
        .filter(projects::Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}
