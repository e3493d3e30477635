//! Calls of apps: `http` and `action` steps.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use patchbay_connect::{Purpose, UseError};
use patchbay_egress::{Body, EgressError, Limits};
use patchbay_flow::{PlanStep, StepFailure, input::HttpInput, limits::OUTPUT_BYTES};
use patchbay_gateway::{ActionRequest, GatewayError, GatewayRequest, PlainRequest};
use patchbay_model::{Actor, ConnectionId, Problem, Timestamp};
use serde_json::{Value, json};

use super::retry::FailedCall;
use crate::Runner;

/// How a call ended.
pub(super) enum CallEnd {
    /// With an output.
    Done(Value),
    /// Badly; it may be made again.
    Failed(FailedCall),
    /// Not made: a person has to mend or restore the connection first.
    Held(ConnectionId, StepFailure),
    /// Not made: our own database could not be asked.
    Away(StepFailure),
}

/// What a call is made with.
pub(super) struct CallContext<'a> {
    pub(super) actor: &'a Actor,
    pub(super) step: &'a PlanStep,
    pub(super) input: &'a Value,
    /// The same for every attempt of this step of this run.
    pub(super) key: &'a str,
    /// When the step began first.
    pub(super) started: Timestamp,
}

fn never(failure: StepFailure) -> CallEnd {
    CallEnd::Failed(FailedCall {
        failure,
        transient: false,
        repeatable: false,
        retry_after: None,
    })
}

impl Runner {
    /// Sends the request of an `http` step.
    pub(super) async fn call_http(&self, context: &CallContext<'_>) -> CallEnd {
        let input = match HttpInput::read(context.input) {
            Ok(input) => input,
            Err(failure) => return never(failure),
        };
        let repeatable = input.idempotent();
        match self.http_send(context, input).await {
            Ok(output) => answered(output, repeatable),
            Err(error) => failed(error, repeatable),
        }
    }

    async fn http_send(
        &self,
        context: &CallContext<'_>,
        input: HttpInput,
    ) -> Result<Value, GatewayError> {
        let method = Method::from_bytes(input.method.as_bytes())
            .map_err(|_| GatewayError::Unsendable(format!("{} is no method", input.method)))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &input.headers {
            let unsendable =
                || GatewayError::Unsendable(format!("the header {name} cannot be sent"));
            let header = name.parse::<HeaderName>().map_err(|_| unsendable())?;
            let value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
            headers.append(header, value);
        }
        let body = body(&input.body, &mut headers);
        let limits = Limits {
            total: Duration::from_secs(input.timeout_seconds.unwrap_or(60)),
            max_response_body: Some(OUTPUT_BYTES as u64),
            ..Limits::WHOLE
        };
        let writes = !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        let idempotency_key = writes.then(|| context.key.to_owned());
        let gateway = &self.inner.parts.gateway;
        let Some(connection) = &context.step.connection else {
            let request = PlainRequest {
                method,
                url: input.url,
                query: input.query,
                headers,
                body,
                idempotency_key,
                limits,
            };
            return gateway.send_plain(context.actor, request).await;
        };
        let request = GatewayRequest {
            query: input.query,
            headers,
            body,
            idempotency_key,
            limits,
            ..GatewayRequest::new(Purpose::Request, method, input.url)
        };
        let answer = gateway
            .send_json(context.actor, connection, request)
            .await?;
        Ok(answer.into_value())
    }

    /// Runs the action of an `action` step.
    pub(super) async fn call_action(&self, context: &CallContext<'_>) -> CallEnd {
        let step = context.step;
        let (Some(app), Some(action)) = (&step.app, &step.action) else {
            return never(StepFailure::new(
                "REQUEST_INVALID",
                "The step names no app or no action; choose both.",
            ));
        };
        let Some(connection) = &step.connection else {
            return never(StepFailure::new(
                "CONNECTION_MISSING",
                "The step has no connection; choose one.",
            ));
        };
        let mut input = context.input.clone();
        if let Value::Object(map) = &mut input {
            // What was left empty was not given.
            map.retain(|_, value| !value.is_null());
        } else if input.is_null() {
            input = json!({});
        }
        let repeatable = self
            .catalog()
            .get(app)
            .and_then(|app| app.actions.get(action).map(|action| action.idempotent))
            .is_some_and(|idempotent| idempotent != patchbay_catalog::Idempotent::No);
        let request = ActionRequest {
            app,
            action,
            input: &input,
            idempotency_key: Some(context.key),
            now: Some(context.started.seconds()),
        };
        let gateway = &self.inner.parts.gateway;
        match gateway.action_run(context.actor, connection, request).await {
            Ok(output) => sized(output),
            Err(error) => failed(error, repeatable),
        }
    }
}

/// Text as it is, lists and objects as a form where the headers say so, everything else as JSON.
fn body(value: &Value, headers: &mut HeaderMap) -> Body {
    let form = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let (kind, text) = match value {
        Value::Null => return Body::empty(),
        Value::String(text) => {
            let json = text.trim_start().starts_with(['{', '['])
                && serde_json::from_str::<Value>(text).is_ok();
            let kind = if json {
                "application/json"
            } else {
                "text/plain; charset=utf-8"
            };
            (kind, text.clone())
        }
        Value::Object(map) if form => {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in map {
                match value {
                    Value::Null => {}
                    Value::String(text) => {
                        pairs.append_pair(name, text);
                    }
                    other => {
                        pairs.append_pair(name, &other.to_string());
                    }
                }
            }
            ("application/x-www-form-urlencoded", pairs.finish())
        }
        other => ("application/json", other.to_string()),
    };
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static(kind));
    Body::from(text)
}

/// An answer of an `http` step: a status of 400 and above is a failure that keeps the answer.
fn answered(output: Value, repeatable: bool) -> CallEnd {
    let status = output["status"].as_u64().unwrap_or_default();
    let end = sized(output);
    let CallEnd::Done(output) = end else {
        return end;
    };
    if status < 400 {
        return CallEnd::Done(output);
    }
    let retry_after = output["headers"]["retry-after"]
        .as_str()
        .and_then(|text| text.trim().parse().ok())
        .map(Duration::from_secs);
    CallEnd::Failed(FailedCall {
        failure: StepFailure::new(
            "HTTP_STATUS",
            format!("The app answered with status {status}; the step's output holds its answer."),
        )
        .with_output(output),
        transient: matches!(status, 408 | 425 | 429 | 500..=599),
        // A request that was turned away for there being too many has not been acted on.
        repeatable: repeatable || status == 429,
        retry_after,
    })
}

fn sized(output: Value) -> CallEnd {
    let bytes = serde_json::to_vec(&output).map_or(usize::MAX, |text| text.len());
    if bytes > OUTPUT_BYTES {
        return never(StepFailure::too_large());
    }
    CallEnd::Done(output)
}

fn failed(error: GatewayError, repeatable: bool) -> CallEnd {
    let transient = error.is_transient();
    let repeatable = repeatable || error.definitely_not_sent();
    let retry_after = error.retry_after();
    let too_large = matches!(error, GatewayError::Egress(EgressError::TooLarge { .. }));
    let status = match &error {
        GatewayError::Failed { status, .. } => Some(*status),
        _ => None,
    };
    let held_for = match &error {
        GatewayError::Unusable(unusable) => match &**unusable {
            UseError::Unusable { connection, .. } | UseError::Deleted { connection, .. } => {
                Some(connection.clone())
            }
            _ => None,
        },
        _ => None,
    };
    let ours = error.is_ours();
    let problem = Problem::from(error);
    let mut failure = StepFailure::new(problem.code.as_str(), problem.message);
    if let Some(connection) = held_for {
        return CallEnd::Held(connection, failure);
    }
    if ours {
        return CallEnd::Away(failure);
    }
    if too_large {
        return never(StepFailure::too_large());
    }
    if let Some(status) = status {
        "HTTP_STATUS".clone_into(&mut failure.code);
        failure = failure.with_output(json!({ "status": status }));
    }
    CallEnd::Failed(FailedCall {
        failure,
        transient,
        repeatable: repeatable || status == Some(429),
        retry_after,
    })
}
