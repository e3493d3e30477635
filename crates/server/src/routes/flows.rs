//! Flows: making, saving, publishing, switching, versions.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use patchbay_flow::FlowProblem;
use patchbay_model::{
    Actor, Code, ConnectionId, FlowId, Problem, Right, RunId, RunStatus, Timestamp, UserId,
    flow::FlowDocument,
};
use patchbay_runner::flows::{
    FlowChange, FlowQuery, FlowSummary, FlowView, NewFlowRequest, PersonName, Polling, VersionView,
};
use patchbay_store::polls::PollState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiError, ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ListQuery, ProjectActor,
        error::ErrorAnswer, list,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(flow_list, flow_create))
        .routes(routes!(flow_get, flow_save, flow_delete))
        .routes(routes!(flow_publish))
        .routes(routes!(flow_enable))
        .routes(routes!(flow_disable))
        .routes(routes!(flow_duplicate))
        .routes(routes!(trigger_sample))
        .routes(routes!(version_list))
        .routes(routes!(version_get))
        .routes(routes!(version_restore))
}

/// A person as answers name them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FlowPerson {
    id: UserId,
    name: String,
}

impl From<PersonName> for FlowPerson {
    fn from(person: PersonName) -> Self {
        Self {
            id: person.id,
            name: person.name,
        }
    }
}

/// The latest live run of a flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct FlowLastRun {
    id: RunId,
    status: RunStatus,
    started_at: Timestamp,
}

/// What starts a flow, in a word.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FlowTrigger {
    /// `manual`, `schedule`, `webhook` or `app`.
    kind: String,
}

/// Whether a flow's trigger starts runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum FlowStatus {
    Active,
    Inactive,
}

/// How asking an app for news goes.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum TriggerState {
    /// As it should.
    Polling,
    /// Not at all, until the connection works again.
    Paused,
    /// The last time it failed; it is tried again by itself.
    Failing,
}

/// How asking an app for what starts the flow goes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct TriggerStatusAnswer {
    state: TriggerState,
    /// Why it does not go, and what to do.
    message: Option<String>,
    /// Through which connection.
    connection: ConnectionId,
    /// Since when it goes so.
    since: Timestamp,
    /// The last time the app answered; null before the first.
    last_at: Option<Timestamp>,
    /// When it is asked next; null while paused.
    next_at: Option<Timestamp>,
    /// Seconds between two polls when all is well.
    interval: u32,
}

/// What an app has for a trigger.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TriggerSampleAnswer {
    /// The latest items, newest first, at most three: each is what `trigger` would be in a run.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
}

/// A flow in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct FlowSummaryAnswer {
    id: FlowId,
    name: String,
    status: FlowStatus,
    published_version: Option<i64>,
    trigger: FlowTrigger,
    /// How polling goes; null for a flow that is not active or that no event of an app starts.
    trigger_status: Option<TriggerStatusAnswer>,
    /// Slugs of the apps it uses.
    apps: Vec<String>,
    /// How many of the connections it uses do not work.
    broken_connections: u64,
    created: Timestamp,
    updated: Timestamp,
    last_run: Option<FlowLastRun>,
    created_by: FlowPerson,
}

/// What the caller may do with a flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FlowRights {
    edit: bool,
    run: bool,
}

/// A mistake that keeps a draft from being published.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FlowProblemAnswer {
    /// The step's id; null for the trigger and the flow as a whole.
    step: Option<String>,
    /// The field, e.g. `input.url`.
    path: String,
    code: String,
    message: String,
}

/// A flow with its draft.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct FlowAnswer {
    #[serde(flatten)]
    summary: FlowSummaryAnswer,
    draft: FlowDocument,
    /// Counts saves; send it as `If-Match` when saving.
    draft_revision: i64,
    /// Whether the draft differs from the published version.
    draft_changed: bool,
    /// Where its webhook is called.
    webhook_url: Option<String>,
    problems: Vec<FlowProblemAnswer>,
    can: FlowRights,
}

/// A published version.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct VersionAnswer {
    version: i64,
    published_at: Timestamp,
    published_by: FlowPerson,
    /// Whether it is the one that runs.
    current: bool,
}

/// A published version with its document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct VersionDetailAnswer {
    #[serde(flatten)]
    version: VersionAnswer,
    document: FlowDocument,
}

/// A flow to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FlowCreateBody {
    name: String,
    /// Its first draft; a manual trigger and nothing else when left out.
    draft: Option<FlowDocument>,
}

/// What to change of a flow.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FlowSaveBody {
    name: Option<String>,
    draft: Option<FlowDocument>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FlowListQuery {
    /// Part of the name, any case.
    q: Option<String>,
    /// Only flows that are so.
    #[param(inline)]
    status: Option<FlowStatus>,
    /// Only flows that use this connection.
    connection: Option<ConnectionId>,
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct FlowPath {
    /// The flow's id, `flow_…`.
    pub(crate) id: FlowId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct VersionPath {
    /// The flow's id, `flow_…`.
    id: FlowId,
    /// The version's number.
    version: i64,
}

/// List flows, newest first.
#[utoipa::path(get, path = "/flows", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowListQuery),
    responses((status = 200, body = ListAnswer<FlowSummaryAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn flow_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<FlowListQuery>,
) -> ApiResult<Json<ListAnswer<FlowSummaryAnswer>>> {
    let page = list::page(query.limit, query.cursor)?;
    let filter = FlowQuery {
        q: query.q,
        active: query.status.map(|status| status == FlowStatus::Active),
        connection: query.connection,
    };
    let flows = state.runner().flow_list(&actor, filter, &page).await?;
    Ok(Json(flows.map(FlowSummaryAnswer::from).into()))
}

/// Make a flow, inactive. Its draft need not be complete.
#[utoipa::path(post, path = "/flows", tag = "Flows", security(("session" = []), ("key" = [])), request_body = FlowCreateBody,
    responses((status = 201, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn flow_create(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<FlowCreateBody>,
) -> ApiResult<Response> {
    let new = NewFlowRequest {
        name: body.name,
        draft: body.draft,
    };
    let flow = state.runner().flow_create(&actor, new).await?;
    Ok(answer(&actor, StatusCode::CREATED, flow))
}

/// Show a flow with its draft. The `ETag` is the draft's revision.
#[utoipa::path(get, path = "/flows/{id}", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn flow_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Response> {
    let flow = state.runner().flow_get(&actor, &path.id).await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// Save a flow's draft, its name, or both. With `If-Match`, a draft saved by somebody else meanwhile is not overwritten.
#[utoipa::path(put, path = "/flows/{id}", tag = "Flows", security(("session" = []), ("key" = [])), request_body = FlowSaveBody,
    params(FlowPath, ("If-Match" = Option<String>, Header, description = "The revision the draft was made from.")),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 412, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn flow_save(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<FlowSaveBody>,
) -> ApiResult<Response> {
    let change = FlowChange {
        name: body.name,
        draft: body.draft,
        expected_revision: expected_revision(&headers)?,
    };
    let flow = state.runner().flow_save(&actor, &path.id, change).await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// Delete a flow. Its runs stay readable.
#[utoipa::path(delete, path = "/flows/{id}", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn flow_delete(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<StatusCode> {
    state.runner().flow_remove(&actor, &path.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make the draft the version that runs, and switch the flow on.
#[utoipa::path(post, path = "/flows/{id}/publish", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn flow_publish(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Response> {
    let flow = state.runner().flow_publish(&actor, &path.id).await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// Switch a published flow on.
#[utoipa::path(post, path = "/flows/{id}/enable", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn flow_enable(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Response> {
    let flow = state.runner().flow_switch(&actor, &path.id, true).await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// Switch a flow off. Runs under way go on.
#[utoipa::path(post, path = "/flows/{id}/disable", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn flow_disable(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Response> {
    let flow = state.runner().flow_switch(&actor, &path.id, false).await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// Make a copy of a flow's draft, inactive.
#[utoipa::path(post, path = "/flows/{id}/duplicate", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 201, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn flow_duplicate(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Response> {
    let flow = state.runner().flow_duplicate(&actor, &path.id).await?;
    Ok(answer(&actor, StatusCode::CREATED, flow))
}

/// Fetch the latest items of the app that the draft's trigger listens to. Nothing is started, and nothing moves.
#[utoipa::path(post, path = "/flows/{id}/trigger/sample", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath),
    responses((status = 200, body = TriggerSampleAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer),
        (status = 429, body = ErrorAnswer), (status = 502, body = ErrorAnswer)))]
async fn trigger_sample(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
) -> ApiResult<Json<TriggerSampleAnswer>> {
    let items = state.runner().trigger_sample(&actor, &path.id).await?;
    Ok(Json(TriggerSampleAnswer { items }))
}

/// List a flow's versions, newest first.
#[utoipa::path(get, path = "/flows/{id}/versions", tag = "Flows", security(("session" = []), ("key" = [])), params(FlowPath, ListQuery),
    responses((status = 200, body = ListAnswer<VersionAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn version_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<VersionAnswer>>> {
    let versions = state
        .runner()
        .version_list(&actor, &path.id, &query.page()?)
        .await?;
    Ok(Json(versions.map(VersionAnswer::from).into()))
}

/// Show a version with its document.
#[utoipa::path(get, path = "/flows/{id}/versions/{version}", tag = "Flows", security(("session" = []), ("key" = [])), params(VersionPath),
    responses((status = 200, body = VersionDetailAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn version_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<VersionPath>,
) -> ApiResult<Json<VersionDetailAnswer>> {
    let (version, document) = state
        .runner()
        .version_get(&actor, &path.id, path.version)
        .await?;
    Ok(Json(VersionDetailAnswer {
        version: version.into(),
        document,
    }))
}

/// Make a version's document the draft. What runs does not change until the draft is published.
#[utoipa::path(post, path = "/flows/{id}/versions/{version}/restore", tag = "Flows", security(("session" = []), ("key" = [])), params(VersionPath),
    responses((status = 200, body = FlowAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn version_restore(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<VersionPath>,
) -> ApiResult<Response> {
    let flow = state
        .runner()
        .version_restore(&actor, &path.id, path.version)
        .await?;
    Ok(answer(&actor, StatusCode::OK, flow))
}

/// The flow with its revision as `ETag` (RFC 9110 §8.8.3).
fn answer(actor: &Actor, status: StatusCode, flow: FlowView) -> Response {
    let revision = flow.summary.head.draft_revision;
    let body = FlowAnswer {
        summary: flow.summary.into(),
        draft: flow.draft,
        draft_revision: revision,
        draft_changed: flow.draft_changed,
        webhook_url: flow.webhook_url,
        problems: flow.problems.into_iter().map(Into::into).collect(),
        can: FlowRights {
            edit: actor.can(Right::FlowEdit),
            run: actor.can(Right::FlowRun),
        },
    };
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The revision in `If-Match`; nothing when it is absent or `*`.
fn expected_revision(headers: &HeaderMap) -> ApiResult<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.trim_start_matches("W/")
        .trim_matches('"')
        .parse()
        .map(Some)
        .map_err(|_| {
            ApiError(Problem::new(
                Code::BadRequest,
                "If-Match must be the ETag of the flow as it was loaded.",
            ))
        })
}

impl From<FlowSummary> for FlowSummaryAnswer {
    fn from(flow: FlowSummary) -> Self {
        let head = flow.head;
        Self {
            id: head.id,
            name: head.name,
            status: if head.active {
                FlowStatus::Active
            } else {
                FlowStatus::Inactive
            },
            published_version: head.published_version,
            trigger: FlowTrigger {
                kind: head.trigger_kind,
            },
            trigger_status: flow.polling.map(Into::into),
            apps: head.apps,
            broken_connections: flow.broken_connections,
            created: head.created,
            updated: head.updated,
            last_run: flow.last_run.map(|run| FlowLastRun {
                id: run.id,
                status: run.status,
                started_at: run.started_at,
            }),
            created_by: flow.created_by.into(),
        }
    }
}

impl From<Polling> for TriggerStatusAnswer {
    fn from(polling: Polling) -> Self {
        let Polling { status, interval } = polling;
        Self {
            state: match status.state {
                PollState::Polling => TriggerState::Polling,
                PollState::Paused => TriggerState::Paused,
                PollState::Failing => TriggerState::Failing,
            },
            message: status.failure.map(|failure| failure.message),
            connection: status.connection,
            since: status.since,
            last_at: status.last_at,
            next_at: status.next_at,
            interval,
        }
    }
}

impl From<FlowProblem> for FlowProblemAnswer {
    fn from(problem: FlowProblem) -> Self {
        Self {
            step: problem.step,
            path: problem.path,
            code: serde_json::to_value(problem.code)
                .ok()
                .and_then(|code| code.as_str().map(str::to_owned))
                .unwrap_or_default(),
            message: problem.message,
        }
    }
}

impl From<VersionView> for VersionAnswer {
    fn from(view: VersionView) -> Self {
        Self {
            version: view.version.version,
            published_at: view.version.published_at,
            published_by: view.published_by.into(),
            current: view.current,
        }
    }
}
