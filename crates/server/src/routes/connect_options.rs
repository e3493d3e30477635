//! What there is to know before connecting an app.

use axum::{Json, extract::State};
use patchbay_connect::ConnectOptions;
use patchbay_model::{ConnectionId, ConnectionStatus, Visibility};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connections::AccountAnswer;
use crate::{
    AppState,
    http::{ApiPath, ApiResult, ProjectActor, error::ErrorAnswer},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(connect_options))
}

/// What the dialog needs before it starts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectOptionsAnswer {
    /// What to register at the provider.
    redirect_uri: String,
    /// A name that is free.
    suggested_name: String,
    can_create: bool,
    /// Whether the caller may set the OAuth client.
    can_configure: bool,
    /// Who may.
    admins: Vec<String>,
    /// Who will be able to use a new connection.
    visibility: Visibility,
    methods: Vec<MethodOptionAnswer>,
    /// Connections of the app that the caller may use.
    existing: Vec<ExistingAnswer>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MethodOptionAnswer {
    id: String,
    /// `false`: an OAuth client has to be set first.
    ready: bool,
    scopes: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ExistingAnswer {
    id: ConnectionId,
    name: String,
    account: AccountAnswer,
    status: ConnectionStatus,
}

impl From<ConnectOptions> for ConnectOptionsAnswer {
    fn from(options: ConnectOptions) -> Self {
        Self {
            redirect_uri: options.redirect_uri,
            suggested_name: options.suggested_name,
            can_create: options.can_create,
            can_configure: options.can_configure,
            admins: options.admins,
            visibility: options.visibility,
            methods: options
                .methods
                .into_iter()
                .map(|method| MethodOptionAnswer {
                    id: method.id,
                    ready: method.ready,
                    scopes: method.scopes,
                })
                .collect(),
            existing: options
                .existing
                .into_iter()
                .map(|row| ExistingAnswer {
                    id: row.id,
                    name: row.name,
                    account: row.account.into(),
                    status: row.status,
                })
                .collect(),
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct AppPath {
    /// Slug of the app.
    slug: String,
}

/// See what connecting an app takes in this project
#[utoipa::path(get, path = "/apps/{slug}/connect-options", tag = "connect sessions", security(("session" = []), ("key" = [])), params(AppPath),
    responses((status = 200, body = ConnectOptionsAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, description = "APP_NOT_FOUND", body = ErrorAnswer)))]
async fn connect_options(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<AppPath>,
) -> ApiResult<Json<ConnectOptionsAnswer>> {
    let options = state
        .connector()
        .connect_options(&actor, &path.slug)
        .await?;
    Ok(Json(options.into()))
}
