//! The audit log of a project.

use axum::{Json, extract::State};
use patchbay_access::{AuditEntry, AuditFilter};
use patchbay_model::{AuditId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{ApiQuery, ApiResult, ListAnswer, ProjectActor, error::ErrorAnswer, list},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(audit_list))
}

/// Who did what to what, when.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AuditAnswer {
    id: AuditId,
    at: Timestamp,
    actor: AuditParty,
    /// Noun and verb, `connection.create`.
    action: String,
    subject: AuditParty,
    /// Particulars; the shape depends on the action.
    #[schema(value_type = Object)]
    details: Value,
    /// The host a credential was used for.
    host: Option<String>,
}

/// Who did it or what it was done to, with the name of that time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AuditParty {
    kind: String,
    id: String,
    name: String,
}

impl From<AuditEntry> for AuditAnswer {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            actor: AuditParty {
                kind: entry.actor.kind,
                id: entry.actor.id,
                name: entry.actor.name,
            },
            action: entry.action,
            subject: AuditParty {
                kind: entry.subject.kind,
                id: entry.subject.id,
                name: entry.subject.name,
            },
            details: entry.details,
            host: entry.host,
        }
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// The id of who did it.
    actor: Option<String>,
    /// `connection.create`, or `connection` for everything done to connections.
    action: Option<String>,
    /// The id of what it was done to, or its kind.
    subject: Option<String>,
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
}

/// List the audit log, newest first, as far back as the plan reaches.
#[utoipa::path(get, path = "/audit", tag = "Audit", security(("session" = []), ("key" = [])), params(AuditQuery),
    responses((status = 200, body = ListAnswer<AuditAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn audit_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> ApiResult<Json<ListAnswer<AuditAnswer>>> {
    let page = list::page(query.limit, query.cursor)?;
    let filter = AuditFilter {
        actor: query.actor,
        action: query.action,
        subject: query.subject,
        since: None,
    };
    let entries = state.access().audit_list(&actor, filter, &page).await?;
    Ok(Json(entries.map(AuditAnswer::from).into()))
}
