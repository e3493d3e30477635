//! Projects.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_access::ProjectView;
use patchbay_model::{ProjectId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiError, ApiJson, ApiQuery, ApiResult, ListAnswer, ListQuery, ProjectActor, SignedInUser,
        error::ErrorAnswer,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(project_list, project_create))
        .routes(routes!(project_get, project_change, project_delete))
}

/// A project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProjectAnswer {
    id: ProjectId,
    name: String,
    /// What the caller is in it.
    role: Role,
    created: Timestamp,
    member_count: u64,
    connection_count: u64,
}

impl From<ProjectView> for ProjectAnswer {
    fn from(view: ProjectView) -> Self {
        Self {
            id: view.project.id,
            name: view.project.name,
            role: view.role,
            created: view.project.created,
            member_count: view.member_count,
            connection_count: view.connection_count,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectBody {
    /// Unique in the workspace, in any case of letters.
    name: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProjectDeleteQuery {
    /// The project's name, to show that it is meant.
    confirm: Option<String>,
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code)] // read by `ProjectActor`; here for the document
struct ProjectPath {
    /// The project's id.
    project: String,
}

/// List one's projects by name; all there are for the workspace's owner. An API key sees its own.
#[utoipa::path(get, path = "/projects", tag = "Projects", security(("session" = []), ("key" = [])), params(ListQuery),
    responses((status = 200, body = ListAnswer<ProjectAnswer>), (status = 401, body = ErrorAnswer)))]
async fn project_list(
    State(state): State<AppState>,
    user: Result<SignedInUser, ApiError>,
    key: Result<ProjectActor, ApiError>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<ProjectAnswer>>> {
    let access = state.access();
    let user = match (user, key) {
        (Ok(user), _) => user,
        (Err(_), Ok(ProjectActor(actor))) => {
            let own = access.project_view(&actor).await?;
            return Ok(Json(ListAnswer::whole(vec![own.into()])));
        }
        (Err(_), Err(refusal)) => return Err(refusal),
    };
    let projects = access.project_list(&user.person, &query.page()?).await?;
    Ok(Json(projects.map(ProjectAnswer::from).into()))
}

/// Make a project and be its admin. For the workspace's owner and whoever is admin of a project.
#[utoipa::path(post, path = "/projects", tag = "Projects", security(("session" = [])), request_body = ProjectBody,
    responses((status = 201, body = ProjectAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn project_create(
    State(state): State<AppState>,
    user: SignedInUser,
    ApiJson(body): ApiJson<ProjectBody>,
) -> ApiResult<(StatusCode, Json<ProjectAnswer>)> {
    let made = state
        .access()
        .project_create(&user.person, &body.name)
        .await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Show a project.
#[utoipa::path(get, path = "/projects/{project}", tag = "Projects", security(("session" = []), ("key" = [])), params(ProjectPath),
    responses((status = 200, body = ProjectAnswer), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn project_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
) -> ApiResult<Json<ProjectAnswer>> {
    Ok(Json(state.access().project_view(&actor).await?.into()))
}

/// Rename a project.
#[utoipa::path(patch, path = "/projects/{project}", tag = "Projects", security(("session" = []), ("key" = [])), params(ProjectPath), request_body = ProjectBody,
    responses((status = 200, body = ProjectAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn project_change(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<ProjectBody>,
) -> ApiResult<Json<ProjectAnswer>> {
    Ok(Json(
        state
            .access()
            .project_change(&actor, &body.name)
            .await?
            .into(),
    ))
}

/// Delete a project with everything in it; `confirm` must be its name.
#[utoipa::path(delete, path = "/projects/{project}", tag = "Projects", security(("session" = []), ("key" = [])), params(ProjectPath, ProjectDeleteQuery),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn project_delete(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ProjectDeleteQuery>,
) -> ApiResult<StatusCode> {
    state
        .access()
        .project_remove(&actor, query.confirm.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
