//! Which renewals are due, across all projects: what the scheduler asks.

use patchbay_model::{ConnectionStatus, StatusReason, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    UsageVersion,
    entity::{
        connection::{Column, Entity},
        usage,
    },
    row::{ConnectionRow, IntentPhase},
};
use crate::{Db, StoreResult, database::is_sqlite};

/// Reasons for which a connection that does not work is still tried by itself.
const PASSING: [StatusReason; 3] = [
    StatusReason::ProviderUnavailable,
    StatusReason::HostUnreachable,
    StatusReason::AppMisconfigured,
];

/// Not before `now`, or whenever.
fn passed(column: Column, now: Timestamp) -> Condition {
    Condition::any()
        .add(column.is_null())
        .add(column.lte(now.millis()))
}

/// Those that work, and those whose trouble may pass.
fn hopeful() -> Condition {
    Condition::any()
        .add(Column::Status.eq(ConnectionStatus::Active.as_str()))
        .add(
            Condition::all()
                .add(Column::Status.is_in([
                    ConnectionStatus::Expired.as_str(),
                    ConnectionStatus::Error.as_str(),
                ]))
                .add(Column::StatusReason.is_in(PASSING.map(StatusReason::as_str))),
        )
}

/// Connections that somebody can be expected to use: used or made since, or named by a flow that is on.
fn wanted(since: Timestamp) -> Condition {
    Condition::any()
        .add(Column::LastUsedAt.gte(since.millis()))
        .add(Column::CreatedAt.gte(since.millis()))
        .add(
            Condition::all()
                .add(Column::FlowCount.gt(0))
                .add(Expr::exists(in_active_flow())),
        )
}

fn in_active_flow() -> SelectStatement {
    use crate::flows::entity::{Column as Flow, Entity as Flows};
    Query::select()
        .expr(Expr::value(1))
        .from(usage::Entity)
        .inner_join(
            Flows,
            Expr::col((Flows, Flow::Id)).equals((usage::Entity, usage::Column::Flow)),
        )
        .and_where(
            Expr::col((usage::Entity, usage::Column::Connection)).equals((Entity, Column::Id)),
        )
        .and_where(
            Expr::col((usage::Entity, usage::Column::Version)).eq(UsageVersion::Published.as_str()),
        )
        .and_where(Expr::col((Flows, Flow::Status)).eq(crate::flows::ACTIVE))
        .and_where(Expr::col((Flows, Flow::DeletedAt)).is_null())
        .take()
}

async fn rows(db: &impl Db, select: Select<Entity>) -> StoreResult<Vec<ConnectionRow>> {
    select
        .all(db)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Connections whose renewal is due and that were used or made since `since` or are named by an active flow; the ones
/// that run out first in front.
pub async fn refresh_due(
    db: &impl Db,
    now: Timestamp,
    since: Timestamp,
    limit: u64,
) -> StoreResult<Vec<ConnectionRow>> {
    rows(db, due_query(now, since, limit)).await
}

pub(super) fn due_query(now: Timestamp, since: Timestamp, limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Column::Trashed.eq(""))
        .filter(Column::NextRefreshAt.lte(now.millis()))
        .filter(hopeful())
        .filter(passed(Column::NextTryAt, now))
        .filter(passed(Column::LeaseUntil, now))
        .filter(wanted(since))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
}

/// Connections whose last renewal ended without a clear outcome, or was refused and is to be confirmed, and may be
/// tried again now.
pub async fn refresh_unsettled(
    db: &impl Db,
    now: Timestamp,
    limit: u64,
) -> StoreResult<Vec<ConnectionRow>> {
    rows(db, unsettled_query(now, limit)).await
}

pub(super) fn unsettled_query(now: Timestamp, limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Column::Trashed.eq(""))
        .filter(Column::IntentPhase.is_in([
            IntentPhase::Uncertain.as_str(),
            IntentPhase::Refused.as_str(),
        ]))
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .filter(Column::NextTryAt.lte(now.millis()))
        .filter(passed(Column::LeaseUntil, now))
        .order_by_asc(Column::NextTryAt)
        .limit(limit)
}

/// Connections with a renewal that was announced and did not come to an end: what a crash left behind. Where several
/// processes share the database, only those whose lease has run out; on SQLite all that `owner` did not announce.
pub async fn refresh_interrupted(
    db: &impl Db,
    now: Timestamp,
    owner: &str,
    limit: u64,
) -> StoreResult<Vec<ConnectionRow>> {
    let mut gone = passed(Column::LeaseUntil, now);
    if is_sqlite(db) {
        gone = gone.add(Column::LeaseOwner.ne(owner));
    }
    rows(db, interrupted_query(gone, limit)).await
}

pub(super) fn interrupted_query(gone: Condition, limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Column::IntentPhase.eq(IntentPhase::Started.as_str()))
        .filter(Column::Trashed.eq(""))
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .filter(gone)
        .order_by_asc(Column::IntentAt)
        .limit(limit)
}

/// Those of the active ones that end by themselves: nothing renews them, or their renewal has failed. Asked for one
/// after the other, because an index leads to either and to no mixture of them.
pub(super) fn ending() -> [Condition; 2] {
    [
        Condition::all().add(Column::Refreshable.eq(false)),
        Condition::all().add(Column::FailClass.is_not_null()),
    ]
}

/// Active connections that have run out and whose renewal is impossible or has failed: their status has to say so.
/// Up to `limit` of either kind, what ran out first in front.
pub async fn expired_active(
    db: &impl Db,
    now: Timestamp,
    limit: u64,
) -> StoreResult<Vec<ConnectionRow>> {
    let mut expired = Vec::new();
    for ending in ending() {
        expired.extend(rows(db, expired_query(ending, now, limit)).await?);
    }
    expired.sort_by(|a, b| (a.expires_at, &a.id).cmp(&(b.expires_at, &b.id)));
    expired.dedup_by(|a, b| a.id == b.id);
    Ok(expired)
}

pub(super) fn expired_query(ending: Condition, now: Timestamp, limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Column::Trashed.eq(""))
        .filter(Column::Status.eq(ConnectionStatus::Active.as_str()))
        .filter(Column::ExpiresAt.lte(now.millis()))
        .filter(ending)
        .filter(passed(Column::LeaseUntil, now))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
}

/// When the next of the things above comes due after `now`.
pub async fn refresh_wake(db: &impl Db, now: Timestamp) -> StoreResult<Option<Timestamp>> {
    let mut soonest: Option<i64> = None;
    for moment in moments(now) {
        let at: Option<Option<i64>> = moment.into_tuple().one(db).await?;
        soonest = [soonest, at.flatten()].into_iter().flatten().min();
    }
    Ok(soonest.map(Timestamp::from_millis))
}

pub(super) fn moments(now: Timestamp) -> Vec<Select<Entity>> {
    let next = |column: Column| {
        Entity::find()
            .select_only()
            .column(column)
            .filter(Column::Trashed.eq(""))
            .filter(column.gt(now.millis()))
            .order_by_asc(column)
            .limit(1)
    };
    let mut moments = vec![
        next(Column::NextRefreshAt).filter(hopeful()),
        next(Column::NextTryAt).filter(
            Condition::any()
                .add(Column::NextRefreshAt.lte(now.millis()))
                .add(Column::IntentPhase.ne(IntentPhase::None.as_str())),
        ),
    ];
    moments.extend(ending().map(|ending| {
        next(Column::ExpiresAt)
            .filter(Column::Status.eq(ConnectionStatus::Active.as_str()))
            .filter(ending)
    }));
    moments
}

/// Takes connections that ran out unused off the schedule: their next use renews them. Without this every round would
/// look at each of them.
pub async fn refresh_park(db: &impl Db, now: Timestamp, since: Timestamp) -> StoreResult<u64> {
    Ok(park_query(now, since).exec(db).await?.rows_affected)
}

pub(super) fn park_query(now: Timestamp, since: Timestamp) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Trashed.eq(""))
        .filter(Column::Status.eq(ConnectionStatus::Active.as_str()))
        .filter(Column::NextRefreshAt.lte(now.millis()))
        .filter(Column::ExpiresAt.lte(now.millis()))
        .filter(Column::IntentPhase.eq(IntentPhase::None.as_str()))
        .filter(passed(Column::LeaseUntil, now))
        .filter(wanted(since).not())
        .col_expr(Column::NextRefreshAt, Expr::value(None::<i64>))
}
