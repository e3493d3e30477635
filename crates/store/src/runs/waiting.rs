//! Runs that wait: for a time, for another run, for a connection.

use patchbay_model::{ConnectionId, ProjectId, RunId, RunStatus, Timestamp};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{entity, parse};
use crate::{Db, StoreResult, Tx};

/// A connection runs are held for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOn {
    /// Whose.
    pub project: ProjectId,
    /// Which connection.
    pub connection: ConnectionId,
}

/// Queues the runs whose delay is over. Says how many.
pub async fn timers_fire(tx: &Tx, now: Timestamp) -> StoreResult<u64> {
    let done = entity::Entity::update_many()
        .col_expr(
            entity::Column::Status,
            Expr::value(RunStatus::Queued.as_str()),
        )
        .col_expr(
            entity::Column::Revision,
            Expr::col(entity::Column::Revision).add(1),
        )
        .filter(entity::Column::Status.eq(RunStatus::Waiting.as_str()))
        .filter(entity::Column::WakeAt.lte(now.millis()))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}

/// When the next delay ends.
pub async fn next_wake(db: &impl Db) -> StoreResult<Option<Timestamp>> {
    let at: Option<Option<i64>> = entity::Entity::find()
        .select_only()
        .column(entity::Column::WakeAt)
        .filter(entity::Column::Status.eq(RunStatus::Waiting.as_str()))
        .filter(entity::Column::WakeAt.is_not_null())
        .order_by_asc(entity::Column::WakeAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(at.flatten().map(Timestamp::from_millis))
}

/// Queues the run that waits for this one to end, if there is one.
pub async fn parent_wake(tx: &Tx, ended: &RunId) -> StoreResult<()> {
    entity::Entity::update_many()
        .col_expr(
            entity::Column::Status,
            Expr::value(RunStatus::Queued.as_str()),
        )
        .col_expr(
            entity::Column::Revision,
            Expr::col(entity::Column::Revision).add(1),
        )
        .filter(entity::Column::WaitingRun.eq(ended.as_str()))
        .filter(entity::Column::Status.eq(RunStatus::Waiting.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// The connections that runs are held for, over all projects: for the sweep that looks whether they work again.
pub async fn held_connections(db: &impl Db) -> StoreResult<Vec<HeldOn>> {
    let rows: Vec<(String, Option<String>)> = entity::Entity::find()
        .select_only()
        .column(entity::Column::Project)
        .column(entity::Column::WaitingConnection)
        .filter(entity::Column::Status.eq(RunStatus::Held.as_str()))
        .filter(entity::Column::WaitingConnection.is_not_null())
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .filter_map(|(project, connection)| Some((project, connection?)))
        .map(|(project, connection)| {
            Ok(HeldOn {
                project: parse(&project)?,
                connection: parse(&connection)?,
            })
        })
        .collect()
}

/// Queues the runs held for a connection. Those of one flow go on one after the other, oldest first. Says how many.
pub async fn held_release(
    tx: &Tx,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<u64> {
    let lane = Expr::col(entity::Column::Flow).binary(
        sea_orm::sea_query::BinOper::Custom("||"),
        Expr::value(format!(":{connection}")),
    );
    let done = entity::Entity::update_many()
        .col_expr(
            entity::Column::Status,
            Expr::value(RunStatus::Queued.as_str()),
        )
        .col_expr(
            entity::Column::WaitingConnection,
            Expr::value(None::<String>),
        )
        .col_expr(entity::Column::Lane, lane)
        .col_expr(
            entity::Column::Revision,
            Expr::col(entity::Column::Revision).add(1),
        )
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::WaitingConnection.eq(connection.as_str()))
        .filter(entity::Column::Status.eq(RunStatus::Held.as_str()))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}
