//! How to take a replacement back.

use patchbay_model::{ConnectionId, ProjectId, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{entity::undo, row::parse};
use crate::{Db, StoreResult, Tx};

/// A replacement that can be taken back until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoRow {
    /// Hexadecimal SHA-256 of the token that undoes it.
    pub token_hash: String,
    /// The project.
    pub project: ProjectId,
    /// What was replaced.
    pub from: ConnectionId,
    /// By what.
    pub to: ConnectionId,
    /// Where, as JSON of the caller's.
    pub changes: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Keeps it, and drops those whose time is over.
pub async fn undo_insert(db: &impl Db, row: &UndoRow, now: Timestamp) -> StoreResult<()> {
    undo::Entity::delete_many()
        .filter(undo::Column::ExpiresAt.lte(now.millis()))
        .exec(db)
        .await?;
    undo::Entity::insert(undo::ActiveModel {
        token_hash: Set(row.token_hash.clone()),
        project: Set(row.project.to_string()),
        from_connection: Set(row.from.to_string()),
        to_connection: Set(row.to.to_string()),
        changes: Set(row.changes.clone()),
        created_at: Set(now.millis()),
        expires_at: Set(row.expires_at.millis()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Takes it out, so that it works once.
pub async fn undo_take(
    tx: &Tx,
    project: &ProjectId,
    token_hash: &str,
    now: Timestamp,
) -> StoreResult<Option<UndoRow>> {
    let found = undo::Entity::find_by_id(token_hash)
        .filter(undo::Column::Project.eq(project.as_str()))
        .filter(undo::Column::ExpiresAt.gt(now.millis()))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    let Some(row) = found else { return Ok(None) };
    undo::Entity::delete_by_id(token_hash).exec(&**tx).await?;
    Ok(Some(UndoRow {
        token_hash: row.token_hash,
        project: project.clone(),
        from: parse(&row.from_connection, "undo from")?,
        to: parse(&row.to_connection, "undo to")?,
        changes: row.changes,
        expires_at: Timestamp::from_millis(row.expires_at),
    }))
}
