//! Of the connections that flows name: which do not work, and whose apps they are.

use std::collections::HashMap;

use patchbay_model::{ConnectionStatus, FlowId, ProjectId};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect, RelationDef,
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
    let rows: Vec<(String, i64)> = usage::Entity::find()
        .select_only()
        .column(usage::Column::Flow)
        .column_as(
            Expr::col((usage::Entity, usage::Column::Connection)).count_distinct(),
            "broken",
        )
        .join(JoinType::InnerJoin, named())
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

/// The apps of the connections that each flow names, by slug, each once; flows without any are left out.
pub async fn connections_apps_by_flow(
    db: &impl Db,
    project: &ProjectId,
    flows: &[FlowId],
) -> StoreResult<HashMap<FlowId, Vec<String>>> {
    use entity::{connection::Column as Connection, usage};
    if flows.is_empty() {
        return Ok(HashMap::new());
    }
    let app = Expr::col((entity::connection::Entity, Connection::App));
    let rows: Vec<(String, String)> = usage::Entity::find()
        .select_only()
        .column(usage::Column::Flow)
        .column_as(app.clone(), "app")
        .join(JoinType::InnerJoin, named())
        .filter(usage::Column::Project.eq(project.as_str()))
        .filter(usage::Column::Flow.is_in(flows.iter().map(FlowId::as_str)))
        .group_by(usage::Column::Flow)
        .group_by(app.clone())
        .order_by(app, Order::Asc)
        .into_tuple()
        .all(db)
        .await?;
    let mut apps: HashMap<FlowId, Vec<String>> = HashMap::new();
    for (flow, app) in rows {
        apps.entry(parse(&flow, "flow")?).or_default().push(app);
    }
    Ok(apps)
}

/// From a use to the connection it names.
fn named() -> RelationDef {
    use entity::{connection::Column as Connection, usage};
    usage::Entity::belongs_to(entity::connection::Entity)
        .from(usage::Column::Connection)
        .to(Connection::Id)
        .into()
}
