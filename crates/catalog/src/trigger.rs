//! Triggers that poll: what is asked, and what an answer holds.

use std::collections::HashSet;

use patchbay_expr::Scope;
use serde_json::Value as Json;
use url::Url;

use crate::answer::Answer;
use crate::app::App;
use crate::context::CallContext;
use crate::error::RenderError;
use crate::host::{HostPort, host_allowed};
use crate::input::InputSchema;
use crate::json_path;
use crate::manifest::{
    DetailManifest, ItemOrder, Probe, RequestTemplate, TriggerKind, TriggerManifest,
};
use crate::request::RequestParts;

/// Seconds between two polls where the manifest says nothing.
const INTERVAL: u32 = 60;

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
    /// Seconds between two polls.
    pub interval: u32,
    /// In which order the app lists the news.
    pub order: ItemOrder,
    request: Option<RequestTemplate>,
    items: Option<Probe>,
    id: Option<Probe>,
    next: Option<Probe>,
    detail: Option<DetailManifest>,
    cursor: Option<Probe>,
}

/// An item with what tells it from others.
#[derive(Debug, Clone, PartialEq)]
pub struct PollItem {
    /// Its id in the app; where it has none, all it holds as JSON text.
    pub id: String,
    /// The item as the app listed it.
    pub value: Json,
}

/// One page of an app's answer to a poll.
#[derive(Debug, Clone, PartialEq)]
pub struct PollPage {
    /// The items in the app's order, each id once.
    pub items: Vec<PollItem>,
    /// Where the next page is: `page` of the next request.
    pub next: Option<Json>,
}

/// An answer of one page.
#[derive(Debug, Clone, PartialEq)]
pub struct Poll {
    /// The items in the app's order, each id once.
    pub items: Vec<PollItem>,
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
            interval: manifest.interval.unwrap_or(INTERVAL),
            order: manifest.order,
            request: manifest.request,
            items: manifest.items,
            id: manifest.id,
            next: manifest.next,
            detail: manifest.detail,
            cursor: manifest.cursor,
        }
    }

    /// Reads an answer that has one page only.
    pub fn poll(&self, answer: &Answer, context: &CallContext<'_>) -> Poll {
        let PollPage { items, .. } = self.page(answer, context, 0);
        let cursor = self.cursor(answer, &items, context);
        Poll { items, cursor }
    }

    /// Reads one page. `context` is that of its request; `before` counts the items of the pages before it.
    pub fn page(&self, answer: &Answer, context: &CallContext<'_>, before: usize) -> PollPage {
        let mut scope = context.scope();
        scope.insert("response", answer.value());
        let listed = self.items.as_ref().map(|p| p.value(&scope));
        let listed: Vec<(Option<String>, Json)> = match listed {
            Some(Json::Array(items)) => items.into_iter().map(|item| (None, item)).collect(),
            // Anything else that is a map is more likely an error that the app did not call one.
            Some(Json::Object(map)) if map.values().all(Json::is_object) => map
                .into_iter()
                .map(|(key, item)| (Some(key), item))
                .collect(),
            _ => Vec::new(),
        };
        let mut known = HashSet::new();
        let mut items = Vec::new();
        for (index, (key, value)) in listed.into_iter().enumerate() {
            let id = self.item_id(&value, key.as_deref(), before + index, context);
            if known.insert(id.clone()) {
                items.push(PollItem { id, value });
            }
        }
        let next = self.next.as_ref().and_then(|probe| {
            scope.insert("items", &values(&items));
            Some(probe.value(&scope)).filter(|next| match next {
                Json::Null | Json::Bool(false) => false,
                Json::String(text) => !text.is_empty(),
                _ => true,
            })
        });
        PollPage { items, next }
    }

    /// What to remember until next time; `None` = what was remembered before. `last` is the last page's answer,
    /// `items` those of all pages in the app's order.
    pub fn cursor(
        &self,
        last: &Answer,
        items: &[PollItem],
        context: &CallContext<'_>,
    ) -> Option<Json> {
        let probe = self.cursor.as_ref()?;
        let mut scope = context.scope();
        scope.insert("response", last.value());
        scope.insert("items", &values(items));
        Some(probe.value(&scope)).filter(|value| !value.is_null())
    }

    fn item_id(
        &self,
        item: &Json,
        key: Option<&str>,
        index: usize,
        context: &CallContext<'_>,
    ) -> String {
        let found = match &self.id {
            Some(probe) => {
                let scope = Scope::new()
                    .with("item", item)
                    .with("index", &Json::from(index))
                    .with("key", &key.map_or(Json::Null, Json::from))
                    .with("cursor", context.cursor.unwrap_or(&Json::Null));
                probe.text(&scope)
            }
            None => json_path::find(item, "id").and_then(json_path::text),
        };
        found
            .or_else(|| key.map(str::to_owned))
            .unwrap_or_else(|| item.to_string())
    }

    /// Whether it reads on where a page ends.
    pub fn has_pages(&self) -> bool {
        self.next.is_some()
    }

    /// Whether the list only hints at the items, so that each new one is asked for.
    pub fn has_detail(&self) -> bool {
        self.detail.is_some()
    }

    /// The item with what the call for its details brought laid over it.
    pub fn detailed(&self, item: &Json, answer: &Answer, context: &CallContext<'_>) -> Json {
        let output = self.detail.as_ref().and_then(|d| d.output.as_ref());
        let more = match output {
            Some(probe) => {
                let scope = Scope::new()
                    .with("response", answer.value())
                    .with("item", item)
                    .with("input", context.input.unwrap_or(&Json::Null));
                probe.value(&scope)
            }
            None => answer.value().get("body").cloned().unwrap_or(Json::Null),
        };
        match (item, more) {
            (_, Json::Null) => item.clone(),
            (Json::Object(item), Json::Object(more)) => {
                let mut both = item.clone();
                both.extend(more);
                Json::Object(both)
            }
            (_, more) => more,
        }
    }
}

fn values(items: &[PollItem]) -> Json {
    Json::Array(items.iter().map(|item| item.value.clone()).collect())
}

impl App {
    /// The request of a poll trigger; `context` carries its input, cursor and page. A page that is a URL, or a path
    /// beginning with `/`, is where the request goes; its host must be one of `hosts` like any other.
    pub fn trigger_request(
        &self,
        trigger: &Trigger,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        let template = trigger
            .request
            .as_ref()
            .ok_or_else(|| self.missing("request for this trigger"))?;
        let mut parts = self.request(template, context, hosts)?;
        if let Some(Json::String(page)) = context.page
            && (page.contains("://") || page.starts_with('/'))
        {
            parts.url = page_url(&parts.url, page, hosts)?;
        }
        Ok(parts)
    }

    /// The request for an item's details; `context` carries input and item.
    pub fn trigger_detail_request(
        &self,
        trigger: &Trigger,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        let detail = trigger
            .detail
            .as_ref()
            .ok_or_else(|| self.missing("request for an item's details"))?;
        self.request(&detail.request, context, hosts)
    }

    fn missing(&self, what: &'static str) -> RenderError {
        RenderError::Missing {
            app: self.slug.clone(),
            what,
        }
    }
}

fn page_url(here: &Url, page: &str, hosts: &[HostPort]) -> Result<Url, RenderError> {
    let mut url = here.join(page).map_err(|_| RenderError::BadValue {
        place: "the address of the next page".to_owned(),
        what: "something that is no URL",
    })?;
    url.set_fragment(None);
    let stays_secure = url.scheme() == "https" || here.scheme() == "http";
    if !stays_secure || !host_allowed(&url, hosts) {
        return Err(RenderError::HostNotAllowed {
            host: url.host_str().unwrap_or_default().to_owned(),
            allowed: hosts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        });
    }
    Ok(url)
}
