//! When scheduled flows are due.

use patchbay_model::{FlowId, ProjectId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{ACTIVE, entity, parse};
use crate::{Db, StoreResult, Tx};

/// A flow whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueFlow {
    /// Which flow.
    pub id: FlowId,
    /// Whose.
    pub project: ProjectId,
    /// The version that runs.
    pub version: i64,
    /// When it was due.
    pub tick: Timestamp,
}

/// Active flows that were due at `now` or before, most overdue first, over all projects: the clock knows no project.
pub async fn ticks_due(db: &impl Db, now: Timestamp, limit: u64) -> StoreResult<Vec<DueFlow>> {
    let rows = entity::Entity::find()
        .filter(entity::Column::NextTickAt.lte(now.millis()))
        .filter(entity::Column::Status.eq(ACTIVE))
        .filter(entity::Column::DeletedAt.is_null())
        .filter(entity::Column::PublishedVersion.is_not_null())
        .order_by_asc(entity::Column::NextTickAt)
        .limit(limit)
        .all(db)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DueFlow {
                id: parse(&row.id)?,
                project: parse(&row.project)?,
                version: row.published_version.unwrap_or_default(),
                tick: Timestamp::from_millis(row.next_tick_at.unwrap_or_default()),
            })
        })
        .collect()
}

/// Takes one tick, setting the next. False when another node took it: exactly one gets true.
pub async fn tick_take(tx: &Tx, due: &DueFlow, next: Option<Timestamp>) -> StoreResult<bool> {
    let done = entity::Entity::update_many()
        .col_expr(
            entity::Column::NextTickAt,
            Expr::value(next.map(Timestamp::millis)),
        )
        .filter(entity::Column::Id.eq(due.id.as_str()))
        .filter(entity::Column::NextTickAt.eq(due.tick.millis()))
        .filter(entity::Column::PublishedVersion.eq(due.version))
        .filter(entity::Column::Status.eq(ACTIVE))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Sets when an active flow is due next.
pub async fn tick_set(
    tx: &Tx,
    project: &ProjectId,
    flow: &FlowId,
    next: Option<Timestamp>,
) -> StoreResult<()> {
    entity::Entity::update_many()
        .col_expr(
            entity::Column::NextTickAt,
            Expr::value(next.map(Timestamp::millis)),
        )
        .filter(entity::Column::Id.eq(flow.as_str()))
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::Status.eq(ACTIVE))
        .exec(&**tx)
        .await?;
    Ok(())
}
