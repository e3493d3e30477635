//! What a connection is used by, and what was done to it.

use axum::{Json, extract::State};
use patchbay_model::{FlowId, RunId, RunStatus, Timestamp};
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{audit::AuditAnswer, connections::ConnectionPath};
use crate::{
    AppState,
    http::{ApiPath, ApiQuery, ApiResult, ListAnswer, ListQuery, ProjectActor, error::ErrorAnswer},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connection_usage))
        .routes(routes!(connection_activity))
}

/// What a connection is used by.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsageAnswer {
    flows: Vec<UsedByAnswer>,
    held_runs: u64,
}

/// A flow's document that names the connection.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsedByAnswer {
    id: FlowId,
    name: String,
    /// `ACTIVE` or `INACTIVE`.
    status: &'static str,
    /// `draft` or `published`.
    version: &'static str,
    steps: Vec<UsedByStep>,
    last_run: Option<UsedByRun>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UsedByStep {
    /// The step's id, or `trigger`.
    id: String,
    name: Option<String>,
    path: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UsedByRun {
    id: RunId,
    status: RunStatus,
    at: Timestamp,
}

/// See which flows and steps use a connection
#[utoipa::path(get, path = "/connections/{id}/usage", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath),
    responses((status = 200, body = UsageAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_usage(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
) -> ApiResult<Json<UsageAnswer>> {
    let usages = state
        .connector()
        .connection_usage(&actor, &path.id()?)
        .await?;
    let flows = usages
        .flows
        .into_iter()
        .map(|used| UsedByAnswer {
            id: used.flow,
            name: used.name,
            status: if used.active { "ACTIVE" } else { "INACTIVE" },
            version: used.version.as_str(),
            steps: used
                .steps
                .into_iter()
                .map(|step| UsedByStep {
                    id: step.step,
                    name: step.step_name,
                    path: step.path,
                })
                .collect(),
            last_run: used.last_run.map(|run| UsedByRun {
                id: run.id,
                status: run.status,
                at: run.created,
            }),
        })
        .collect();
    Ok(Json(UsageAnswer {
        flows,
        held_runs: usages.held_runs,
    }))
}

/// See what was done to a connection, newest first
#[utoipa::path(get, path = "/connections/{id}/activity", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath, ListQuery),
    responses((status = 200, body = ListAnswer<AuditAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_activity(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<AuditAnswer>>> {
    let page = query.page()?;
    let entries = state
        .connector()
        .connection_activity(&actor, &path.id()?, &page)
        .await?;
    Ok(Json(entries.map(AuditAnswer::from).into()))
}
