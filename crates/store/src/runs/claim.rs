//! Which worker has which run, and for how long.

use std::time::Duration;

use patchbay_model::{ProjectId, RunId, RunStatus, Timestamp};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, LockBehavior, LockType, Query},
};

use super::{Run, entity, run};
use crate::{Db, StoreResult, Tx, database::is_sqlite};

/// A run a worker has taken, with the epoch that fences what it writes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedRun {
    /// The run as it was when it was taken.
    pub run: Run,
    /// The fence.
    pub epoch: i64,
}

/// What a heartbeat learned about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Which run.
    pub run: RunId,
    /// Whether somebody wants it stopped.
    pub cancel_requested: bool,
}

/// Runs that have not ended. They are few among all there are, and have an index of their own.
fn open() -> Expr {
    entity::Column::FinishedAt.is_null()
}

/// Whether any run waits for a worker: cheap, asked before a write unit is opened.
pub async fn queue_has_work(db: &impl Db) -> StoreResult<bool> {
    let one: Option<String> = entity::Entity::find()
        .select_only()
        .column(entity::Column::Id)
        .filter(entity::Column::Status.eq(RunStatus::Queued.as_str()))
        .filter(open())
        .into_tuple()
        .one(db)
        .await?;
    Ok(one.is_some())
}

/// Takes up to `limit` queued runs, oldest first, leaving out those of `busy` projects (so that one project cannot take
/// every worker) and those of a lane in which an older run has not ended yet.
pub async fn run_claim(
    tx: &Tx,
    owner: &str,
    busy: &[ProjectId],
    limit: u64,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Vec<ClaimedRun>> {
    let older = Alias::new("older");
    let older_in_lane = Query::select()
        .expr(Expr::value(1))
        .from_as(entity::Entity, older.clone())
        .and_where(
            Expr::col((older.clone(), entity::Column::Lane))
                .equals((entity::Entity, entity::Column::Lane)),
        )
        .and_where(
            Expr::col((older.clone(), entity::Column::Status))
                .is_in([RunStatus::Queued.as_str(), RunStatus::Running.as_str()]),
        )
        .and_where(
            Expr::col((older, entity::Column::Id))
                .lt(Expr::col((entity::Entity, entity::Column::Id))),
        )
        .to_owned();
    let mut query = entity::Entity::find()
        .filter(entity::Column::Status.eq(RunStatus::Queued.as_str()))
        .filter(open())
        .filter(Expr::exists(older_in_lane).not())
        .order_by_asc(entity::Column::Id)
        .limit(limit);
    if !busy.is_empty() {
        query = query.filter(entity::Column::Project.is_not_in(busy.iter().map(ProjectId::as_str)));
    }
    if !is_sqlite(&**tx) {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let rows = query.all(&**tx).await?;
    let mut out = Vec::with_capacity(rows.len());
    for mut row in rows {
        RunStatus::Running.as_str().clone_into(&mut row.status);
        row.lease_epoch += 1;
        row.revision += 1;
        row.started_at = row.started_at.or(Some(now.millis()));
        row.wake_at = None;
        row.waiting_run = None;
        entity::Entity::update_many()
            .col_expr(entity::Column::Status, Expr::value(row.status.as_str()))
            .col_expr(entity::Column::LeaseOwner, Expr::value(owner))
            .col_expr(entity::Column::LeaseEpoch, Expr::value(row.lease_epoch))
            .col_expr(
                entity::Column::LeaseUntil,
                Expr::value(now.plus(lease).millis()),
            )
            .col_expr(entity::Column::StartedAt, Expr::value(row.started_at))
            .col_expr(entity::Column::WakeAt, Expr::value(row.wake_at))
            .col_expr(
                entity::Column::WaitingRun,
                Expr::value(row.waiting_run.clone()),
            )
            .col_expr(entity::Column::Revision, Expr::value(row.revision))
            .filter(entity::Column::Id.eq(row.id.as_str()))
            .exec(&**tx)
            .await?;
        out.push(ClaimedRun {
            epoch: row.lease_epoch,
            run: run(&row)?,
        });
    }
    Ok(out)
}

/// Says that the owner still works on its runs. Comes back with those it still has.
pub async fn leases_extend(
    tx: &Tx,
    owner: &str,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Vec<Beat>> {
    entity::Entity::update_many()
        .col_expr(
            entity::Column::LeaseUntil,
            Expr::value(now.plus(lease).millis()),
        )
        .filter(entity::Column::LeaseOwner.eq(owner))
        .filter(entity::Column::Status.eq(RunStatus::Running.as_str()))
        .filter(open())
        .exec(&**tx)
        .await?;
    let rows: Vec<(String, bool)> = entity::Entity::find()
        .select_only()
        .column(entity::Column::Id)
        .column(entity::Column::CancelRequested)
        .filter(entity::Column::LeaseOwner.eq(owner))
        .filter(entity::Column::Status.eq(RunStatus::Running.as_str()))
        .filter(open())
        .into_tuple()
        .all(&**tx)
        .await?;
    rows.into_iter()
        .map(|(id, cancel_requested)| {
            Ok(Beat {
                run: super::parse(&id)?,
                cancel_requested,
            })
        })
        .collect()
}

async fn requeue(tx: &Tx, filter: sea_orm::Condition) -> StoreResult<u64> {
    let done = entity::Entity::update_many()
        .col_expr(
            entity::Column::Status,
            Expr::value(RunStatus::Queued.as_str()),
        )
        .col_expr(entity::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(entity::Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(
            entity::Column::Revision,
            Expr::col(entity::Column::Revision).add(1),
        )
        .filter(entity::Column::Status.eq(RunStatus::Running.as_str()))
        .filter(open())
        .filter(filter)
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}

/// Queues again the runs whose worker has gone silent. Says how many.
pub async fn leases_expire(tx: &Tx, now: Timestamp) -> StoreResult<u64> {
    requeue(
        tx,
        sea_orm::Condition::all().add(entity::Column::LeaseUntil.lt(now.millis())),
    )
    .await
}

/// Queues again what the owner claimed and does not work on (any more), which is everything but `keep`: a write that
/// could not be made has left it there. Says how many.
pub async fn leases_drop(tx: &Tx, owner: &str, keep: &[RunId]) -> StoreResult<u64> {
    requeue(
        tx,
        sea_orm::Condition::all()
            .add(entity::Column::LeaseOwner.eq(owner))
            .add(entity::Column::Id.is_not_in(keep.iter().map(RunId::as_str))),
    )
    .await
}

/// How many runs the owner has claimed: cheap, asked before [`leases_drop`].
pub async fn leases_count(db: &impl Db, owner: &str) -> StoreResult<u64> {
    Ok(entity::Entity::find()
        .filter(entity::Column::Status.eq(RunStatus::Running.as_str()))
        .filter(open())
        .filter(entity::Column::LeaseOwner.eq(owner))
        .count(db)
        .await?)
}

/// Queues again what anybody but `owner` was working on: at the start of the only process a database has.
pub async fn leases_forget(tx: &Tx, owner: &str) -> StoreResult<u64> {
    requeue(
        tx,
        sea_orm::Condition::any()
            .add(entity::Column::LeaseOwner.ne(owner))
            .add(entity::Column::LeaseOwner.is_null()),
    )
    .await
}
