//! How polling goes.

use patchbay_model::{ConnectionId, FlowId, ProjectId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{
    PollState, PollStatus, StatusesByFlow,
    entity::{poll, poll_flow},
    json, parse,
};
use crate::{Db, StoreResult};

/// How polling goes for those of the project's flows that ask something.
pub async fn poll_statuses(
    db: &impl Db,
    project: &ProjectId,
    flows: &[FlowId],
) -> StoreResult<StatusesByFlow> {
    let mut out = StatusesByFlow::new();
    if flows.is_empty() {
        return Ok(out);
    }
    let asking = poll_flow::Entity::find()
        .filter(poll_flow::Column::Project.eq(project.as_str()))
        .filter(poll_flow::Column::Flow.is_in(flows.iter().map(FlowId::as_str)))
        .all(db)
        .await?;
    if asking.is_empty() {
        return Ok(out);
    }
    let polls = poll::Entity::find()
        .filter(poll::Column::Id.is_in(asking.iter().map(|row| row.poll.as_str())))
        .all(db)
        .await?;
    for row in asking {
        let Some(poll) = polls.iter().find(|poll| poll.id == row.poll) else {
            continue;
        };
        let status = PollStatus {
            state: PollState::parse(&poll.state)?,
            failure: poll.failure.as_deref().map(json).transpose()?,
            app: poll.app.clone(),
            trigger: poll.trigger_key.clone(),
            connection: parse(&poll.connection)?,
            since: Timestamp::from_millis(poll.since),
            last_at: poll.last_at.map(Timestamp::from_millis),
            next_at: poll.next_at.map(Timestamp::from_millis),
            begun: row.begun,
        };
        out.insert(parse(&row.flow)?, status);
    }
    Ok(out)
}

/// The connections for which polling is paused, over all projects: for the sweep that looks whether they work again.
pub async fn paused_connections(db: &impl Db) -> StoreResult<Vec<(ProjectId, ConnectionId)>> {
    let rows: Vec<(String, String)> = poll::Entity::find()
        .select_only()
        .column(poll::Column::Project)
        .column(poll::Column::Connection)
        .filter(poll::Column::State.eq(PollState::Paused.as_str()))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(project, connection)| Ok((parse(&project)?, parse(&connection)?)))
        .collect()
}
