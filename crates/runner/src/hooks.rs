//! Calls of webhooks.

use std::time::Duration;

use aws_lc_rs::digest;
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use http::{HeaderMap, Method, header};
use patchbay_model::{
    Code, FlowId, Problem, ProjectId, RunId, RunKind, RunStatus,
    flow::{Trigger, WebhookAuth, WebhookRespond},
};
use patchbay_store::runs::{NewRun, run_find, run_revision};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{
    Runner, RunnerResult, answers::Waiting, flows::flow_not_found, published::Published,
    runs::run_not_found, webhook_auth,
};

/// How long the caller of a flow that answers after its run is kept waiting.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How often the database is asked for what other nodes did.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A call of a webhook.
#[derive(Debug, Clone)]
pub struct HookCall {
    /// Its method.
    pub method: Method,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

/// What the caller is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum HookAnswer {
    /// The run goes on by itself.
    Accepted {
        /// Which run.
        run: RunId,
    },
    /// What the flow's `respond` step says.
    Responded {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body: text as it is, null for none, anything else as JSON.
        body: Value,
    },
    /// The run ended without a word.
    Ended {
        /// Which run.
        run: RunId,
        /// How.
        status: RunStatus,
    },
}

/// Why a call was turned away.
#[derive(Debug, Clone, PartialEq)]
pub enum HookRefusal {
    /// The caller did not show what the trigger asks for; `basic` says whether a browser may ask its user.
    Unauthorized {
        /// Whether it is a user name and password that are asked for.
        basic: bool,
    },
    /// The trigger takes another method.
    Method {
        /// Which.
        allowed: String,
    },
    /// Anything else.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for HookRefusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl Runner {
    /// Takes a call of a flow's webhook: checks the caller, queues the run, and waits for its answer if the trigger says
    /// so. A flow that is missing, not published or started otherwise is simply not there.
    pub async fn hook_receive(
        &self,
        flow: &FlowId,
        call: HookCall,
    ) -> Result<HookAnswer, HookRefusal> {
        let published = self.published(flow).await?.ok_or_else(flow_not_found)?;
        let Published {
            head,
            version,
            document,
            ..
        } = &*published;
        let Trigger::Webhook {
            respond,
            auth,
            method,
        } = &document.trigger
        else {
            return Err(flow_not_found().into());
        };
        if !webhook_auth::allows(auth.as_ref(), &call.headers) {
            return Err(HookRefusal::Unauthorized {
                basic: matches!(auth, Some(WebhookAuth::Basic { .. })),
            });
        }
        if let Some(method) = method
            && !method.eq_ignore_ascii_case(call.method.as_str())
        {
            return Err(HookRefusal::Method {
                allowed: method.to_ascii_uppercase(),
            });
        }
        if !head.active {
            return Err(Problem::new(Code::FlowInactive, "The flow is switched off.").into());
        }
        let new = NewRun {
            id: RunId::new(),
            project: head.project.clone(),
            flow: flow.clone(),
            version: Some(*version),
            kind: RunKind::Live,
            trigger_kind: "webhook".to_owned(),
            idempotency: idempotency(&call)?,
            trigger: request(&call, auth.as_ref())?,
            document: None,
            depth: 0,
            retry_of: None,
            at: self.now(),
        };
        let waits = *respond == WebhookRespond::AfterRun;
        let waiting = waits.then(|| self.inner.answers.wait(&new.id));
        let run = self.run_begin(new, &published).await?;
        match waiting {
            None => Ok(HookAnswer::Accepted { run }),
            // The same call was made before: its run may be over, or another process may have it.
            Some(waiting) if *waiting.run() != run => {
                drop(waiting);
                let waiting = self.inner.answers.wait(&run);
                Ok(self.hook_answer(&head.project, run, waiting).await?)
            }
            Some(waiting) => Ok(self.hook_answer(&head.project, run, waiting).await?),
        }
    }

    /// Waits until the run has answered or ended, for a while.
    async fn hook_answer(
        &self,
        project: &ProjectId,
        id: RunId,
        mut waiting: Waiting<'_>,
    ) -> RunnerResult<HookAnswer> {
        let until = Instant::now() + ANSWER_WITHIN;
        let mut seen = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(HookAnswer::Accepted { run: id });
            }
            if let Ok(Ok(answer)) =
                tokio::time::timeout(left.min(LOOK_EVERY), &mut waiting.receiver).await
            {
                return Ok(answer);
            }
            // Another process may have the run, and then nobody here says so.
            let looked = Box::pin(self.hook_answer_look(project, &id, &mut seen));
            if let Some(answer) = looked.await? {
                return Ok(answer);
            }
        }
    }

    /// The run's answer as the database has it, when the run has changed since the revision `seen`.
    async fn hook_answer_look(
        &self,
        project: &ProjectId,
        id: &RunId,
        seen: &mut Option<i64>,
    ) -> RunnerResult<Option<HookAnswer>> {
        let db = self.store().reader();
        let revision = run_revision(db, project, id).await?;
        if revision == *seen {
            return Ok(None);
        }
        *seen = revision;
        let run = run_find(db, project, id).await?.ok_or_else(run_not_found)?;
        Ok(answer(run.id, run.status, run.response))
    }
}

/// What a caller is told of a run: its flow's answer, or how it ended; nothing while there is neither.
pub(crate) fn answer(run: RunId, status: RunStatus, response: Option<Value>) -> Option<HookAnswer> {
    if let Some(Value::Object(mut response)) = response {
        let headers = match response.remove("headers") {
            Some(Value::Object(headers)) => headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect(),
            _ => Vec::new(),
        };
        return Some(HookAnswer::Responded {
            status: response
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(200),
            headers,
            body: response.remove("body").unwrap_or(Value::Null),
        });
    }
    status.ended().then_some(HookAnswer::Ended { run, status })
}

/// The request as the flow sees it. What the caller showed to be let in, and cookies, are left out.
fn request(call: &HookCall, auth: Option<&WebhookAuth>) -> RunnerResult<Value> {
    let mut headers = Map::new();
    for (name, value) in &call.headers {
        if webhook_auth::is_secret_header(auth, name.as_str()) {
            continue;
        }
        if let Ok(value) = value.to_str() {
            headers.insert(name.as_str().to_owned(), Value::from(value));
        }
    }
    Ok(json!({
        "method": call.method.as_str(),
        "headers": headers,
        "query": pairs(&call.query),
        "body": body(call)?,
    }))
}

/// Names with their values; one that comes several times has a list.
fn pairs(pairs: &[(String, String)]) -> Value {
    let mut out = Map::new();
    for (name, value) in pairs {
        match out.get_mut(name) {
            None => {
                out.insert(name.clone(), Value::from(value.as_str()));
            }
            Some(Value::Array(values)) => values.push(Value::from(value.as_str())),
            Some(one) => *one = Value::Array(vec![one.take(), Value::from(value.as_str())]),
        }
    }
    Value::Object(out)
}

/// JSON and forms read, other text as it is, anything else as `{"base64"}`.
fn body(call: &HookCall) -> RunnerResult<Value> {
    if call.body.is_empty() {
        return Ok(Value::Null);
    }
    let kind = call
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase())
        .unwrap_or_default();
    if kind == "application/json" || kind.ends_with("+json") {
        return serde_json::from_slice(&call.body).map_err(|error| {
            Problem::new(
                Code::BadRequest,
                format!("The body is said to be JSON and is not: {error}."),
            )
        });
    }
    if kind == "application/x-www-form-urlencoded" {
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(&call.body)
            .into_owned()
            .collect();
        return Ok(pairs(&fields));
    }
    Ok(match std::str::from_utf8(&call.body) {
        // Many callers send JSON and do not say so.
        Ok(text) => serde_json::from_str::<Value>(text)
            .ok()
            .filter(|value| kind.is_empty() && (value.is_object() || value.is_array()))
            .unwrap_or_else(|| Value::from(text)),
        Err(_) => json!({ "base64": BASE64.encode(&call.body) }),
    })
}

/// The caller's Idempotency-Key with a hash of what they ask under it.
fn idempotency(call: &HookCall) -> RunnerResult<Option<(String, String)>> {
    let Some(key) = call.headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=255).contains(&key.len()))
        .ok_or_else(|| {
            Problem::new(
                Code::BadRequest,
                "Idempotency-Key must have 1 to 255 characters.",
            )
        })?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(call.method.as_str().as_bytes());
    for (name, value) in &call.query {
        context.update(name.as_bytes());
        context.update(b"=");
        context.update(value.as_bytes());
        context.update(b"&");
    }
    context.update(b"\n");
    context.update(&call.body);
    let hash = HEXLOWER.encode(context.finish().as_ref());
    Ok(Some((format!("hook:{key}"), hash)))
}
