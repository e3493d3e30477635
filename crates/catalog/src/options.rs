//! Drop-downs loaded through a connection.

use patchbay_expr::{Engine, Scope};
use serde_json::Value as Json;

use crate::answer::Answer;
use crate::app::App;
use crate::context::CallContext;
use crate::error::RenderError;
use crate::host::HostPort;
use crate::json_path;
use crate::manifest::OptionsManifest;
use crate::request::RequestParts;

/// One line of a drop-down.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionItem {
    /// What is chosen.
    pub value: Json,
    /// What is shown.
    pub label: String,
}

impl App {
    /// The request that loads a list of options.
    pub fn options_request(
        &self,
        options: &OptionsManifest,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        self.request(&options.request, context, hosts)
    }
}

/// Reads the answer to [`App::options_request`]. Items without a value are
/// left out; one without a label shows its value.
pub fn options_items(options: &OptionsManifest, answer: &Answer, input: &Json) -> Vec<OptionItem> {
    let Json::Array(items) = options.items.value(&answer.scope().with("input", input)) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            let value = pick(&options.value, item)?;
            let label = pick(&options.label, item)
                .as_ref()
                .and_then(json_path::text)
                .or_else(|| json_path::text(&value))?;
            Some(OptionItem { value, label })
        })
        .collect()
}

/// A path in the item, or a template on `item`.
fn pick(source: &str, item: &Json) -> Option<Json> {
    let found = if source.contains("{{") {
        let scope = Scope::new().with("item", item);
        Engine::lenient()
            .compile(source)
            .ok()?
            .render(&scope)
            .ok()?
    } else {
        json_path::find(item, source)?.clone()
    };
    (!found.is_null()).then_some(found)
}
