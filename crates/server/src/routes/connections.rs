//! Connections of a project.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use patchbay_connect::{
    ConnectionCreate, ConnectionListRequest, ConnectionView, FormReconnect, RevokeRequest,
    SessionCreate,
};
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, Code, ConnectionId, ConnectionStatus, FlowId, Problem,
    RunId, StatusReason, Timestamp, UserId, Visibility,
};
use patchbay_store::connections::{ConnectionOrder, ConnectionRow, ConnectionSort};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{connect_sessions, connection_usage};
use crate::{
    AppState,
    http::{
        ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ProjectActor, error::ErrorAnswer,
        extract::OptionalJson, list,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connection_list, connection_create))
        .routes(routes!(connection_counts))
        .routes(routes!(connection_apps))
        .routes(routes!(connection_replace_undo))
        .routes(routes!(
            connection_get,
            connection_update,
            connection_delete
        ))
        .routes(routes!(connection_restore))
        .routes(routes!(connection_check))
        .routes(routes!(connection_revoke))
        .routes(routes!(connection_transfer))
        .routes(routes!(connection_reconnect))
        .routes(routes!(connection_replace))
        .merge(connection_usage::router())
}

/// A connection. No answer anywhere contains a credential.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionAnswer {
    id: ConnectionId,
    name: String,
    /// Slug of the app.
    app: String,
    app_name: String,
    /// Kind of auth method: `OAUTH2`, `API_KEY`, `BASIC`, `CUSTOM`, `OAUTH2_CLIENT_CREDENTIALS`, …
    #[serde(rename = "type")]
    kind: String,
    /// Id of the auth method in the app's manifest.
    auth_method: String,
    status: ConnectionStatus,
    status_reason: Option<StatusReason>,
    /// The reason in plain words.
    status_reason_text: Option<String>,
    /// What the provider said.
    provider_error: Option<String>,
    status_since: Timestamp,
    account: AccountAnswer,
    owner: PersonAnswer,
    created_by: PersonAnswer,
    visibility: Visibility,
    scopes: Vec<String>,
    /// The only hosts its credential is sent to.
    hosts: Vec<String>,
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// The last four characters of an API key.
    hint: Option<String>,
    expires_at: Option<Timestamp>,
    expiring_soon: bool,
    refreshable: bool,
    next_refresh_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_by: Option<LastUsedBy>,
    use_count: i64,
    flow_count: i64,
    held_run_count: u64,
    can: CanAnswer,
    created: Timestamp,
    updated: Timestamp,
    deleted_at: Option<Timestamp>,
}

/// The account at the app.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccountAnswer {
    id: Option<String>,
    label: Option<String>,
}

impl From<AccountIdentity> for AccountAnswer {
    fn from(account: AccountIdentity) -> Self {
        Self {
            id: account.id,
            label: account.label,
        }
    }
}

/// Somebody.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PersonAnswer {
    id: UserId,
    name: String,
}

/// What used a connection last.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LastUsedBy {
    flow: FlowName,
    run: RunId,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FlowName {
    id: FlowId,
    name: String,
}

/// What the caller may do with it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CanAnswer {
    manage: bool,
    #[serde(rename = "use")]
    use_it: bool,
}

impl From<ConnectionView> for ConnectionAnswer {
    fn from(view: ConnectionView) -> Self {
        let row = view.row;
        let last_used_by = match (row.last_used_flow, row.last_used_run, view.last_used_flow) {
            (Some(id), Some(run), Some(name)) => Some(LastUsedBy {
                flow: FlowName { id, name },
                run,
            }),
            _ => None,
        };
        Self {
            id: row.id,
            name: row.name,
            app: row.app,
            app_name: view.app_name,
            kind: row.kind.type_name(),
            auth_method: row.auth_method,
            status: row.status,
            status_reason: row.status_reason,
            status_reason_text: row.status_reason.map(|reason| reason.sentence().to_owned()),
            provider_error: row.provider_error,
            status_since: row.status_since,
            account: row.account.into(),
            owner: PersonAnswer {
                id: row.owner,
                name: view.owner_name,
            },
            created_by: PersonAnswer {
                id: row.created_by,
                name: view.creator_name,
            },
            visibility: row.visibility,
            scopes: row.scopes,
            hosts: row.hosts,
            settings: row.settings,
            hint: row.hint,
            expires_at: row.expires_at,
            expiring_soon: view.expiring_soon,
            refreshable: row.refreshable,
            next_refresh_at: row.next_refresh_at,
            last_used_at: row.last_used_at,
            last_used_by,
            use_count: row.use_count,
            flow_count: row.flow_count,
            held_run_count: view.held_runs,
            can: CanAnswer {
                manage: view.can.manage,
                use_it: view.can.use_it,
            },
            created: row.created_at,
            updated: row.updated_at,
            deleted_at: row.deleted_at,
        }
    }
}

/// The answer for a connection that was just changed.
pub(crate) async fn answer(
    state: &AppState,
    actor: &Actor,
    row: ConnectionRow,
) -> ApiResult<Json<ConnectionAnswer>> {
    let view = state.connector().connection_view(actor, row).await?;
    Ok(Json(view.into()))
}

/// Which connection. An id that cannot be one is a connection that does not exist.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ConnectionPath {
    /// The connection's id, `conn_…`.
    id: String,
}

impl ConnectionPath {
    pub(crate) fn id(&self) -> Result<ConnectionId, Problem> {
        self.id.parse().map_err(|_| connection_not_found())
    }
}

fn connection_not_found() -> Problem {
    Problem::new(
        Code::ConnectionNotFound,
        "There is no such connection in this project.",
    )
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionListQuery {
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
    /// Text in name, account or app.
    q: Option<String>,
    /// Slugs of apps, separated by commas.
    app: Option<String>,
    /// `me` or a person's id.
    owner: Option<String>,
    /// `ACTIVE`, `EXPIRED`, `ERROR`, `REVOKED`; several separated by commas.
    status: Option<String>,
    /// Only what is not active.
    attention: Option<bool>,
    /// Only what no flow names and nobody has used for thirty days.
    unused: Option<bool>,
    /// Only what runs out within this time and is not renewed by itself, e.g. `7d`, `12h`.
    expiring_within: Option<String>,
    /// What is in the trash instead.
    deleted: Option<bool>,
    /// `name`, `status`, `last_used`, `created`, `app`, `flows`; with `-` in front the other way round.
    sort: Option<String>,
}

fn odd_query(name: &str, message: &str) -> Problem {
    Problem::new(
        Code::BadRequest,
        format!("The query is not as expected: {name} {message}."),
    )
}

fn words(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl ConnectionListQuery {
    fn request(&self, actor: &Actor) -> Result<ConnectionListRequest, Problem> {
        let owner = match self.owner.as_deref() {
            None | Some("") => None,
            Some("me") => actor.user().cloned(),
            Some(id) => Some(
                id.parse()
                    .map_err(|_| odd_query("owner", "is `me` or a person's id"))?,
            ),
        };
        let statuses = words(self.status.as_deref())
            .iter()
            .map(|word| {
                word.to_ascii_uppercase()
                    .parse()
                    .map_err(|_| odd_query("status", "is ACTIVE, EXPIRED, ERROR or REVOKED"))
            })
            .collect::<Result<_, _>>()?;
        let expiring_within = self.expiring_within.as_deref().map(period).transpose()?;
        Ok(ConnectionListRequest {
            q: self.q.clone(),
            apps: words(self.app.as_deref()),
            owner,
            statuses,
            attention: self.attention.unwrap_or_default(),
            unused: self.unused.unwrap_or_default(),
            expiring_within,
            deleted: self.deleted.unwrap_or_default(),
        })
    }

    fn sort(&self) -> Result<ConnectionSort, Problem> {
        let text = self.sort.as_deref().unwrap_or("name");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let by = match name {
            "name" => ConnectionOrder::Name,
            "status" => ConnectionOrder::Status,
            "last_used" => ConnectionOrder::LastUsed,
            "created" => ConnectionOrder::Created,
            "app" => ConnectionOrder::App,
            "flows" => ConnectionOrder::Flows,
            _ => {
                return Err(odd_query(
                    "sort",
                    "is name, status, last_used, created, app or flows, with - in front the other way round",
                ));
            }
        };
        Ok(ConnectionSort { by, descending })
    }
}

/// A number with `m`, `h`, `d` or `w` behind it.
fn period(text: &str) -> Result<std::time::Duration, Problem> {
    let odd = || {
        odd_query(
            "expiring_within",
            "is a number with m, h, d or w behind it, e.g. 7d",
        )
    };
    let unit = text.chars().last().ok_or_else(odd)?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return Err(odd()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| odd())?;
    Ok(std::time::Duration::from_secs(seconds * u64::from(number)))
}

/// List the project's connections
///
/// Only those the caller may see. The order is `sort`, then the id.
#[utoipa::path(get, path = "/connections", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionListQuery),
    responses((status = 200, body = ListAnswer<ConnectionAnswer>), (status = 400, body = ErrorAnswer),
        (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ConnectionListQuery>,
) -> ApiResult<Json<ListAnswer<ConnectionAnswer>>> {
    let (request, sort) = (query.request(&actor)?, query.sort()?);
    let page = list::page(query.limit, query.cursor)?;
    let paged = state
        .connector()
        .connections_list(&actor, &request, sort, &page)
        .await?;
    Ok(Json(paged.map(ConnectionAnswer::from).into()))
}

/// Numbers for the tabs of the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectionCountsAnswer {
    all: i64,
    needs_attention: i64,
    expiring_soon: i64,
    unused: i64,
    mine: i64,
    deleted: i64,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionCountsQuery {
    /// Text in name, account or app.
    q: Option<String>,
    /// Slugs of apps, separated by commas.
    app: Option<String>,
    /// `me` or a person's id.
    owner: Option<String>,
}

/// Count the project's connections, under the same search as the list
#[utoipa::path(get, path = "/connections/counts", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionCountsQuery),
    responses((status = 200, body = ConnectionCountsAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_counts(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ConnectionCountsQuery>,
) -> ApiResult<Json<ConnectionCountsAnswer>> {
    let query = ConnectionListQuery {
        q: query.q,
        app: query.app,
        owner: query.owner,
        ..ConnectionListQuery::default()
    };
    let counts = state
        .connector()
        .connections_count(&actor, &query.request(&actor)?)
        .await?;
    Ok(Json(ConnectionCountsAnswer {
        all: counts.all,
        needs_attention: counts.needs_attention,
        expiring_soon: counts.expiring_soon,
        unused: counts.unused,
        mine: counts.mine,
        deleted: counts.deleted,
    }))
}

/// An app the project has connections of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppInUseAnswer {
    app: String,
    count: i64,
    last_used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppsInUseAnswer {
    data: Vec<AppInUseAnswer>,
}

/// List the apps the project has connections of, the one used last in front
#[utoipa::path(get, path = "/connections/apps", tag = "connections", security(("session" = []), ("key" = [])),
    responses((status = 200, body = AppsInUseAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_apps(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
) -> ApiResult<Json<AppsInUseAnswer>> {
    let apps = state.connector().connection_apps(&actor).await?;
    let data = apps
        .into_iter()
        .map(|row| AppInUseAnswer {
            app: row.app,
            count: row.count,
            last_used_at: row.last_used_at,
        })
        .collect();
    Ok(Json(AppsInUseAnswer { data }))
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

/// Delete a connection. It can be restored for thirty days
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

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplaceBody {
    /// The connection that takes its place, of the same app.
    with: ConnectionId,
    /// Only say where it would be replaced.
    dry_run: Option<bool>,
}

/// Where a connection was, or would be, replaced.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReplaceAnswer {
    flows: Vec<ReplacedFlowAnswer>,
    /// Takes it back, for a day.
    undo_token: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReplacedFlowAnswer {
    id: FlowId,
    name: String,
    /// `trigger` or ids of steps.
    steps: Vec<String>,
    /// `draft` or `published`.
    version: &'static str,
}

fn replaced(flows: Vec<patchbay_connect::ReplacedFlow>) -> Vec<ReplacedFlowAnswer> {
    flows
        .into_iter()
        .map(|flow| ReplacedFlowAnswer {
            id: flow.id,
            name: flow.name,
            steps: flow.steps,
            version: flow.version.as_str(),
        })
        .collect()
}

/// Put another connection in its place in every flow, as one change
#[utoipa::path(post, path = "/connections/{id}/replace", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionPath), request_body = ReplaceBody,
    responses((status = 200, body = ReplaceAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 409, description = "CONNECTION_DELETED", body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn connection_replace(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<ConnectionPath>,
    ApiJson(body): ApiJson<ReplaceBody>,
) -> ApiResult<Json<ReplaceAnswer>> {
    let outcome = state
        .connector()
        .connection_replace(
            &actor,
            &path.id()?,
            &body.with,
            body.dry_run.unwrap_or_default(),
        )
        .await?;
    Ok(Json(ReplaceAnswer {
        flows: replaced(outcome.flows),
        undo_token: outcome.undo_token,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplaceUndoBody {
    undo_token: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReplaceUndoneAnswer {
    /// The documents that are as they were; those changed since were left alone.
    flows: Vec<ReplacedFlowAnswer>,
}

/// Take a replacement back
#[utoipa::path(post, path = "/connections/replace-undo", tag = "connections", security(("session" = []), ("key" = [])), request_body = ReplaceUndoBody,
    responses((status = 200, body = ReplaceUndoneAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 410, description = "UNDO_EXPIRED", body = ErrorAnswer)))]
async fn connection_replace_undo(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<ReplaceUndoBody>,
) -> ApiResult<Json<ReplaceUndoneAnswer>> {
    let flows = state
        .connector()
        .connection_replace_undo(&actor, &body.undo_token)
        .await?;
    Ok(Json(ReplaceUndoneAnswer {
        flows: replaced(flows),
    }))
}
