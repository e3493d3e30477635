//! What a manifest offers through a connection: actions and option lists.

use http::{HeaderMap, Method};
use patchbay_catalog::{
    App, CallContext, Idempotent, OptionItem, RenderError, RequestParts, options_items,
};
use patchbay_connect::Purpose;
use patchbay_egress::{Body, Limits};
use patchbay_model::{Actor, ConnectionId};
use serde_json::Value;

use crate::GatewayError;
use crate::gateway::{Gateway, Opened};
use crate::json::GatewayAnswer;
use crate::send::{Bare, header, retry_after};

/// An action to run.
pub struct ActionRequest<'a> {
    /// Slug of the app.
    pub app: &'a str,
    /// Key of the action.
    pub action: &'a str,
    /// Its input, checked here against the action's schema.
    pub input: &'a Value,
    /// The same for every attempt of a step; sent where the app honours it.
    pub idempotency_key: Option<&'a str>,
    /// Epoch seconds that templates see as now, so that a repeated attempt sends the same.
    pub now: Option<i64>,
}

impl Gateway {
    /// Runs an action and answers what its manifest says it yields. An answer with an error status, or
    /// one that the app means as an error, is [`GatewayError::Failed`].
    pub async fn action_run(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        request: ActionRequest<'_>,
    ) -> Result<Value, GatewayError> {
        let ActionRequest {
            app: slug,
            action: key,
            input,
            idempotency_key,
            now,
        } = request;
        let app = self
            .inner
            .catalog
            .get(slug)
            .ok_or_else(|| GatewayError::AppMissing(slug.to_owned()))?;
        let action = app
            .actions
            .get(key)
            .ok_or_else(|| unknown(&app, "action", key))?;
        action.input.check(input).map_err(input_problems)?;
        let input = &action.input.fitted(input);
        let mut opened = self
            .open_for(actor, connection, Purpose::Request, slug)
            .await?;
        let answer = self
            .called(actor, &mut opened, |opened| {
                let context = CallContext {
                    now,
                    ..opened.context().with_input(input)
                };
                let mut parts = app.action_request(action, &context, &opened.hosts)?;
                if let (Idempotent::Header, Some(key)) = (action.idempotent, idempotency_key) {
                    parts.set_header(&app.idempotency_header, key);
                }
                Ok(parts)
            })
            .await?;
        Ok(answer.scrubber.value(action.output(&answer.answer, input)))
    }

    /// Loads the lines of a drop-down. `input` holds what the form has so far.
    pub async fn options_load(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        name: &str,
        input: &Value,
    ) -> Result<Vec<OptionItem>, GatewayError> {
        let mut opened = self.open(actor, connection, Purpose::Options).await?;
        let app = opened.app.clone();
        let options = app
            .options
            .get(name)
            .ok_or_else(|| unknown(&app, "options", name))?;
        let answer = self
            .called(actor, &mut opened, |opened| {
                app.options_request(options, &opened.context().with_input(input), &opened.hosts)
            })
            .await?;
        Ok(options_items(options, &answer.answer, input))
    }

    pub(crate) async fn open_for(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        purpose: Purpose,
        slug: &str,
    ) -> Result<Opened, GatewayError> {
        let opened = self.open(actor, connection, purpose).await?;
        if opened.app.slug == slug {
            return Ok(opened);
        }
        Err(GatewayError::WrongApp {
            connection: opened.app.slug.clone(),
            wanted: slug.to_owned(),
        })
    }

    /// Renders, sends and judges a call of the manifest. One that the app answers with "not signed in" in
    /// its own way at a success status is renewed and sent once more, as a 401 is.
    pub(crate) async fn called(
        &self,
        actor: &Actor,
        opened: &mut Opened,
        render: impl Fn(&Opened) -> Result<RequestParts, RenderError>,
    ) -> Result<GatewayAnswer, GatewayError> {
        loop {
            let bare = bare(render(opened)?)?;
            let answer = self.read(actor, opened, bare).await?;
            let Some(failure) = opened.app.call_failure(&answer.answer) else {
                return Ok(answer);
            };
            if failure.unauthorized && self.renew(actor, opened).await? {
                continue;
            }
            let message = failure.message.map_or_else(
                || plain(answer.answer.status()),
                |text| answer.scrubber.text(text),
            );
            return Err(GatewayError::Failed {
                app: opened.app.slug.clone(),
                status: answer.answer.status(),
                message,
                retry_after: retry_after(&answer.headers),
            });
        }
    }
}

impl Opened {
    pub(crate) fn context(&self) -> CallContext<'_> {
        let row = &self.live.connection;
        let mut context = CallContext::new(&row.settings).with_connection(&self.facts);
        context.method = self.app.method(&row.auth_method);
        context
    }
}

fn bare(parts: RequestParts) -> Result<Bare, GatewayError> {
    let RequestParts {
        method,
        url,
        headers: pairs,
        body,
    } = parts;
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| GatewayError::Unsendable(format!("{method} is no HTTP method")))?;
    let mut headers = HeaderMap::with_capacity(pairs.len() + 2);
    for (name, value) in &pairs {
        let (name, value) = header(name, value)?;
        headers.insert(name, value);
    }
    Ok(Bare {
        method,
        url,
        headers,
        body: body.map(Body::from).unwrap_or_default(),
        limits: Limits::WHOLE,
    })
}

pub(crate) fn unknown(app: &App, what: &'static str, name: &str) -> GatewayError {
    GatewayError::Unknown {
        app: app.slug.clone(),
        what,
        name: name.to_owned(),
    }
}

pub(crate) fn input_problems(problems: Vec<patchbay_catalog::InputProblem>) -> GatewayError {
    let said = problems
        .into_iter()
        .map(|problem| match problem.path.as_str() {
            "" => problem.message,
            path => format!("{path}: {}", problem.message),
        });
    GatewayError::Input(said.collect())
}

/// Where an app gives no reason, what its status means.
fn plain(status: u16) -> String {
    match status {
        400 | 422 => "it does not accept the request".to_owned(),
        401 => "it does not accept the credential; reconnect the connection".to_owned(),
        403 => "the account may not do this".to_owned(),
        404 => "there is no such thing".to_owned(),
        409 => "it conflicts with what is there".to_owned(),
        429 => "too many requests".to_owned(),
        500..=599 => "it failed on its side".to_owned(),
        _ => "it did not do it".to_owned(),
    }
}
