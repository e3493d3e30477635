//! Sealed credentials: several parts a generation, so that using an access token never opens the refresh token.

use patchbay_model::{ConnectionId, ProjectId, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::{credential, orphan};
use crate::{Db, StoreResult, Tx};

/// A sealed part: which one, and its record.
pub type SealedPart = (&'static str, Vec<u8>);

/// How many generations stay, so that a bad reconnect can be undone.
const GENERATIONS_KEPT: i64 = 2;

/// Stores a generation and drops those too old to keep.
pub async fn credential_put(
    tx: &Tx,
    project: &ProjectId,
    connection: &ConnectionId,
    generation: i64,
    parts: Vec<SealedPart>,
    now: Timestamp,
) -> StoreResult<()> {
    let rows = parts
        .into_iter()
        .map(|(part, sealed)| credential::ActiveModel {
            connection: Set(connection.to_string()),
            generation: Set(generation),
            part: Set(part.to_owned()),
            project: Set(project.to_string()),
            sealed: Set(sealed),
            created_at: Set(now.millis()),
        });
    credential::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    credential::Entity::delete_many()
        .filter(credential::Column::Connection.eq(connection.as_str()))
        .filter(credential::Column::Generation.lte(generation - GENERATIONS_KEPT))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// One sealed part of a generation.
pub async fn credential_part(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
    generation: i64,
    part: &str,
) -> StoreResult<Option<Vec<u8>>> {
    Ok(credential::Entity::find()
        .filter(credential::Column::Connection.eq(connection.as_str()))
        .filter(credential::Column::Project.eq(project.as_str()))
        .filter(credential::Column::Generation.eq(generation))
        .filter(credential::Column::Part.eq(part))
        .one(db)
        .await?
        .map(|row| row.sealed))
}

/// The newest generation that has a stored credential, at most `generation`. After a revocation the row's own number
/// has none; the one before may still be told to the provider.
pub async fn credential_newest(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<Option<i64>> {
    Ok(credential::Entity::find()
        .select_only()
        .column(credential::Column::Generation)
        .filter(credential::Column::Connection.eq(connection.as_str()))
        .filter(credential::Column::Project.eq(project.as_str()))
        .order_by_desc(credential::Column::Generation)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

/// Drops every generation of a connection. On SQLite the freed pages are overwritten (`secure_delete`).
pub async fn credentials_shred(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<()> {
    credential::Entity::delete_many()
        .filter(credential::Column::Connection.eq(connection.as_str()))
        .filter(credential::Column::Project.eq(project.as_str()))
        .exec(db)
        .await?;
    orphan::Entity::delete_many()
        .filter(orphan::Column::Connection.eq(connection.as_str()))
        .filter(orphan::Column::Project.eq(project.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether any credential is stored at all.
pub async fn credentials_exist(db: &impl Db) -> StoreResult<bool> {
    Ok(credential::Entity::find().limit(1).count(db).await? > 0)
}

/// An answer of a token endpoint that came too late to be stored as the connection's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanToken {
    /// Names it; also the record of its seal.
    pub id: String,
    /// The project.
    pub project: ProjectId,
    /// The connection it was asked for.
    pub connection: ConnectionId,
    /// The generation it was to follow.
    pub generation: i64,
    /// The sealed answer.
    pub sealed: Vec<u8>,
    /// When it is dropped.
    pub expires_at: Timestamp,
}

/// Keeps an orphan.
pub async fn orphan_put(db: &impl Db, token: &OrphanToken, now: Timestamp) -> StoreResult<()> {
    orphan::Entity::insert(orphan::ActiveModel {
        id: Set(token.id.clone()),
        project: Set(token.project.to_string()),
        connection: Set(token.connection.to_string()),
        generation: Set(token.generation),
        sealed: Set(token.sealed.clone()),
        created_at: Set(now.millis()),
        expires_at: Set(token.expires_at.millis()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// The newest orphan of a connection.
pub async fn orphan_newest(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
    now: Timestamp,
) -> StoreResult<Option<OrphanToken>> {
    Ok(orphan::Entity::find()
        .filter(orphan::Column::Connection.eq(connection.as_str()))
        .filter(orphan::Column::Project.eq(project.as_str()))
        .filter(orphan::Column::ExpiresAt.gt(now.millis()))
        .order_by_desc(orphan::Column::CreatedAt)
        .one(db)
        .await?
        .map(|row| OrphanToken {
            id: row.id,
            project: project.clone(),
            connection: connection.clone(),
            generation: row.generation,
            sealed: row.sealed,
            expires_at: Timestamp::from_millis(row.expires_at),
        }))
}

/// Drops one orphan.
pub async fn orphan_delete(db: &impl Db, project: &ProjectId, id: &str) -> StoreResult<()> {
    orphan::Entity::delete_many()
        .filter(orphan::Column::Id.eq(id))
        .filter(orphan::Column::Project.eq(project.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Drops the orphans whose time is over.
pub async fn orphans_expire(db: &impl Db, now: Timestamp) -> StoreResult<u64> {
    Ok(orphan::Entity::delete_many()
        .filter(orphan::Column::ExpiresAt.lte(now.millis()))
        .exec(db)
        .await?
        .rows_affected)
}
