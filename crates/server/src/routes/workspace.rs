//! The workspace's name and plan, for its owner.

use axum::{Json, extract::State};
use patchbay_access::Workspace;
use patchbay_model::{Plan, PlanLimits};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{ApiJson, ApiResult, SignedInUser, error::ErrorAnswer},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(workspace_get, workspace_change))
}

/// The workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WorkspaceAnswer {
    name: String,
    plan: Plan,
    /// What the plan limits; null is no limit.
    limits: PlanLimits,
}

impl From<Workspace> for WorkspaceAnswer {
    fn from(workspace: Workspace) -> Self {
        Self {
            name: workspace.name,
            plan: workspace.plan,
            limits: workspace.plan.limits(),
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceBody {
    name: Option<String>,
    plan: Option<Plan>,
}

/// Show the workspace's settings.
#[utoipa::path(get, path = "/workspace", tag = "Workspace", security(("session" = [])),
    responses((status = 200, body = WorkspaceAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn workspace_get(
    State(state): State<AppState>,
    user: SignedInUser,
) -> ApiResult<Json<WorkspaceAnswer>> {
    Ok(Json(
        state.access().workspace_view(&user.person).await?.into(),
    ))
}

/// Change the workspace's name or plan. A smaller plan takes nothing away that is there.
#[utoipa::path(patch, path = "/workspace", tag = "Workspace", security(("session" = [])), request_body = WorkspaceBody,
    responses((status = 200, body = WorkspaceAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn workspace_change(
    State(state): State<AppState>,
    user: SignedInUser,
    ApiJson(body): ApiJson<WorkspaceBody>,
) -> ApiResult<Json<WorkspaceAnswer>> {
    let changed = state
        .access()
        .workspace_change(&user.person, body.name.as_deref(), body.plan)
        .await?;
    Ok(Json(changed.into()))
}
