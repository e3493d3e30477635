//! The map of the API: every route is registered here once.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::AppState;

mod apps;
mod audit;
mod auth;
mod connect_options;
mod connect_sessions;
mod connection_options;
mod connection_usage;
mod connections;
mod flows;
pub(crate) mod hooks;
mod keys;
mod members;
mod oauth_callback;
mod oauth_clients;
pub mod openapi;
pub mod operations;
mod projects;
pub(crate) mod proxy;
mod runs;
mod workspace;

/// Routes of one project, mounted under `/api/v1` (the API key names the project) and `/api/v1/projects/{project}`.
fn project_scoped() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(audit::router())
        .merge(flows::router())
        .merge(connect_options::router())
        .merge(connect_sessions::router())
        .merge(connection_options::router())
        .merge(connections::router())
        .merge(keys::router())
        .merge(members::router())
        .merge(oauth_clients::router())
        .merge(proxy::router())
        .merge(runs::router())
}

/// Routes of the workspace: the catalog, projects, sign-in.
fn workspace_wide() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(apps::router())
        .merge(auth::router())
        .merge(projects::router())
        .merge(workspace::router())
}

/// Routes outside of `/api/v1` that others call: providers and triggers.
fn outside() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(hooks::router())
        .merge(oauth_callback::router())
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
