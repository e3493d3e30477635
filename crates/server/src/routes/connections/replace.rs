//! Another connection in the flows that use one.

use axum::{Json, extract::State};
use patchbay_model::{ConnectionId, FlowId};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::ConnectionPath;
use crate::{
    AppState,
    http::{ApiJson, ApiPath, ApiResult, ProjectActor, error::ErrorAnswer},
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connection_replace_undo))
        .routes(routes!(connection_replace))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplaceBody {
    /// The connection that takes its place, of the same app.
    with: ConnectionId,
    /// Only say where it would be replaced.
    dry_run: Option<bool>,
}

/// Where a connection was, or would be, replaced.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReplaceAnswer {
    flows: Vec<ReplacedFlowAnswer>,
    /// Takes it back, for a day.
    undo_token: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReplacedFlowAnswer {
    id: FlowId,
    name: String,
    /// `trigger` or ids of steps.
    steps: Vec<String>,
    /// `draft` or `published`.
    version: &'static str,
}

fn replaced(flows: Vec<patchbay_connect::ReplacedFlow>) -> Vec<ReplacedFlowAnswer> {
    flows
        .into_iter()
        .map(|flow| ReplacedFlowAnswer {
            id: flow.id,
            name: flow.name,
            steps: flow.steps,
            version: flow.version.as_str(),
        })
        .collect()
}

/// Put another connection in its place in every flow, as one change
#[utoipa::path(post, path = "/connections/{id}/replace", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body = ReplaceBody,
    responses((status = 200, body = ReplaceAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn connection_replace(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiJson(body): ApiJson<ReplaceBody>,
) -> ApiResult<Json<ReplaceAnswer>> {
    let outcome = state
        .connector()
        .connection_replace(
            &actor,
            &path.id()?,
            &body.with,
            body.dry_run.unwrap_or_default(),
        )
        .await?;
    Ok(Json(ReplaceAnswer {
        flows: replaced(outcome.flows),
        undo_token: outcome.undo_token,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplaceUndoBody {
    undo_token: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReplaceUndoneAnswer {
    /// The documents that are as they were; those changed since were left alone.
    flows: Vec<ReplacedFlowAnswer>,
}

/// Take a replacement back
#[utoipa::path(post, path = "/connections/replace-undo", tag = "connections", security(("session" = []), ("key" = [])), request_body = ReplaceUndoBody,
    responses((status = 200, body = ReplaceUndoneAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 410, description = "UNDO_EXPIRED", body = ErrorAnswer)))]
async fn connection_replace_undo(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<ReplaceUndoBody>,
) -> ApiResult<Json<ReplaceUndoneAnswer>> {
    let flows = state
        .connector()
        .connection_replace_undo(&actor, &body.undo_token)
        .await?;
    Ok(Json(ReplaceUndoneAnswer {
        flows: replaced(flows),
    }))
}
