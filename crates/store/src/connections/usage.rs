//! Which steps of which flows name a connection, and when it was used.

use patchbay_model::{
    ConnectionId, FlowId, ProjectId, RunId, Timestamp,
    flow::{FlowDocument, Step, Trigger},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{
    entity::{
        connection::{self, Column},
        usage,
    },
    row::parse,
    write::of,
};
use crate::{Db, StoreResult, Tx};

/// Which of a flow's two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UsageVersion {
    /// The one being edited.
    Draft,
    /// The one that runs.
    Published,
}

impl UsageVersion {
    /// The word in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }
}

/// A step that names a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The flow.
    pub flow: FlowId,
    /// In its draft or its published document.
    pub version: UsageVersion,
    /// The step's id, or `trigger`.
    pub step: String,
    /// What people call the step.
    pub step_name: Option<String>,
    /// Where it stands, e.g. `big.otherwise.post`.
    pub path: String,
}

/// Rewrites what a flow's document uses: in the same unit as the document itself. `None`: the flow has no such
/// document (any more).
pub async fn usages_replace(
    tx: &Tx,
    project: &ProjectId,
    flow: &FlowId,
    version: UsageVersion,
    document: Option<&FlowDocument>,
) -> StoreResult<()> {
    let before: Vec<String> = usage::Entity::find()
        .select_only()
        .column(usage::Column::Connection)
        .distinct()
        .filter(usage::Column::Flow.eq(flow.as_str()))
        .filter(usage::Column::Version.eq(version.as_str()))
        .filter(usage::Column::Project.eq(project.as_str()))
        .into_tuple()
        .all(&**tx)
        .await?;
    usage::Entity::delete_many()
        .filter(usage::Column::Flow.eq(flow.as_str()))
        .filter(usage::Column::Version.eq(version.as_str()))
        .filter(usage::Column::Project.eq(project.as_str()))
        .exec(&**tx)
        .await?;
    let named = document.map(named_steps).unwrap_or_default();
    let mut touched = before;
    touched.extend(named.iter().map(|step| step.connection.to_string()));
    let rows = named.into_iter().map(|step| usage::ActiveModel {
        flow: Set(flow.to_string()),
        version: Set(version.as_str().to_owned()),
        step: Set(step.id),
        project: Set(project.to_string()),
        connection: Set(step.connection.to_string()),
        step_name: Set(step.name),
        path: Set(step.path),
    });
    usage::Entity::insert_many(rows)
        // Two steps of one id are a mistake the editor is told about; the first stands for both here.
        .on_conflict_do_nothing()
        .exec_without_returning(&**tx)
        .await?;
    touched.sort_unstable();
    touched.dedup();
    flow_counts_update(tx, project, &touched).await
}

/// Forgets every use by a flow, when it is deleted.
pub async fn usages_flow_forget(tx: &Tx, project: &ProjectId, flow: &FlowId) -> StoreResult<()> {
    usages_replace(tx, project, flow, UsageVersion::Draft, None).await?;
    usages_replace(tx, project, flow, UsageVersion::Published, None).await
}

pub(super) async fn usages_forget(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<()> {
    usage::Entity::delete_many()
        .filter(usage::Column::Connection.eq(connection.as_str()))
        .filter(usage::Column::Project.eq(project.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// The number of flows stands in the connection's row so that a list can be sorted by it.
async fn flow_counts_update(tx: &Tx, project: &ProjectId, ids: &[String]) -> StoreResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let count: SelectStatement = Query::select()
        .expr(Func::count_distinct(Expr::col((
            usage::Entity,
            usage::Column::Flow,
        ))))
        .from(usage::Entity)
        .and_where(
            Expr::col((usage::Entity, usage::Column::Connection))
                .equals((connection::Entity, Column::Id)),
        )
        .take();
    connection::Entity::update_many()
        .col_expr(
            Column::FlowCount,
            Expr::SubQuery(None, Box::new(count.into())),
        )
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::Id.is_in(ids))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Every step that names the connection, by flow, draft before published.
pub async fn usages(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
) -> StoreResult<Vec<Usage>> {
    usage::Entity::find()
        .filter(usage::Column::Connection.eq(connection.as_str()))
        .filter(usage::Column::Project.eq(project.as_str()))
        .order_by_asc(usage::Column::Flow)
        .order_by_asc(usage::Column::Version)
        .order_by_asc(usage::Column::Path)
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Usage {
                flow: parse(&row.flow, "usage flow")?,
                version: if row.version == UsageVersion::Published.as_str() {
                    UsageVersion::Published
                } else {
                    UsageVersion::Draft
                },
                step: row.step,
                step_name: row.step_name,
                path: row.path,
            })
        })
        .collect()
}

/// Whether a document of the flow names the connection.
pub async fn usage_exists(
    db: &impl Db,
    project: &ProjectId,
    connection: &ConnectionId,
    flow: &FlowId,
) -> StoreResult<bool> {
    Ok(usage::Entity::find()
        .filter(usage::Column::Connection.eq(connection.as_str()))
        .filter(usage::Column::Project.eq(project.as_str()))
        .filter(usage::Column::Flow.eq(flow.as_str()))
        .limit(1)
        .one(db)
        .await?
        .is_some())
}

struct NamedStep {
    id: String,
    name: Option<String>,
    path: String,
    connection: ConnectionId,
}

fn named_steps(document: &FlowDocument) -> Vec<NamedStep> {
    fn visit(steps: &[Step], prefix: &str, out: &mut Vec<NamedStep>) {
        for step in steps {
            let path = format!("{prefix}{}", step.id);
            if let Some(reference) = &step.connection {
                out.push(NamedStep {
                    id: step.id.clone(),
                    name: step.name.clone(),
                    path: path.clone(),
                    connection: reference.connection.clone(),
                });
            }
            for (at, branch) in step.branches.iter().enumerate() {
                visit(&branch.steps, &format!("{path}.branches[{at}]."), out);
            }
            visit(&step.otherwise, &format!("{path}.otherwise."), out);
            visit(&step.steps, &format!("{path}."), out);
        }
    }
    let mut out = Vec::new();
    if let Trigger::App {
        connection: Some(reference),
        ..
    } = &document.trigger
    {
        out.push(NamedStep {
            id: "trigger".to_owned(),
            name: None,
            path: "trigger".to_owned(),
            connection: reference.connection.clone(),
        });
    }
    visit(&document.steps, "", &mut out);
    out
}

/// Uses of a connection since they were written last.
#[derive(Debug, Clone)]
pub struct UsedRecently {
    /// The project.
    pub project: ProjectId,
    /// The connection.
    pub connection: ConnectionId,
    /// When it was used last.
    pub at: Timestamp,
    /// By which run of which flow, if by one.
    pub run: Option<(FlowId, RunId)>,
    /// How often.
    pub count: i64,
}

/// Writes uses that were collected for a while.
pub async fn used_record(tx: &Tx, uses: &[UsedRecently]) -> StoreResult<()> {
    for used in uses {
        let mut update = of(&used.project, &used.connection)
            .col_expr(
                Column::UseCount,
                Expr::col(Column::UseCount).add(used.count),
            )
            .col_expr(
                Column::LastUsedAt,
                Expr::case(
                    Column::LastUsedAt.gt(used.at.millis()),
                    Expr::col(Column::LastUsedAt),
                )
                .finally(Expr::value(used.at.millis()))
                .into(),
            );
        if let Some((flow, run)) = &used.run {
            update = update
                .col_expr(Column::LastUsedFlow, Expr::value(flow.as_str()))
                .col_expr(Column::LastUsedRun, Expr::value(run.as_str()));
        }
        update.exec(&**tx).await?;
    }
    Ok(())
}
