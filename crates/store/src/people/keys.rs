//! API keys.

use patchbay_model::{KeyId, KeyScope, ProjectId, Role, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{
    entity::{api_keys, members, projects, users},
    stored,
};
use crate::{Db, Page, Paged, StoreResult, Tx};

/// An API key as it is listed; the key itself is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which.
    pub id: KeyId,
    /// Of which project.
    pub project: ProjectId,
    /// For whom it acts.
    pub user: UserId,
    /// What people call it.
    pub name: String,
    /// What it may do at most.
    pub scope: KeyScope,
    /// Its last four characters.
    pub hint: String,
    /// Since when.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub last_used: Option<Timestamp>,
}

/// An API key about to be made.
pub struct NewApiKey<'a> {
    /// SHA-256 of the key.
    pub key_hash: &'a [u8; 32],
    /// What is to be listed.
    pub key: &'a ApiKey,
}

/// What a key stands for at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGrant {
    /// Which key.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project: ProjectId,
    /// For whom it acts.
    pub user: UserId,
    /// What it may do at most.
    pub scope: KeyScope,
    /// Whether that person owns the workspace.
    pub user_is_owner: bool,
    /// What that person is in the project now.
    pub user_role: Option<Role>,
}

fn read(row: api_keys::Model) -> StoreResult<ApiKey> {
    Ok(ApiKey {
        id: stored("api_keys", &row.id)?,
        project: stored("api_keys", &row.project_id)?,
        user: stored("api_keys", &row.user_id)?,
        name: row.name,
        scope: stored("api_keys", &row.scope)?,
        hint: row.hint,
        created: Timestamp::from_millis(row.created),
        last_used: row.last_used.map(Timestamp::from_millis),
    })
}

/// Makes a key.
pub async fn key_insert(tx: &Tx, new: &NewApiKey<'_>) -> StoreResult<()> {
    let key = new.key;
    api_keys::Entity::insert(api_keys::ActiveModel {
        id: Set(key.id.to_string()),
        project_id: Set(key.project.to_string()),
        user_id: Set(key.user.to_string()),
        name: Set(key.name.clone()),
        scope: Set(key.scope.as_str().to_owned()),
        key_hash: Set(new.key_hash.to_vec()),
        hint: Set(key.hint.clone()),
        created: Set(key.created.millis()),
        last_used: Set(None),
        revoked: Set(None),
    })
    .exec_without_returning(&**tx)
    .await?;
    Ok(())
}

/// What the key with this hash stands for, unless it is revoked, its project deleted or its person shut out.
///
/// One statement, because every request with a key asks it.
pub async fn key_grant(db: &impl Db, key_hash: &[u8; 32]) -> StoreResult<Option<KeyGrant>> {
    type Row = (String, String, String, String, String, bool, Option<String>);
    let to_user = api_keys::Entity::belongs_to(users::Entity)
        .from(api_keys::Column::UserId)
        .to(users::Column::Id)
        .into();
    let to_project = api_keys::Entity::belongs_to(projects::Entity)
        .from(api_keys::Column::ProjectId)
        .to(projects::Column::Id)
        .into();
    let to_member = api_keys::Entity::belongs_to(members::Entity)
        .from((api_keys::Column::ProjectId, api_keys::Column::UserId))
        .to((members::Column::ProjectId, members::Column::UserId))
        .into();
    let row: Option<Row> = api_keys::Entity::find()
        .select_only()
        .columns([
            api_keys::Column::Id,
            api_keys::Column::Name,
            api_keys::Column::ProjectId,
            api_keys::Column::UserId,
            api_keys::Column::Scope,
        ])
        .column_as(users::Column::IsOwner, "user_is_owner")
        .column_as(members::Column::Role, "user_role")
        .join(JoinType::InnerJoin, to_user)
        .join(JoinType::InnerJoin, to_project)
        .join(JoinType::LeftJoin, to_member)
        .filter(api_keys::Column::KeyHash.eq(key_hash.to_vec()))
        .filter(api_keys::Column::Revoked.is_null())
        .filter(projects::Column::Deleted.is_null())
        .filter(users::Column::Disabled.eq(false))
        .into_tuple()
        .one(db)
        .await?;
    let Some((id, name, project, user, scope, user_is_owner, role)) = row else {
        return Ok(None);
    };
    Ok(Some(KeyGrant {
        id: stored("api_keys", &id)?,
        name,
        project: stored("api_keys", &project)?,
        user: stored("api_keys", &user)?,
        scope: stored("api_keys", &scope)?,
        user_is_owner,
        user_role: role.map(|role| stored("members", &role)).transpose()?,
    }))
}

/// One key of a project that is not revoked.
pub async fn key_get(db: &impl Db, project: &ProjectId, id: &KeyId) -> StoreResult<Option<ApiKey>> {
    let row = api_keys::Entity::find_by_id(id.as_str())
        .filter(api_keys::Column::ProjectId.eq(project.as_str()))
        .filter(api_keys::Column::Revoked.is_null())
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// The keys of a project that are not revoked, newest first.
pub async fn key_list(
    db: &impl Db,
    project: &ProjectId,
    page: &Page,
) -> StoreResult<Paged<ApiKey>> {
    let mut query = api_keys::Entity::find()
        .filter(api_keys::Column::ProjectId.eq(project.as_str()))
        .filter(api_keys::Column::Revoked.is_null());
    if let Some((created, id)) = page.after::<(i64, String)>()? {
        query = query.filter(
            Condition::any()
                .add(api_keys::Column::Created.lt(created))
                .add(
                    Condition::all()
                        .add(api_keys::Column::Created.eq(created))
                        .add(api_keys::Column::Id.lt(id)),
                ),
        );
    }
    let rows = query
        .order_by_desc(api_keys::Column::Created)
        .order_by_desc(api_keys::Column::Id)
        .limit(page.fetch())
        .all(db)
        .await?;
    let items = rows
        .into_iter()
        .map(read)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(items, |last| (last.created.millis(), last.id.to_string())))
}

/// Revokes a key of a project; says whether it was in force.
pub async fn key_revoke(
    tx: &Tx,
    project: &ProjectId,
    id: &KeyId,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = api_keys::Entity::update_many()
        .col_expr(api_keys::Column::Revoked, now.millis().into())
        .filter(api_keys::Column::Id.eq(id.as_str()))
        .filter(api_keys::Column::ProjectId.eq(project.as_str()))
        .filter(api_keys::Column::Revoked.is_null())
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Revokes all keys that act for a person in a project; says how many.
pub async fn key_revoke_all(
    tx: &Tx,
    project: &ProjectId,
    user: &UserId,
    now: Timestamp,
) -> StoreResult<u64> {
    let changed = api_keys::Entity::update_many()
        .col_expr(api_keys::Column::Revoked, now.millis().into())
        .filter(api_keys::Column::ProjectId.eq(project.as_str()))
        .filter(api_keys::Column::UserId.eq(user.as_str()))
        .filter(api_keys::Column::Revoked.is_null())
        .exec(&**tx)
        .await?;
    Ok(changed.rows_affected)
}

/// Writes down that a key was used.
pub async fn key_touch(tx: &Tx, id: &KeyId, now: Timestamp) -> StoreResult<()> {
    api_keys::Entity::update_many()
        .col_expr(api_keys::Column::LastUsed, now.millis().into())
        .filter(api_keys::Column::Id.eq(id.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}
