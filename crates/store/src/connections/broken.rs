//! Which flows name connections that do not work.

use std::collections::HashMap;

use patchbay_model::{ConnectionStatus, FlowId, ProjectId};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{entity, row::parse};
use crate::{Db, StoreResult};

/// How many of the connections that each flow names do not work or are in the trash; flows without such are left out.
pub async fn connections_broken_by_flow(
    db: &impl Db,
    project: &ProjectId,
    flows: &[FlowId],
) -> StoreResult<HashMap<FlowId, u64>> {
    use entity::{connection::Column as Connection, usage};
    if flows.is_empty() {
        return Ok(HashMap::new());
    }
    let not_working = Expr::col((entity::connection::Entity, Connection::Status))
        .ne(ConnectionStatus::Active.as_str())
        .or(Expr::col((entity::connection::Entity, Connection::Trashed)).ne(""));
    let on = usage::Entity::belongs_to(entity::connection::Entity)
        .from(usage::Column::Connection)
        .to(Connection::Id)
        .into();
    let rows: Vec<(String, i64)> = usage::Entity::find()
        .select_only()
        .column(usage::Column::Flow)
        .column_as(
            Expr::col((usage::Entity, usage::Column::Connection)).count_distinct(),
            "broken",
        )
        .join(JoinType::InnerJoin, on)
        .filter(usage::Column::Project.eq(project.as_str()))
        .filter(usage::Column::Flow.is_in(flows.iter().map(FlowId::as_str)))
        .filter(not_working)
        .group_by(usage::Column::Flow)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(flow, broken)| Ok((parse(&flow, "flow")?, u64::try_from(broken).unwrap_or(0))))
        .collect()
}
