//! Browser sign-ins at a provider, from the button to their one outcome.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use patchbay_connect::{Choice, ConnectSessionView, SessionCreate, SessionError};
use patchbay_model::{Actor, Code, ConnectSessionId, ConnectionId, Problem, Timestamp, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connections::{AccountAnswer, ConnectionAnswer};
use crate::{
    AppState,
    http::{ApiJson, ApiPath, ApiResult, ProjectActor, cookie, error::ErrorAnswer, sse},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connect_session_create))
        .routes(routes!(connect_session_get))
        .routes(routes!(connect_session_events))
        .routes(routes!(connect_session_cancel))
        .routes(routes!(connect_session_resolve))
}

/// A sign-in to begin.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConnectSessionBody {
    /// Slug of the app; may be left out with `reconnect`.
    app: Option<String>,
    /// Id of the auth method, when the app has several that use a browser.
    auth_method: Option<String>,
    /// Name of the new connection; made of app and account when left out.
    name: Option<String>,
    /// Non-secret fields by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Option<Map<String, Value>>,
    /// The connection to give a fresh credential.
    reconnect: Option<ConnectionId>,
    /// The dashboard path a full-page sign-in goes back to.
    return_to: Option<String>,
    visibility: Option<Visibility>,
}

/// A sign-in that was begun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionCreatedAnswer {
    id: ConnectSessionId,
    /// Where to send the browser.
    authorize_url: String,
    expires_at: Timestamp,
}

/// How a sign-in stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectSessionAnswer {
    id: ConnectSessionId,
    app: String,
    /// `pending`, `exchanging`, `connected`, `declined`, `failed`, `expired`, `different_account` or `cancelled`.
    state: &'static str,
    expires_at: Timestamp,
    connection: Option<ConnectionAnswer>,
    error: Option<SessionErrorAnswer>,
    /// The account that signed in.
    account: Option<AccountAnswer>,
    /// The account the connection had, when another one signed in.
    previous_account: Option<AccountAnswer>,
    return_to: Option<String>,
}

/// Why a sign-in failed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionErrorAnswer {
    code: String,
    message: String,
    /// What the provider said.
    provider_error: Option<String>,
}

impl From<SessionError> for SessionErrorAnswer {
    fn from(error: SessionError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            provider_error: error.provider_error,
        }
    }
}

impl From<ConnectSessionView> for ConnectSessionAnswer {
    fn from(view: ConnectSessionView) -> Self {
        Self {
            id: view.id,
            app: view.app,
            state: view.state.as_str(),
            expires_at: view.expires_at,
            connection: view.connection.map(Into::into),
            error: view.error.map(Into::into),
            account: view.account.map(Into::into),
            previous_account: view.previous_account.map(Into::into),
            return_to: view.return_to,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct ConnectSessionPath {
    /// The session's id, `sess_…`.
    id: String,
}

impl ConnectSessionPath {
    fn id(&self) -> Result<ConnectSessionId, Problem> {
        self.id.parse().map_err(|_| {
            Problem::new(
                Code::ConnectSessionNotFound,
                "There is no such connect session of yours in this project.",
            )
        })
    }
}

/// Begins a sign-in, tied to the browser of the request.
pub(super) async fn create(
    state: &AppState,
    actor: &Actor,
    headers: &HeaderMap,
    request: SessionCreate,
) -> ApiResult<SessionCreatedAnswer> {
    let browser = cookie::session_token(state.config(), headers).ok_or_else(|| {
        Problem::new(
            Code::NeedsBrowser,
            "Signing in at a provider needs a browser: do it in the dashboard, signed in.",
        )
    })?;
    let created = state
        .connector()
        .session_create(actor, &browser, request)
        .await?;
    Ok(SessionCreatedAnswer {
        id: created.id,
        authorize_url: created.authorize_url.into(),
        expires_at: created.expires_at,
    })
}

/// Begin a browser sign-in at an app
///
/// Signed-in people only. Send the browser to `authorizeUrl` and watch the session for its outcome; it ends by itself
/// after ten minutes.
#[utoipa::path(post, path = "/connect-sessions", tag = "connect sessions", security(("session" = []), ("key" = [])), request_body = ConnectSessionBody,
    responses((status = 201, body = SessionCreatedAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer),
        (status = 422, description = "OAUTH_CLIENT_MISSING, AUTH_METHOD_UNKNOWN, NEEDS_BROWSER or VALIDATION_FAILED", body = ErrorAnswer)))]
async fn connect_session_create(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ConnectSessionBody>,
) -> ApiResult<(StatusCode, Json<SessionCreatedAnswer>)> {
    let request = SessionCreate {
        app: body.app,
        auth_method: body.auth_method,
        name: body.name,
        settings: body.settings.unwrap_or_default(),
        reconnect: body.reconnect,
        return_to: body.return_to,
        visibility: body.visibility,
    };
    let created = create(&state, &actor, &headers, request).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// See how a browser sign-in stands
#[utoipa::path(get, path = "/connect-sessions/{id}", tag = "connect sessions", security(("session" = []), ("key" = [])), params(ConnectSessionPath),
    responses((status = 200, body = ConnectSessionAnswer), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connect_session_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectSessionPath>,
) -> ApiResult<Json<ConnectSessionAnswer>> {
    let view = state.connector().session_view(&actor, &path.id()?).await?;
    Ok(Json(view.into()))
}

/// Watch a browser sign-in
///
/// Server-sent events named `session`, each the whole session, on every change; ends after the last.
#[utoipa::path(get, path = "/connect-sessions/{id}/events", tag = "connect sessions", security(("session" = []), ("key" = [])), params(ConnectSessionPath),
    responses((status = 200, content_type = "text/event-stream", body = ConnectSessionAnswer), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connect_session_events(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectSessionPath>,
) -> ApiResult<Response> {
    let mut watch = state
        .connector()
        .session_watch_open(&actor, &path.id()?)
        .await?;
    let views = async_stream::stream! {
        while let Some(view) = watch.next().await {
            yield ConnectSessionAnswer::from(view);
        }
    };
    Ok(sse::documents("session", views))
}

/// Stop a browser sign-in
#[utoipa::path(post, path = "/connect-sessions/{id}/cancel", tag = "connect sessions", security(("session" = []), ("key" = [])), params(ConnectSessionPath),
    responses((status = 200, body = ConnectSessionAnswer), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connect_session_cancel(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectSessionPath>,
) -> ApiResult<Json<ConnectSessionAnswer>> {
    let view = state
        .connector()
        .session_cancel(&actor, &path.id()?)
        .await?;
    Ok(Json(view.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ResolveBody {
    choice: ResolveChoice,
}

/// What to do with a sign-in as another account.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum ResolveChoice {
    /// Switch the connection over, with all that uses it.
    Replace,
    /// Make another connection of it.
    Separate,
    /// Forget it.
    Discard,
}

/// Choose after signing in as another account
#[utoipa::path(post, path = "/connect-sessions/{id}/resolve", tag = "connect sessions", security(("session" = []), ("key" = [])), params(ConnectSessionPath), request_body = ResolveBody,
    responses((status = 200, body = ConnectSessionAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECT_SESSION_ENDED: it does not wait for a choice", body = ErrorAnswer)))]
async fn connect_session_resolve(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectSessionPath>,
    ApiJson(body): ApiJson<ResolveBody>,
) -> ApiResult<Json<ConnectSessionAnswer>> {
    let choice = match body.choice {
        ResolveChoice::Replace => Choice::Replace,
        ResolveChoice::Separate => Choice::Separate,
        ResolveChoice::Discard => Choice::Discard,
    };
    let view = state
        .connector()
        .session_resolve(&actor, &path.id()?, choice)
        .await?;
    Ok(Json(view.into()))
}
