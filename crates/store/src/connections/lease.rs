//! The row lease under which a renewal asks the provider, and the fence that keeps a late answer out.

use patchbay_model::{ConnectionId, ConnectionStatus, ProjectId, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{
    SealedPart, credential_put,
    entity::connection::{Column, Entity},
    row::{IntentPhase, json},
    write::of,
};
use crate::{Db, StoreResult, Tx, database::is_sqlite};

/// The database's clock: the one all nodes share. Leases are measured by it.
pub async fn database_now(db: &impl Db) -> StoreResult<Timestamp> {
    use sea_orm::{ConnectionTrait, Statement};
    if is_sqlite(db) {
        // One machine: its clock is the database's.
        return Ok(Timestamp::now());
    }
    let statement = Statement::from_string(
        db.get_database_backend(),
        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now",
    );
    let row = ConnectionTrait::query_one_raw(db, statement).await?;
    match row {
        Some(row) => Ok(Timestamp::from_millis(row.try_get("", "now")?)),
        None => Ok(Timestamp::now()),
    }
}

/// A lease asked for.
#[derive(Debug, Clone)]
pub struct LeaseClaim<'a> {
    /// The process that asks.
    pub owner: &'a str,
    /// Names the attempt.
    pub attempt: &'a str,
    /// [`database_now`].
    pub now: Timestamp,
    /// Until when it shall hold.
    pub until: Timestamp,
}

/// Takes the lease of a connection and announces the renewal, if the credential is still of this generation, the
/// connection is not revoked or in the trash, and nobody else holds the lease. Answers the epoch that
/// [`refresh_commit`] must show. Commit it before asking the provider: that proves that the answer can be stored.
pub async fn refresh_claim(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    generation: i64,
    claim: LeaseClaim<'_>,
) -> StoreResult<Option<i64>> {
    let mut free = Condition::any()
        .add(Column::LeaseUntil.is_null())
        .add(Column::LeaseUntil.lte(claim.now.millis()));
    if is_sqlite(db) {
        // One process has the file to itself: whoever else held the lease has ended.
        free = free.add(Column::LeaseOwner.ne(claim.owner));
    }
    let rows = of(project, id)
        .filter(Column::Generation.eq(generation))
        .filter(Column::Trashed.eq(""))
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .filter(free)
        .col_expr(Column::LeaseOwner, Expr::value(claim.owner))
        .col_expr(Column::LeaseEpoch, Expr::col(Column::LeaseEpoch).add(1))
        .col_expr(Column::LeaseUntil, Expr::value(claim.until.millis()))
        .col_expr(Column::IntentAttempt, Expr::value(claim.attempt))
        .col_expr(Column::IntentAt, Expr::value(claim.now.millis()))
        .col_expr(
            Column::IntentPhase,
            Expr::value(IntentPhase::Started.as_str()),
        )
        .exec(db)
        .await?
        .rows_affected;
    if rows == 0 {
        return Ok(None);
    }
    // Nobody else can take the lease in between: it is ours until `until`, and the attempt tells ours apart.
    let epoch = Entity::find_by_id(id.as_str())
        .select_only()
        .column(Column::LeaseEpoch)
        .filter(Column::IntentAttempt.eq(claim.attempt))
        .into_tuple()
        .one(db)
        .await?;
    Ok(epoch)
}

/// What a renewal brought.
#[derive(Debug, Clone, Default)]
pub struct Refreshed {
    /// When the new token stops working.
    pub expires_at: Option<Timestamp>,
    /// When it is to be renewed.
    pub next_refresh_at: Option<Timestamp>,
    /// Whether it can be renewed again.
    pub refreshable: bool,
    /// Whether a new token mends what the status says; a missing permission stays missing.
    pub heals: bool,
    /// What is granted now, if the answer said so.
    pub scopes: Option<Vec<String>>,
    /// The sealed parts of the new generation.
    pub parts: Vec<SealedPart>,
}

/// Stores what a renewal brought as the next generation, if the credential and the lease are still the ones it was
/// asked under. `false`: somebody was faster or the connection was revoked; nothing was stored.
pub async fn refresh_commit(
    tx: &Tx,
    project: &ProjectId,
    id: &ConnectionId,
    generation: i64,
    epoch: i64,
    refreshed: Refreshed,
    now: Timestamp,
) -> StoreResult<bool> {
    let mut update = of(project, id)
        .filter(Column::Generation.eq(generation))
        .filter(Column::LeaseEpoch.eq(epoch))
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .col_expr(Column::Generation, Expr::value(generation + 1))
        .col_expr(
            Column::ExpiresAt,
            Expr::value(refreshed.expires_at.map(Timestamp::millis)),
        )
        .col_expr(
            Column::NextRefreshAt,
            Expr::value(refreshed.next_refresh_at.map(Timestamp::millis)),
        )
        .col_expr(Column::Refreshable, Expr::value(refreshed.refreshable))
        .col_expr(Column::LastRefreshedAt, Expr::value(now.millis()))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::IntentPhase, Expr::value(IntentPhase::None.as_str()))
        .col_expr(Column::FailClass, Expr::value(None::<String>))
        .col_expr(Column::FailCount, Expr::value(0_i64))
        .col_expr(Column::NextTryAt, Expr::value(None::<i64>))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    if refreshed.heals {
        let since = Expr::case(
            Column::Status.eq(ConnectionStatus::Active.as_str()),
            Expr::col(Column::StatusSince),
        )
        .finally(Expr::value(now.millis()));
        update = update
            .col_expr(Column::StatusSince, since.into())
            .col_expr(
                Column::Status,
                Expr::value(ConnectionStatus::Active.as_str()),
            )
            .col_expr(Column::StatusReason, Expr::value(None::<String>))
            .col_expr(Column::ProviderError, Expr::value(None::<String>));
    }
    if let Some(scopes) = &refreshed.scopes {
        update = update.col_expr(Column::Scopes, Expr::value(json(scopes)?));
    }
    if update.exec(&**tx).await?.rows_affected == 0 {
        return Ok(false);
    }
    credential_put(tx, project, id, generation + 1, refreshed.parts, now).await?;
    Ok(true)
}

/// How a renewal failed.
#[derive(Debug, Clone)]
pub struct RefreshFailure<'a> {
    /// The class of the failure.
    pub class: &'a str,
    /// What is known about the refresh token that was presented.
    pub phase: IntentPhase,
    /// Not to be tried again before; `None`: not by itself at all.
    pub next_try_at: Option<Timestamp>,
}

/// Gives the lease back without a new credential and notes the failure. `false` when the lease was lost meanwhile.
pub async fn refresh_failed(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    epoch: i64,
    failure: RefreshFailure<'_>,
) -> StoreResult<bool> {
    let mut update = of(project, id)
        .filter(Column::LeaseEpoch.eq(epoch))
        .filter(Column::LeaseOwner.is_not_null())
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::IntentPhase, Expr::value(failure.phase.as_str()))
        .col_expr(Column::FailClass, Expr::value(failure.class))
        .col_expr(Column::FailCount, Expr::col(Column::FailCount).add(1))
        .col_expr(
            Column::NextTryAt,
            Expr::value(failure.next_try_at.map(Timestamp::millis)),
        );
    if failure.next_try_at.is_none() {
        update = update.col_expr(Column::NextRefreshAt, Expr::value(None::<i64>));
    }
    Ok(update.exec(db).await?.rows_affected > 0)
}

/// Puts a renewal off that was not begun, because its app is known to fail or is busy. `class` says why, where it is a
/// failure.
pub async fn refresh_postpone(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    class: Option<&str>,
    until: Timestamp,
) -> StoreResult<()> {
    let mut update = of(project, id)
        .filter(Column::LeaseUntil.is_null())
        .filter(Column::IntentPhase.ne(IntentPhase::Started.as_str()))
        .col_expr(Column::NextTryAt, Expr::value(until.millis()));
    if let Some(class) = class {
        update = update
            .col_expr(Column::FailClass, Expr::value(class))
            .col_expr(Column::FailCount, Expr::col(Column::FailCount).add(1));
    }
    update.exec(db).await?;
    Ok(())
}

/// Lets the connections of an app be renewed at once again, after what kept them from it was mended.
pub async fn refresh_unblock(
    db: &impl Db,
    project: &ProjectId,
    app: &str,
    class: &str,
) -> StoreResult<()> {
    Entity::update_many()
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::App.eq(app))
        .filter(Column::FailClass.eq(class))
        .col_expr(Column::NextTryAt, Expr::value(None::<i64>))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes back what a failed attempt has concluded about a generation, because an answer for it has turned up after all.
pub async fn refresh_reopen(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    generation: i64,
    now: Timestamp,
) -> StoreResult<()> {
    of(project, id)
        .filter(Column::Generation.eq(generation))
        .filter(Column::LeaseUntil.is_null())
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .col_expr(
            Column::IntentPhase,
            Expr::value(IntentPhase::Uncertain.as_str()),
        )
        .col_expr(Column::FailClass, Expr::value(None::<String>))
        .col_expr(Column::NextTryAt, Expr::value(now.millis()))
        .exec(db)
        .await?;
    Ok(())
}
