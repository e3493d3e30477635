//! How many runs wait for which connection.

use std::collections::HashMap;

use patchbay_model::{ConnectionId, ProjectId, RunStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{entity, parse};
use crate::{Db, StoreResult};

/// How many runs are held for each of these connections; those with none are left out.
pub async fn held_counts(
    db: &impl Db,
    project: &ProjectId,
    connections: &[ConnectionId],
) -> StoreResult<HashMap<ConnectionId, u64>> {
    if connections.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Option<String>, i64)> = entity::Entity::find()
        .select_only()
        .column(entity::Column::WaitingConnection)
        .column_as(entity::Column::Id.count(), "count")
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::Status.eq(RunStatus::Held.as_str()))
        .filter(
            entity::Column::WaitingConnection.is_in(connections.iter().map(ConnectionId::as_str)),
        )
        .group_by(entity::Column::WaitingConnection)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .filter_map(|(connection, count)| Some((connection?, count)))
        .map(|(connection, count)| {
            Ok((
                parse(&connection)?,
                u64::try_from(count).unwrap_or_default(),
            ))
        })
        .collect()
}
