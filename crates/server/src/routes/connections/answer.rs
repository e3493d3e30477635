//! What a connection looks like from outside.

use axum::Json;
use patchbay_connect::ConnectionView;
use patchbay_model::{
    AccountIdentity, Actor, Code, ConnectionId, ConnectionStatus, FlowId, Problem, RunId,
    StatusReason, Timestamp, UserId, Visibility,
};
use patchbay_store::connections::ConnectionRow;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AppState, http::ApiResult};

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
    /// When its credential was renewed last.
    last_refreshed_at: Option<Timestamp>,
    next_refresh_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_by: Option<LastUsedBy>,
    use_count: i64,
    flow_count: i64,
    held_run_count: u64,
    can: CanAnswer,
    created: Timestamp,
    updated: Timestamp,
    /// Since when it is in the trash.
    deleted_at: Option<Timestamp>,
    /// When its credential is destroyed, if nobody takes it out of the trash before.
    destroyed_at: Option<Timestamp>,
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
            last_refreshed_at: row.last_refreshed_at,
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
            destroyed_at: view.destroyed_at,
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

pub(super) fn connection_not_found() -> Problem {
    Problem::new(
        Code::ConnectionNotFound,
        "There is no such connection in this project.",
    )
}
