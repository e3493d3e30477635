//! One connection: read, changed, deleted, brought back and destroyed.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_model::{Code, Problem, Visibility};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{ConnectionAnswer, ConnectionPath, answer, connection_not_found};
use crate::{
    AppState,
    http::{ApiJson, ApiPath, ApiQuery, ApiResult, ProjectActor, error::ErrorAnswer},
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(
            connection_get,
            connection_update,
            connection_delete
        ))
        .routes(routes!(connection_restore))
        .routes(routes!(connection_destroy))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionGetQuery {
    /// Also when it is in the trash; otherwise that counts as gone.
    deleted: Option<bool>,
}

/// See one connection
#[utoipa::path(get, path = "/connections/{id}", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath, ConnectionGetQuery),
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiQuery(query): ApiQuery<ConnectionGetQuery>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let view = state
        .connector()
        .connection_get(&actor, &path.id()?)
        .await?;
    if view.row.deleted_at.is_some() && !query.deleted.unwrap_or_default() {
        return Err(connection_not_found().into());
    }
    Ok(Json(view.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ConnectionChangeBody {
    name: Option<String>,
    visibility: Option<Visibility>,
}

/// Rename a connection, or set who may use it
#[utoipa::path(patch, path = "/connections/{id}", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body = ConnectionChangeBody,
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_NAME_TAKEN", body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn connection_update(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiJson(body): ApiJson<ConnectionChangeBody>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let row = state
        .connector()
        .connection_update(&actor, &path.id()?, body.name.as_deref(), body.visibility)
        .await?;
    answer(&state, &actor, row).await
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionDeleteQuery {
    /// Go on although active flows use it.
    force: Option<bool>,
    /// The connection's name; when given it has to be right.
    confirm: Option<String>,
}

/// Delete a connection. It can be restored for thirty days, unless it is destroyed before that
///
/// Runs that need it are held meanwhile.
#[utoipa::path(delete, path = "/connections/{id}", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath, ConnectionDeleteQuery),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_IN_USE with `details.flows`, or CONFIRMATION_NEEDED", body = ErrorAnswer)))]
async fn connection_delete(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiQuery(query): ApiQuery<ConnectionDeleteQuery>,
) -> ApiResult<StatusCode> {
    let id = path.id()?;
    if let Some(confirm) = query.confirm {
        let view = state.connector().connection_get(&actor, &id).await?;
        if confirm.trim() != view.row.name {
            return Err(Problem::new(
                Code::ConfirmationNeeded,
                "Type the connection's name exactly to confirm.",
            )
            .into());
        }
    }
    state
        .connector()
        .connection_delete(&actor, &id, query.force.unwrap_or_default())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a connection out of the trash
///
/// Runs held for it go on, if it works.
#[utoipa::path(post, path = "/connections/{id}/restore", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath),
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_NAME_TAKEN, or CONFLICT when it is not in the trash", body = ErrorAnswer)))]
async fn connection_restore(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let row = state
        .connector()
        .connection_restore(&actor, &path.id()?)
        .await?;
    answer(&state, &actor, row).await
}

/// Destroy a connection that is in the trash, with its credential, at once. Nothing brings it back
///
/// Runs held for it fail.
#[utoipa::path(post, path = "/connections/{id}/destroy", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONFLICT when it is not in the trash: delete it first", body = ErrorAnswer)))]
async fn connection_destroy(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
) -> ApiResult<StatusCode> {
    state
        .connector()
        .connection_destroy(&actor, &path.id()?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
