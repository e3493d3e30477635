//! Finding flows and versions.

use patchbay_model::{ConnectionId, FlowId, ProjectId, flow::FlowDocument};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query},
};

use super::{ACTIVE, Flow, FlowHead, FlowVersion, INACTIVE, entity, version_entity};
use crate::{Db, Page, Paged, StoreResult};

/// Which flows a list shows.
#[derive(Debug, Clone, Default)]
pub struct FlowFilter {
    /// Part of the name, any case.
    pub q: Option<String>,
    /// Only active, or only inactive ones.
    pub active: Option<bool>,
    /// Only those that use this connection, in the draft or the published version.
    pub connection: Option<ConnectionId>,
}

fn living(project: &ProjectId) -> sea_orm::Select<entity::Entity> {
    entity::Entity::find()
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::DeletedAt.is_null())
}

/// A flow of the project that is not deleted.
pub async fn flow_find(
    db: &impl Db,
    project: &ProjectId,
    id: &FlowId,
) -> StoreResult<Option<Flow>> {
    let row = living(project)
        .filter(entity::Column::Id.eq(id.as_str()))
        .one(db)
        .await?;
    row.as_ref().map(super::full).transpose()
}

/// The heads of these flows of the project, deleted ones too, in no order: for showing names beside runs.
pub async fn flow_heads(
    db: &impl Db,
    project: &ProjectId,
    ids: &[FlowId],
) -> StoreResult<Vec<FlowHead>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = entity::Entity::find()
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::Id.is_in(ids.iter().map(FlowId::as_str)))
        .all(db)
        .await?;
    rows.iter().map(super::head).collect()
}

/// A flow by its id alone: for its webhook, whose address names no project. Its project comes with it.
pub async fn flow_locate(db: &impl Db, id: &FlowId) -> StoreResult<Option<FlowHead>> {
    let row = entity::Entity::find_by_id(id.as_str())
        .filter(entity::Column::DeletedAt.is_null())
        .one(db)
        .await?;
    row.as_ref().map(super::head).transpose()
}

/// One page of the project's flows, newest first.
pub async fn flow_list(
    db: &impl Db,
    project: &ProjectId,
    filter: &FlowFilter,
    page: &Page,
) -> StoreResult<Paged<FlowHead>> {
    let mut query = living(project)
        .order_by_desc(entity::Column::Id)
        .limit(page.fetch());
    if let Some(q) = filter.q.as_deref().filter(|q| !q.is_empty()) {
        let mut pattern = String::from("%");
        for c in q.to_lowercase().chars() {
            if matches!(c, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('%');
        query = query
            .filter(Expr::col(entity::Column::NameKey).like(LikeExpr::new(pattern).escape('\\')));
    }
    if let Some(active) = filter.active {
        query = query.filter(entity::Column::Status.eq(if active { ACTIVE } else { INACTIVE }));
    }
    if let Some(connection) = &filter.connection {
        let users = Query::select()
            .column(Alias::new("flow"))
            .from(Alias::new("connection_usages"))
            .and_where(Expr::col(Alias::new("connection")).eq(connection.as_str()))
            .and_where(Expr::col(Alias::new("project")).eq(project.as_str()))
            .to_owned();
        query = query.filter(entity::Column::Id.in_subquery(users));
    }
    if let Some(after) = page.after::<String>()? {
        query = query.filter(entity::Column::Id.lt(after));
    }
    let rows = query.all(db).await?;
    let heads = rows
        .iter()
        .map(super::head)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(heads, |head| head.id.to_string()))
}

fn versions(project: &ProjectId, flow: &FlowId) -> sea_orm::Select<version_entity::Entity> {
    version_entity::Entity::find()
        .filter(version_entity::Column::Flow.eq(flow.as_str()))
        .filter(version_entity::Column::Project.eq(project.as_str()))
}

/// One page of a flow's versions, newest first.
pub async fn version_list(
    db: &impl Db,
    project: &ProjectId,
    flow: &FlowId,
    page: &Page,
) -> StoreResult<Paged<FlowVersion>> {
    let mut query = versions(project, flow)
        .order_by_desc(version_entity::Column::Version)
        .limit(page.fetch());
    if let Some(after) = page.after::<i64>()? {
        query = query.filter(version_entity::Column::Version.lt(after));
    }
    let rows = query.all(db).await?;
    let out = rows
        .iter()
        .map(super::version)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(out, |version| version.version))
}

/// A version with its document.
pub async fn version_find(
    db: &impl Db,
    project: &ProjectId,
    flow: &FlowId,
    version: i64,
) -> StoreResult<Option<(FlowVersion, FlowDocument)>> {
    let row = versions(project, flow)
        .filter(version_entity::Column::Version.eq(version))
        .one(db)
        .await?;
    row.map(|row| Ok((super::version(&row)?, super::document_read(&row.document)?)))
        .transpose()
}

/// The document of a version.
pub async fn version_document(
    db: &impl Db,
    project: &ProjectId,
    flow: &FlowId,
    version: i64,
) -> StoreResult<Option<FlowDocument>> {
    Ok(version_find(db, project, flow, version)
        .await?
        .map(|(_, document)| document))
}
