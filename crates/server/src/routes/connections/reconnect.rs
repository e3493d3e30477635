//! A new credential for a connection.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use patchbay_connect::{FormReconnect, SessionCreate};
use patchbay_model::Problem;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{ConnectionAnswer, ConnectionPath, answer};
use crate::{
    AppState,
    http::{ApiPath, ApiResult, ProjectActor, error::ErrorAnswer, extract::OptionalJson},
    routes::connect_sessions,
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(connection_reconnect))
}

/// A fresh credential, or where a browser sign-in goes back to.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReconnectBody {
    /// The credential's fields, for connections made from a form.
    #[schema(value_type = Option<Object>)]
    value: Option<Map<String, Value>>,
    /// Non-secret fields that change; the others stay.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Option<Map<String, Value>>,
    /// Whether to check the credential first; true when left out.
    verify: Option<bool>,
    /// Accept a credential of another account than before.
    replace_account: Option<bool>,
    /// For browser sign-ins: the dashboard path to go back to.
    return_to: Option<String>,
}

/// Give a connection a fresh credential; its id and everything that uses it stay
///
/// With `value` for connections made from a form: answers the connection. For OAuth it opens a connect session and
/// answers that (201).
#[utoipa::path(post, path = "/connections/{id}/reconnect", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body = ReconnectBody,
    responses((status = 200, body = ConnectionAnswer), (status = 201, description = "A connect session, for OAuth.", body = connect_sessions::SessionCreatedAnswer),
        (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED, or CONFLICT: the credential is of another account", body = ErrorAnswer),
        (status = 422, description = "CREDENTIAL_REJECTED, NEEDS_BROWSER, OAUTH_CLIENT_MISSING or VALIDATION_FAILED", body = ErrorAnswer)))]
async fn connection_reconnect(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    headers: axum::http::HeaderMap,
    ApiPath(path): ApiPath<ConnectionPath>,
    OptionalJson(body): OptionalJson<ReconnectBody>,
) -> ApiResult<Response> {
    let id = path.id()?;
    let body = body.unwrap_or_default();
    let view = state.connector().connection_get(&actor, &id).await?;
    if view.row.kind.needs_browser() {
        let request = SessionCreate {
            reconnect: Some(id),
            settings: body.settings.unwrap_or_default(),
            return_to: body.return_to,
            ..SessionCreate::default()
        };
        let created = connect_sessions::create(&state, &actor, &headers, request).await?;
        return Ok((StatusCode::CREATED, Json(created)).into_response());
    }
    let Some(value) = body.value else {
        return Err(Problem::field("value", "Give the fields of the new credential.").into());
    };
    let request = FormReconnect {
        value,
        settings: body.settings.unwrap_or_default(),
        verify: body.verify.unwrap_or(true),
        replace_account: body.replace_account.unwrap_or_default(),
    };
    let row = state
        .connector()
        .connection_reconnect_by_form(&actor, &id, request)
        .await?;
    Ok(answer(&state, &actor, row).await?.into_response())
}
