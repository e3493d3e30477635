//! OAuth clients of a project, for its admins.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_connect::{OAuthClientPut, OAuthClientView};
use patchbay_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ListQuery, ProjectActor,
        error::ErrorAnswer,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(oauth_client_list))
        .routes(routes!(oauth_client_put, oauth_client_delete))
}

/// The client registered at a provider. The secret is write-only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct OAuthClientAnswer {
    /// Slug of the app.
    app: String,
    app_name: String,
    client_id: String,
    has_secret: bool,
    /// What is asked for instead of the app's own scopes.
    scopes: Option<Vec<String>>,
    /// Endpoints instead of the app's own.
    #[schema(value_type = Object)]
    endpoints: Map<String, Value>,
    /// What to register at the provider.
    redirect_uri: String,
    /// Where to register it.
    setup_url: Option<String>,
    /// What to do there.
    setup_help: Option<String>,
    connection_count: i64,
    updated: Timestamp,
    /// Whether this app may be spoken to over TLS 1.2.
    tls12: bool,
}

impl From<OAuthClientView> for OAuthClientAnswer {
    fn from(view: OAuthClientView) -> Self {
        Self {
            app: view.row.app,
            app_name: view.app_name,
            client_id: view.row.client_id,
            has_secret: view.row.secret.is_some(),
            scopes: view.row.scopes,
            endpoints: view.row.endpoints,
            redirect_uri: view.redirect_uri,
            setup_url: view.setup_url,
            setup_help: view.setup_help,
            connection_count: view.connections,
            updated: view.row.updated_at,
            tls12: view.row.tls12,
        }
    }
}

/// What an admin enters. What is left out stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OAuthClientBody {
    client_id: Option<String>,
    /// Goes when empty.
    client_secret: Option<String>,
    /// What to ask for instead of the app's own scopes; null goes back to those.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Option<Vec<String>>>,
    /// `authorizeUrl`, `tokenUrl`, `refreshUrl`, `revokeUrl`, `issuer` instead of the app's own.
    #[schema(value_type = Option<Object>)]
    endpoints: Option<Map<String, Value>>,
    /// Whether this app may be spoken to over TLS 1.2.
    tls12: Option<bool>,
}

/// Tells a field that is null from one that is not there.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct OAuthClientPath {
    /// Slug of the app.
    app: String,
}

/// List the project's OAuth clients, by app
#[utoipa::path(get, path = "/oauth-clients", tag = "OAuth clients", security(("session" = []), ("key" = [])), params(ListQuery),
    responses((status = 200, body = ListAnswer<OAuthClientAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn oauth_client_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<OAuthClientAnswer>>> {
    let paged = state
        .connector()
        .oauth_clients_list(&actor, &query.page()?)
        .await?;
    Ok(Json(paged.map(OAuthClientAnswer::from).into()))
}

/// Set the project's OAuth client for an app
#[utoipa::path(put, path = "/oauth-clients/{app}", tag = "OAuth clients", security(("session" = []), ("key" = [])), params(OAuthClientPath), request_body = OAuthClientBody,
    responses((status = 200, body = OAuthClientAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, description = "APP_NOT_FOUND", body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn oauth_client_put(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<OAuthClientPath>,
    ApiJson(body): ApiJson<OAuthClientBody>,
) -> ApiResult<Json<OAuthClientAnswer>> {
    let request = OAuthClientPut {
        client_id: body.client_id,
        client_secret: body.client_secret,
        scopes: body.scopes,
        endpoints: body.endpoints,
        tls12: body.tls12,
    };
    let view = state
        .connector()
        .oauth_client_put(&actor, &path.app, request)
        .await?;
    Ok(Json(view.into()))
}

/// Remove the project's OAuth client for an app
#[utoipa::path(delete, path = "/oauth-clients/{app}", tag = "OAuth clients", security(("session" = []), ("key" = [])), params(OAuthClientPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, description = "OAUTH_CLIENT_NOT_FOUND", body = ErrorAnswer)))]
async fn oauth_client_delete(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<OAuthClientPath>,
) -> ApiResult<StatusCode> {
    state
        .connector()
        .oauth_client_delete(&actor, &path.app)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
