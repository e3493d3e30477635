//! People with an account.

use std::collections::HashMap;

use patchbay_model::{Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};

use super::{entity::users, stored};
use crate::{Db, StoreResult, Tx};

/// A person with an account in the workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// As they wrote it; compared without regard to case.
    pub email: String,
    /// As others see them.
    pub name: String,
    /// Argon2id in PHC form; `None` signs in some other way.
    pub password_hash: Option<String>,
    /// The workspace's one owner.
    pub is_owner: bool,
    /// Since when.
    pub created: Timestamp,
    /// Shut out everywhere.
    pub disabled: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What e-mail addresses and names are compared and made unique by: trimmed and in lower case.
pub fn name_key(text: &str) -> String {
    text.trim().to_lowercase()
}

pub(super) fn read(row: users::Model) -> StoreResult<User> {
    Ok(User {
        id: stored("users", &row.id)?,
        email: row.email,
        name: row.name,
        password_hash: row.password_hash,
        is_owner: row.is_owner,
        created: Timestamp::from_millis(row.created),
        disabled: row.disabled,
    })
}

fn row(user: &User) -> users::ActiveModel {
    users::ActiveModel {
        id: Set(user.id.to_string()),
        email: Set(user.email.clone()),
        email_key: Set(name_key(&user.email)),
        name: Set(user.name.clone()),
        password_hash: Set(user.password_hash.clone()),
        is_owner: Set(user.is_owner),
        created: Set(user.created.millis()),
        disabled: Set(user.disabled),
    }
}

/// Adds a person.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when the e-mail address has an account.
pub async fn user_insert(tx: &Tx, user: &User) -> StoreResult<()> {
    users::Entity::insert(row(user))
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Writes a person's row anew; read it with [`user_lock`] before.
pub async fn user_update(tx: &Tx, user: &User) -> StoreResult<()> {
    users::Entity::update(row(user))
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// One person.
pub async fn user_get(db: &impl Db, id: &UserId) -> StoreResult<Option<User>> {
    let row = users::Entity::find_by_id(id.as_str()).one(db).await?;
    row.map(read).transpose()
}

/// One person, locked until the write unit ends.
pub async fn user_lock(tx: &Tx, id: &UserId) -> StoreResult<Option<User>> {
    let row = users::Entity::find_by_id(id.as_str())
        .lock_exclusive()
        .one(&**tx)
        .await?;
    row.map(read).transpose()
}

/// The person with this e-mail address, in any case of letters.
pub async fn user_by_email(db: &impl Db, email: &str) -> StoreResult<Option<User>> {
    let row = users::Entity::find()
        .filter(users::Column::EmailKey.eq(name_key(email)))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// The workspace's owner, once it is set up.
pub async fn user_owner(db: &impl Db) -> StoreResult<Option<User>> {
    let row = users::Entity::find()
        .filter(users::Column::IsOwner.eq(true))
        .one(db)
        .await?;
    row.map(read).transpose()
}

/// How many people can sign in.
pub async fn user_count(db: &impl Db) -> StoreResult<u64> {
    Ok(users::Entity::find()
        .filter(users::Column::Disabled.eq(false))
        .count(db)
        .await?)
}

/// The names of these people.
pub async fn user_names(
    db: &impl Db,
    ids: impl IntoIterator<Item = &UserId>,
) -> StoreResult<HashMap<UserId, String>> {
    let ids: Vec<&str> = ids.into_iter().map(UserId::as_str).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String)> = users::Entity::find()
        .select_only()
        .columns([users::Column::Id, users::Column::Name])
        .filter(users::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(id, name)| Ok((stored("users", &id)?, name)))
        .collect()
}
