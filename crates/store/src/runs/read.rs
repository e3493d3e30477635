//! Finding runs.

use std::collections::HashMap;

use patchbay_model::{
    ConnectionId, FlowId, ProjectId, RunId, RunKind, RunStatus, flow::FlowDocument,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Run, RunStep, document, entity, run, step, step_entity};
use crate::{Db, Page, Paged, StoreResult};

/// Which runs a list shows.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only of this flow.
    pub flow: Option<FlowId>,
    /// Only those that are so.
    pub status: Option<RunStatus>,
    /// Only live ones, or only tests.
    pub kind: Option<RunKind>,
    /// Only those held for this connection.
    pub connection: Option<ConnectionId>,
}

fn of_project(project: &ProjectId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find().filter(entity::Column::Project.eq(project.as_str()))
}

/// A run of the project.
pub async fn run_find(db: &impl Db, project: &ProjectId, id: &RunId) -> StoreResult<Option<Run>> {
    let row = of_project(project)
        .filter(entity::Column::Id.eq(id.as_str()))
        .one(db)
        .await?;
    row.as_ref().map(run).transpose()
}

/// One page of the project's runs, newest first.
pub async fn run_list(
    db: &impl Db,
    project: &ProjectId,
    filter: &RunFilter,
    page: &Page,
) -> StoreResult<Paged<Run>> {
    let mut query = of_project(project)
        .order_by_desc(entity::Column::Id)
        .limit(page.fetch());
    if let Some(flow) = &filter.flow {
        query = query.filter(entity::Column::Flow.eq(flow.as_str()));
    }
    if let Some(status) = filter.status {
        query = query.filter(entity::Column::Status.eq(status.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(entity::Column::Kind.eq(kind.as_str()));
    }
    if let Some(connection) = &filter.connection {
        query = query.filter(entity::Column::WaitingConnection.eq(connection.as_str()));
    }
    if let Some(after) = page.after::<String>()? {
        query = query.filter(entity::Column::Id.lt(after));
    }
    let rows = query.all(db).await?;
    let runs = rows.iter().map(run).collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(runs, |run| run.id.to_string()))
}

/// A run's journal, in the order the steps began.
pub async fn steps_list(
    db: &impl Db,
    project: &ProjectId,
    id: &RunId,
) -> StoreResult<Vec<RunStep>> {
    if run_revision(db, project, id).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = step_entity::Entity::find()
        .filter(step_entity::Column::Run.eq(id.as_str()))
        .order_by_asc(step_entity::Column::Seq)
        .order_by_asc(step_entity::Column::Path)
        .all(db)
        .await?;
    rows.iter().map(step).collect()
}

/// How often the run changed: cheap to ask, for watching.
pub async fn run_revision(
    db: &impl Db,
    project: &ProjectId,
    id: &RunId,
) -> StoreResult<Option<i64>> {
    Ok(of_project(project)
        .filter(entity::Column::Id.eq(id.as_str()))
        .select_only()
        .column(entity::Column::Revision)
        .into_tuple()
        .one(db)
        .await?)
}

/// The document that the run carries out: the test's own, or its version's.
pub async fn run_document(
    db: &impl Db,
    project: &ProjectId,
    id: &RunId,
) -> StoreResult<Option<FlowDocument>> {
    let Some(row) = of_project(project)
        .filter(entity::Column::Id.eq(id.as_str()))
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    match row.version {
        Some(version) => {
            let flow = super::parse(&row.flow)?;
            crate::flows::version_document(db, project, &flow, version).await
        }
        None => document(row.document.as_deref()),
    }
}

/// The newest live run of each of these flows.
pub async fn last_runs(
    db: &impl Db,
    project: &ProjectId,
    flows: &[FlowId],
) -> StoreResult<HashMap<FlowId, Run>> {
    let mut out = HashMap::new();
    for flow in flows {
        let row = of_project(project)
            .filter(entity::Column::Flow.eq(flow.as_str()))
            .filter(entity::Column::Kind.eq(RunKind::Live.as_str()))
            .order_by_desc(entity::Column::Id)
            .one(db)
            .await?;
        if let Some(row) = row {
            out.insert(flow.clone(), run(&row)?);
        }
    }
    Ok(out)
}

/// How many runs are held for a connection.
pub async fn held_count(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<u64> {
    Ok(of_project(project)
        .filter(entity::Column::WaitingConnection.eq(connection.as_str()))
        .filter(entity::Column::Status.eq(RunStatus::Held.as_str()))
        .count(db)
        .await?)
}
