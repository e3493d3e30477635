use std::collections::HashSet;

use patchbay_expr::Scope;
use serde_json::Value as Json;

use crate::answer::Answer;
use crate::app::App;
use crate::context::CallContext;
use crate::error::RenderError;
use crate::host::HostPort;
use crate::input::InputSchema;
use crate::json_path;
use crate::manifest::{Probe, RequestTemplate, TriggerKind, TriggerManifest};
use crate::request::RequestParts;

/// Something that starts a flow.
#[derive(Debug)]
pub struct Trigger {
    /// Its key in the manifest.
    pub key: String,
    /// Its name in the builder.
    pub title: String,
    /// One sentence on when it starts the flow.
    pub description: Option<String>,
    /// How it learns of news.
    pub kind: TriggerKind,
    /// What it is given.
    pub input: InputSchema,
    request: Option<RequestTemplate>,
    items: Option<Probe>,
    id: Option<Probe>,
    cursor: Option<Probe>,
}

/// What one poll brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Poll {
    /// Items with the id that tells one from another, in the app's order, each id once.
    pub items: Vec<(String, Json)>,
    /// What to remember until next time; `None` = what was remembered before.
    pub cursor: Option<Json>,
}

impl Trigger {
    pub(crate) fn new(key: &str, manifest: TriggerManifest) -> Self {
        Self {
            key: key.to_owned(),
            title: manifest.title,
            description: manifest.description,
            kind: manifest.kind,
            input: InputSchema::new(manifest.input),
            request: manifest.request,
            items: manifest.items,
            id: manifest.id,
            cursor: manifest.cursor,
        }
    }

    /// Reads the answer to a poll. `context` is that of the request.
    ///
    /// The first poll of a trigger (without a cursor) sets where news begin:
    /// the caller remembers its ids and starts nothing for them.
    pub fn poll(&self, answer: &Answer, context: &CallContext<'_>) -> Poll {
        let mut scope = context.scope();
        scope.insert("response", answer.value());
        let list = match self.items.as_ref().map(|p| p.value(&scope)) {
            Some(Json::Array(items)) => items,
            _ => Vec::new(),
        };
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for (index, item) in list.iter().enumerate() {
            if let Some(id) = self.item_id(item, index, context)
                && seen.insert(id.clone())
            {
                items.push((id, item.clone()));
            }
        }
        scope.insert("items", &Json::Array(list));
        let cursor = self
            .cursor
            .as_ref()
            .map(|p| p.value(&scope))
            .filter(|v| !v.is_null());
        Poll { items, cursor }
    }

    fn item_id(&self, item: &Json, index: usize, context: &CallContext<'_>) -> Option<String> {
        match &self.id {
            Some(probe) => {
                let scope = Scope::new()
                    .with("item", item)
                    .with("index", &Json::from(index))
                    .with("cursor", context.cursor.unwrap_or(&Json::Null));
                probe.text(&scope)
            }
            None => json_path::find(item, "id").and_then(json_path::text),
        }
    }
}

impl App {
    /// The request of a poll trigger; `context` carries its input and cursor.
    pub fn trigger_request(
        &self,
        trigger: &Trigger,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        let template = trigger
            .request
            .as_ref()
            .ok_or_else(|| RenderError::Missing {
                app: self.slug.clone(),
                what: "request for this trigger",
            })?;
        self.request(template, context, hosts)
    }
}
