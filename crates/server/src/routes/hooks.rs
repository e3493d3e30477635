//! Webhooks: where others call flows.

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use patchbay_gateway::response_headers_keep;
use patchbay_model::{Code, FlowId, Problem, RunId, RunStatus};
use patchbay_runner::hooks::{HookAnswer, HookCall, HookRefusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{ApiError, ApiPath, error::ErrorAnswer, extract::read},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(hook_receive))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct HookPath {
    /// The flow's id, `flow_…`.
    flow: FlowId,
}

/// A run that a webhook started.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct HookAcceptedAnswer {
    run_id: RunId,
    /// How the run ended, when the flow answers after its run and no step has responded.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<RunStatus>,
}

/// Call a flow's webhook
///
/// Answers 202 with the run's id at once, or what the flow's `respond` step says when its trigger answers after the run;
/// a run that takes longer than 30 seconds is answered with 202 as well. The same `Idempotency-Key` starts one run.
#[utoipa::path(
    method(get, head, post, put, patch, delete, options),
    path = "/hooks/{flow}",
    tag = "Webhooks",
    params(HookPath),
    responses(
        (status = 202, description = "The run goes on by itself.", body = HookAcceptedAnswer),
        (status = "default", description = "What the flow answers."),
        (status = 401, description = "UNAUTHENTICATED: the caller did not show what the trigger asks for.", body = ErrorAnswer),
        (status = 404, description = "FLOW_NOT_FOUND", body = ErrorAnswer),
        (status = 405, description = "METHOD_NOT_ALLOWED", body = ErrorAnswer),
        (status = 409, description = "FLOW_INACTIVE or IDEMPOTENCY_MISMATCH", body = ErrorAnswer),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorAnswer),
    ),
)]
async fn hook_receive(
    State(state): State<AppState>,
    path: ApiPath<HookPath>,
    request: Request,
) -> Response {
    received(&state, &path.0.flow, request).await
}

/// Answers a call of the flow's webhook.
pub(crate) async fn received(state: &AppState, flow: &FlowId, mut request: Request) -> Response {
    let call = HookCall {
        method: request.method().clone(),
        headers: std::mem::take(request.headers_mut()),
        query: form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        body: match read(request, state).await {
            Ok(body) => body,
            Err(refusal) => return refusal.into_response(),
        },
    };
    match state.runner().hook_receive(flow, call).await {
        Ok(answer) => answered(answer),
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: HookRefusal) -> Response {
    match refusal {
        HookRefusal::Problem(problem) => ApiError(problem).into_response(),
        HookRefusal::Unauthorized { basic } => {
            let mut response = ApiError(Problem::new(
                Code::Unauthenticated,
                "This webhook wants to be shown a secret that the request does not have; its owner knows which.",
            ))
            .into_response();
            if basic {
                response.headers_mut().insert(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"webhook\", charset=\"UTF-8\""),
                );
            }
            response
        }
        HookRefusal::Method { allowed } => {
            let mut response = ApiError(Problem::new(
                Code::MethodNotAllowed,
                format!("This webhook takes {allowed} only."),
            ))
            .into_response();
            if let Ok(value) = HeaderValue::from_str(&allowed) {
                response.headers_mut().insert(ALLOW, value);
            }
            response
        }
    }
}

fn answered(answer: HookAnswer) -> Response {
    match answer {
        HookAnswer::Accepted { run } => accepted(StatusCode::ACCEPTED, run, None),
        HookAnswer::Ended { run, status } => {
            let code = if status == RunStatus::Succeeded {
                StatusCode::OK
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            };
            accepted(code, run, Some(status))
        }
        HookAnswer::Responded {
            status,
            headers,
            body,
        } => responded(status, headers, body),
    }
}

fn accepted(code: StatusCode, run_id: RunId, status: Option<RunStatus>) -> Response {
    (code, Json(HookAcceptedAnswer { run_id, status })).into_response()
}

/// The flow's own answer. It comes from our address, so nothing in it may act as a page of ours: no cookies, no script.
fn responded(status: u16, given: Vec<(String, String)>, body: Value) -> Response {
    let (kind, body) = match body {
        Value::Null => (None, Body::empty()),
        Value::String(text) => (Some("text/plain; charset=utf-8"), Body::from(text)),
        other => (Some("application/json"), Body::from(other.to_string())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            headers.append(name, value);
        }
    }
    // The length is that of the body as it is sent.
    headers.remove(axum::http::header::CONTENT_LENGTH);
    response_headers_keep(&mut headers);
    if let Some(kind) = kind {
        headers
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static(kind));
    }
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'none'"),
    );
    *response.headers_mut() = headers;
    response
}
