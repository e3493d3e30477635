use serde_json::Value as Json;

use crate::answer::Answer;
use crate::app::App;
use crate::context::CallContext;
use crate::error::RenderError;
use crate::host::HostPort;
use crate::input::InputSchema;
use crate::manifest::{ActionManifest, Idempotent, Probe, RequestTemplate};
use crate::request::RequestParts;

/// Something a flow step can do.
#[derive(Debug)]
pub struct Action {
    /// Its key in the manifest.
    pub key: String,
    /// Its name in the builder.
    pub title: String,
    /// One sentence on what it does.
    pub description: Option<String>,
    /// What it is given.
    pub input: InputSchema,
    /// Whether it may be sent twice.
    pub idempotent: Idempotent,
    request: RequestTemplate,
    output: Option<Probe>,
}

impl Action {
    pub(crate) fn new(key: &str, manifest: ActionManifest) -> Self {
        let idempotent = manifest
            .idempotent
            .unwrap_or(match manifest.request.method.source() {
                "GET" | "HEAD" | "PUT" | "DELETE" => Idempotent::Yes,
                _ => Idempotent::No,
            });
        Self {
            key: key.to_owned(),
            title: manifest.title,
            description: manifest.description,
            input: InputSchema::new(manifest.input),
            idempotent,
            request: manifest.request,
            output: manifest.output,
        }
    }

    /// What the step yields: the manifest's `output` on the answer, else its body.
    pub fn output(&self, answer: &Answer, input: &Json) -> Json {
        match &self.output {
            Some(probe) => probe.value(&answer.scope().with("input", input)),
            None => answer.body().clone(),
        }
    }
}

impl App {
    /// The request of an action. `context` carries its input, which the caller
    /// has checked.
    pub fn action_request(
        &self,
        action: &Action,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        self.request(&action.request, context, hosts)
    }
}
