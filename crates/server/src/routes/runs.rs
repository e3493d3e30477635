//! Runs of flows: starting, looking at, watching, cancelling, repeating.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use futures::StreamExt;
use patchbay_model::{
    ConnectionId, ConnectionStatus, FlowId, RunId, RunKind, RunStatus, StepStatus, Timestamp,
    flow::FlowDocument,
};
use patchbay_runner::runs::{RetryFrom, RunLine, RunSummary, RunView, StartedRun};
use patchbay_store::runs::{Failure, RunFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::flows::FlowPath;
use crate::{
    AppState,
    http::{
        ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ProjectActor, error::ErrorAnswer,
        extract::OptionalJson, list, sse,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(run_start))
        .routes(routes!(run_test))
        .routes(routes!(run_list))
        .routes(routes!(run_get))
        .routes(routes!(run_events))
        .routes(routes!(run_cancel))
        .routes(routes!(run_retry))
}

/// Why a run or a step failed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FailureAnswer {
    code: String,
    message: String,
}

impl From<Failure> for FailureAnswer {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
        }
    }
}

/// The connection a run is held for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct WaitingConnection {
    id: ConnectionId,
    name: String,
    status: ConnectionStatus,
    /// Since when it is in the trash. The run goes on when it is restored, or when its flow is given another one.
    deleted_at: Option<Timestamp>,
}

/// What a run is held for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WaitingForAnswer {
    connection: WaitingConnection,
}

/// A run in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunSummaryAnswer {
    id: RunId,
    flow: FlowId,
    /// What people call the flow.
    flow_name: String,
    /// The version that runs; null for a test of the draft.
    version: Option<i64>,
    kind: RunKind,
    status: RunStatus,
    /// What started it: `manual`, `schedule`, `webhook`, `flow`.
    trigger_kind: String,
    /// What the trigger brought.
    #[schema(value_type = Object)]
    trigger: Value,
    error: Option<FailureAnswer>,
    waiting_for: Option<WaitingForAnswer>,
    /// When a delay ends.
    wake_at: Option<Timestamp>,
    /// The run it repeats.
    retry_of: Option<RunId>,
    created: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    duration_ms: Option<i64>,
}

/// A step of a run.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct RunStepAnswer {
    /// The step's id in the document.
    id: String,
    /// Where in the run; a step in a loop has one line for each item, e.g. `each[0].post`.
    path: String,
    kind: String,
    name: Option<String>,
    status: StepStatus,
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
    #[schema(value_type = Option<Object>)]
    output: Option<Value>,
    error: Option<FailureAnswer>,
    attempts: i64,
    /// When it began; when it was held before it was ever made, when it went on.
    started_at: Option<Timestamp>,
    duration_ms: Option<i64>,
}

/// A run with everything it did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunAnswer {
    #[serde(flatten)]
    summary: RunSummaryAnswer,
    /// In the order they began; behind them the steps the run has not come to.
    steps: Vec<RunStepAnswer>,
    /// What its `respond` step answered.
    #[schema(value_type = Option<Object>)]
    response: Option<Value>,
    /// The flow document that ran.
    document: Option<FlowDocument>,
}

/// A run that was queued.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartedAnswer {
    run_id: RunId,
}

/// What a run is given.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RunStartBody {
    /// What the trigger brings: for a webhook flow a request (`method`, `headers`, `query`, `body`) or just its body.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Value,
}

/// Where to begin again.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum RetryFromBody {
    /// From the trigger on, in the version published now.
    #[default]
    Start,
    /// From the step that failed, in the version that ran.
    FailedStep,
}

/// How to repeat a run.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RunRetryBody {
    #[serde(default)]
    from: RetryFromBody,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RunListQuery {
    /// Only runs of this flow.
    flow: Option<FlowId>,
    /// Only runs that are so.
    status: Option<RunStatus>,
    /// Only live runs, or only tests.
    kind: Option<RunKind>,
    /// Only runs held for this connection.
    connection: Option<ConnectionId>,
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct RunPath {
    /// The run's id, `run_…`.
    id: RunId,
}

/// Run a flow's published version.
#[utoipa::path(post, path = "/flows/{id}/runs", tag = "Runs", security(("session" = []), ("key" = [])), params(FlowPath),
    request_body = RunStartBody,
    responses((status = 202, body = StartedAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn run_start(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
    OptionalJson(body): OptionalJson<RunStartBody>,
) -> ApiResult<(StatusCode, Json<StartedAnswer>)> {
    let input = body.unwrap_or_default().input;
    let started = state.runner().run_start(&actor, &path.id, &input).await?;
    Ok(queued(started))
}

/// Run a flow's draft as a test.
#[utoipa::path(post, path = "/flows/{id}/test", tag = "Runs", security(("session" = []), ("key" = [])), params(FlowPath),
    request_body = RunStartBody,
    responses((status = 202, body = StartedAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn run_test(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<FlowPath>,
    OptionalJson(body): OptionalJson<RunStartBody>,
) -> ApiResult<(StatusCode, Json<StartedAnswer>)> {
    let input = body.unwrap_or_default().input;
    let started = state.runner().run_test(&actor, &path.id, &input).await?;
    Ok(queued(started))
}

/// List runs, newest first.
#[utoipa::path(get, path = "/runs", tag = "Runs", security(("session" = []), ("key" = [])), params(RunListQuery),
    responses((status = 200, body = ListAnswer<RunSummaryAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn run_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<RunListQuery>,
) -> ApiResult<Json<ListAnswer<RunSummaryAnswer>>> {
    let page = list::page(query.limit, query.cursor)?;
    let filter = RunFilter {
        flow: query.flow,
        status: query.status,
        kind: query.kind,
        connection: query.connection,
    };
    let runs = state.runner().run_list(&actor, &filter, &page).await?;
    Ok(Json(runs.map(RunSummaryAnswer::from).into()))
}

/// Show a run with its steps.
#[utoipa::path(get, path = "/runs/{id}", tag = "Runs", security(("session" = []), ("key" = [])), params(RunPath),
    responses((status = 200, body = RunAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn run_get(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<RunPath>,
) -> ApiResult<Json<RunAnswer>> {
    let run = state.runner().run_get(&actor, &path.id).await?;
    Ok(Json(run.into()))
}

/// Watch a run: an event `run` with the whole run now and on every change, until it has ended.
#[utoipa::path(get, path = "/runs/{id}/events", tag = "Runs", security(("session" = []), ("key" = [])), params(RunPath),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn run_events(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<RunPath>,
) -> ApiResult<Response> {
    let watch = state.runner().run_watch(&actor, &path.id).await?;
    Ok(sse::documents(
        "run",
        watch.into_stream().map(RunAnswer::from),
    ))
}

/// Stop a run. One that is under way stops as soon as its worker hears of it.
#[utoipa::path(post, path = "/runs/{id}/cancel", tag = "Runs", security(("session" = []), ("key" = [])), params(RunPath),
    responses((status = 200, body = RunAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn run_cancel(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<RunPath>,
) -> ApiResult<Json<RunAnswer>> {
    state.runner().run_cancel(&actor, &path.id).await?;
    let run = state.runner().run_get(&actor, &path.id).await?;
    Ok(Json(run.into()))
}

/// Run again what a run did, as a new run.
#[utoipa::path(post, path = "/runs/{id}/retry", tag = "Runs", security(("session" = []), ("key" = [])), params(RunPath),
    request_body = RunRetryBody,
    responses((status = 202, body = StartedAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn run_retry(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<RunPath>,
    ApiJson(body): ApiJson<RunRetryBody>,
) -> ApiResult<(StatusCode, Json<StartedAnswer>)> {
    let from = match body.from {
        RetryFromBody::Start => RetryFrom::Start,
        RetryFromBody::FailedStep => RetryFrom::FailedStep,
    };
    let started = state.runner().run_retry(&actor, &path.id, from).await?;
    Ok(queued(started))
}

fn queued(started: StartedRun) -> (StatusCode, Json<StartedAnswer>) {
    let answer = StartedAnswer {
        run_id: started.run.id,
    };
    (StatusCode::ACCEPTED, Json(answer))
}

impl From<RunSummary> for RunSummaryAnswer {
    fn from(summary: RunSummary) -> Self {
        let run = summary.run;
        let duration_ms = match (run.started, run.finished) {
            (Some(started), Some(finished)) => Some((finished.millis() - started.millis()).max(0)),
            _ => None,
        };
        Self {
            id: run.id,
            flow: summary.flow.id,
            flow_name: summary.flow.name,
            version: run.version,
            kind: run.kind,
            status: run.status,
            trigger_kind: run.trigger_kind,
            trigger: run.trigger,
            error: run.error.map(Into::into),
            waiting_for: summary.waiting_for.map(|waiting| WaitingForAnswer {
                connection: WaitingConnection {
                    id: waiting.id,
                    name: waiting.name,
                    status: waiting.status,
                    deleted_at: waiting.deleted_at,
                },
            }),
            wake_at: run.wake_at,
            retry_of: run.retry_of,
            created: run.created,
            started_at: run.started,
            finished_at: run.finished,
            duration_ms,
        }
    }
}

impl From<RunLine> for RunStepAnswer {
    fn from(line: RunLine) -> Self {
        let step = line.step;
        Self {
            id: step.step,
            path: step.path,
            kind: step.kind,
            name: step.name,
            status: step.status,
            input: step.input,
            output: step.output,
            error: step.error.map(Into::into),
            attempts: step.attempts,
            started_at: line.begun.then_some(step.started),
            duration_ms: step.duration_ms,
        }
    }
}

impl From<RunView> for RunAnswer {
    fn from(view: RunView) -> Self {
        Self {
            response: view.summary.run.response.clone(),
            summary: view.summary.into(),
            steps: view.steps.into_iter().map(Into::into).collect(),
            document: view.document,
        }
    }
}
