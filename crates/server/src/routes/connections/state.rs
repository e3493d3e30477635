//! Whether a connection works, and who has it: checked, revoked, handed over.

use axum::{Json, extract::State};
use patchbay_connect::RevokeRequest;
use patchbay_model::UserId;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{ConnectionAnswer, ConnectionPath, answer};
use crate::{
    AppState,
    http::{ApiJson, ApiPath, ApiResult, ProjectActor, error::ErrorAnswer, extract::OptionalJson},
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connection_check))
        .routes(routes!(connection_revoke))
        .routes(routes!(connection_transfer))
}

/// Ask the app now whether the credential works
#[utoipa::path(post, path = "/connections/{id}/check", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath),
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer), (status = 422, description = "CONNECTION_UNUSABLE: it is revoked", body = ErrorAnswer)))]
async fn connection_check(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let row = state
        .connector()
        .connection_check(&actor, &path.id()?)
        .await?;
    answer(&state, &actor, row).await
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RevokeBody {
    /// Also withdraw access at the provider, where that can be done.
    at_provider: Option<bool>,
}

/// Revoke a connection: from now on nothing is sent with it
#[utoipa::path(post, path = "/connections/{id}/revoke", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body(content = RevokeBody, description = "May be left out."),
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer)))]
async fn connection_revoke(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    OptionalJson(body): OptionalJson<RevokeBody>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let request = RevokeRequest {
        at_provider: body.unwrap_or_default().at_provider.unwrap_or_default(),
    };
    let row = state
        .connector()
        .connection_revoke(&actor, &path.id()?, request)
        .await?;
    answer(&state, &actor, row).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    /// The new owner, a member who may have connections.
    owner: UserId,
}

/// Hand a connection to another member
#[utoipa::path(post, path = "/connections/{id}/transfer", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body = TransferBody,
    responses((status = 200, body = ConnectionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn connection_transfer(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiJson(body): ApiJson<TransferBody>,
) -> ApiResult<Json<ConnectionAnswer>> {
    let row = state
        .connector()
        .connection_transfer(&actor, &path.id()?, &body.owner)
        .await?;
    answer(&state, &actor, row).await
}
