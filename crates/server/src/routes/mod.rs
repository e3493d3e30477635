//! The map of the API: every route is registered here once.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

mod apps;
mod audit;
mod auth;
mod keys;
mod members;
pub mod openapi;
pub mod operations;
mod projects;
mod workspace;

/// Routes of one project, mounted under `/api/v1` (the API key names the project) and `/api/v1/projects/{project}`.
fn project_scoped() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(audit::router())
        .merge(keys::router())
        .merge(members::router())
}

/// Routes of the workspace: the catalog, projects, sign-in.
fn workspace_wide() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().merge(apps::router())
        .merge(auth::router())
        .merge(projects::router())
        .merge(workspace::router())
}

/// Routes outside of `/api/v1` that others call: providers and triggers.
fn outside() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}

/// Every documented route, and the document.
pub(crate) fn all() -> (Router<AppState>, OpenApi) {
    OpenApiRouter::with_openapi(openapi::base())
        .nest("/api/v1", project_scoped())
        .nest("/api/v1/projects/{project}", project_scoped())
        .nest("/api/v1", workspace_wide())
        .merge(outside())
        .split_for_parts()
}

/// The OpenAPI document, as `GET /api/v1/openapi.json` answers it.
pub fn document() -> OpenApi {
    openapi::finish(all().1)
}
