//! Counting failed password checks, for addresses with and without an account alike.

use patchbay_model::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use super::entity::login_attempts::{ActiveModel, Column, Entity};
use crate::{StoreResult, Tx};

/// Password checks of an account since the last one that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How many were begun and have not passed.
    pub failures: u32,
    /// When the last one began.
    pub last: Timestamp,
    /// No check begins before this.
    pub locked_until: Option<Timestamp>,
}

/// The attempts on an account (the hash of its address), locked until the write unit ends.
pub async fn attempts_lock(tx: &Tx, account: &[u8; 32]) -> StoreResult<Attempts> {
    // A row to lock must be there first, or two first attempts would not see each other.
    Entity::insert(row(account, &Attempts::default()))
        .on_conflict(OnConflict::column(Column::Account).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    let found = Entity::find_by_id(account.to_vec())
        .lock_exclusive()
        .one(&**tx)
        .await?;
    Ok(found.map_or_else(Attempts::default, |row| Attempts {
        failures: u32::try_from(row.failures).unwrap_or(0),
        last: Timestamp::from_millis(row.last),
        locked_until: row.locked_until.map(Timestamp::from_millis),
    }))
}

/// Writes what [`attempts_lock`] read, changed.
pub async fn attempts_put(tx: &Tx, account: &[u8; 32], attempts: &Attempts) -> StoreResult<()> {
    Entity::update(row(account, attempts))
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Forgets the attempts on an account: the password was right.
pub async fn attempts_clear(tx: &Tx, account: &[u8; 32]) -> StoreResult<()> {
    Entity::delete_by_id(account.to_vec()).exec(&**tx).await?;
    Ok(())
}

/// Forgets attempts that began before a moment.
pub async fn attempts_prune(tx: &Tx, before: Timestamp) -> StoreResult<()> {
    Entity::delete_many()
        .filter(Column::Last.lt(before.millis()))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn row(account: &[u8; 32], attempts: &Attempts) -> ActiveModel {
    ActiveModel {
        account: Set(account.to_vec()),
        failures: Set(i32::try_from(attempts.failures).unwrap_or(i32::MAX)),
        last: Set(attempts.last.millis()),
        locked_until: Set(attempts.locked_until.map(Timestamp::millis)),
    }
}
