//! An app's answer as templates see it.

use patchbay_expr::Scope;
use serde_json::{Map, Value as Json, json};

/// Status, headers and body of an answer. The body is parsed once: JSON where
/// it is JSON, else text; an empty one is null.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    value: Json,
}

impl Answer {
    /// From what came over the wire. Header names are lower-cased; of a
    /// repeated header the last value counts.
    pub fn new<'h>(
        status: u16,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: &[u8],
    ) -> Self {
        let headers: Map<String, Json> = headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), Json::from(value)))
            .collect();
        let value = json!({"status": status, "headers": headers, "body": body_value(body)});
        Self { status, value }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The parsed body.
    pub fn body(&self) -> &Json {
        &self.value["body"]
    }

    /// `{"status", "headers", "body"}`: what `response` is in templates, and
    /// the output of an HTTP step.
    pub fn value(&self) -> &Json {
        &self.value
    }

    /// The same answer with its [`value`](Self::value) changed, for example with secrets taken out.
    pub fn map(self, change: impl FnOnce(Json) -> Json) -> Self {
        Self {
            status: self.status,
            value: change(self.value),
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::new().with("response", &self.value)
    }
}

fn body_value(body: &[u8]) -> Json {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Json::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Json::String(String::from_utf8_lossy(body).into_owned()))
}
