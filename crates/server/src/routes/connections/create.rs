//! Connections made from forms.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_connect::ConnectionCreate;
use patchbay_model::{AuthMethodKind, Problem, Visibility};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{ConnectionAnswer, answer};
use crate::{
    AppState,
    http::{ApiJson, ApiResult, ProjectActor, error::ErrorAnswer},
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(connection_create))
}

/// A connection to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConnectionBody {
    name: String,
    /// Slug of the app.
    app: String,
    /// `API_KEY`, `BASIC`, `CUSTOM` or `OAUTH2_CLIENT_CREDENTIALS`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Id of the auth method, when the app has several of the type.
    auth_method: Option<String>,
    /// The credential's fields by name. They never come out again.
    #[serde(default)]
    #[schema(value_type = Object)]
    value: Map<String, Value>,
    /// Non-secret fields by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Option<Map<String, Value>>,
    /// Whether to check the credential against the app first; true when left out.
    verify: Option<bool>,
    visibility: Option<Visibility>,
}

fn kind_read(text: &str) -> Result<AuthMethodKind, Problem> {
    AuthMethodKind::from_type_name(text).ok_or_else(|| {
        Problem::field(
            "type",
            "Use API_KEY, BASIC, CUSTOM or OAUTH2_CLIENT_CREDENTIALS.",
        )
    })
}

/// Make a connection from a credential that is filled into a form
///
/// The credential is checked against the app first; when that refuses, nothing is stored.
#[utoipa::path(post, path = "/connections", tag = "connections", security(("session" = []), ("key" = [])), request_body = ConnectionBody,
    responses((status = 201, body = ConnectionAnswer), (status = 400, body = ErrorAnswer), (status = 401, body = ErrorAnswer),
        (status = 403, body = ErrorAnswer), (status = 404, description = "APP_NOT_FOUND", body = ErrorAnswer),
        (status = 409, description = "CONNECTION_NAME_TAKEN", body = ErrorAnswer),
        (status = 422, description = "CREDENTIAL_REJECTED, NEEDS_BROWSER, AUTH_METHOD_UNKNOWN or VALIDATION_FAILED", body = ErrorAnswer)))]
async fn connection_create(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<ConnectionBody>,
) -> ApiResult<(StatusCode, Json<ConnectionAnswer>)> {
    let request = ConnectionCreate {
        name: body.name,
        app: body.app,
        kind: body.kind.as_deref().map(kind_read).transpose()?,
        auth_method: body.auth_method,
        value: body.value,
        settings: body.settings.unwrap_or_default(),
        verify: body.verify.unwrap_or(true),
        visibility: body.visibility,
    };
    let row = state.connector().connection_create(&actor, request).await?;
    Ok((StatusCode::CREATED, answer(&state, &actor, row).await?))
}
