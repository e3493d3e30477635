use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::template::{Probe, Text, Tree};

/// A request to the app: `GET /path`, or the same in parts.
#[derive(Debug, Clone)]
pub struct RequestTemplate {
    /// HTTP method; one that is a template is read when the request is made.
    pub method: Text,
    /// Path below `base_url`, or an absolute URL on one of `hosts`. Values put into a path are percent-encoded.
    pub path: Text,
    /// Query parameters: a map, or an expression that yields one. A value that is not given is left out.
    pub query: Option<Tree>,
    /// Headers; a value that is not given is left out.
    pub headers: IndexMap<String, Tree>,
    /// The body; values that are not given are left out.
    pub body: Option<Tree>,
    /// How the body is written.
    pub body_format: BodyFormat,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestParts {
    /// HTTP method; GET when absent. May be a template, such as `{{ input.method }}`.
    #[serde(default = "get")]
    method: String,
    /// Path below `base_url`, or an absolute URL on one of `hosts`.
    path: Text,
    /// Query parameters: a map, or an expression that yields one. A value that is not given is left out.
    query: Option<Tree>,
    /// Headers; a value that is not given is left out.
    #[serde(default)]
    headers: IndexMap<String, Tree>,
    /// The body; values that are not given are left out.
    body: Option<Tree>,
    /// How the body is written.
    #[serde(default)]
    body_format: BodyFormat,
}

fn get() -> String {
    "GET".to_owned()
}

fn method(written: &str) -> Text {
    if written.contains("{{") {
        Text::new(written)
    } else {
        Text::new(written.to_ascii_uppercase())
    }
}

/// How a request body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BodyFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`; maps and lists inside become `a[b]` and `a[0]`.
    Form,
    /// The text as it is.
    Text,
}

impl From<RequestParts> for RequestTemplate {
    fn from(parts: RequestParts) -> Self {
        Self {
            method: method(&parts.method),
            path: parts.path,
            query: parts.query,
            headers: parts.headers,
            body: parts.body,
            body_format: parts.body_format,
        }
    }
}

impl<'de> Deserialize<'de> for RequestTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RequestTemplate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a request such as `GET /path`, or a map with `method` and `path`")
            }

            fn visit_str<E: de::Error>(self, line: &str) -> Result<Self::Value, E> {
                let (method, path) = line.trim().split_once(' ').ok_or_else(|| {
                    E::custom(
                        "a request is an HTTP method, a space and a path, such as `GET /users/me`",
                    )
                })?;
                Ok(RequestTemplate {
                    method: self::method(method),
                    path: Text::new(path.trim()),
                    query: None,
                    headers: IndexMap::new(),
                    body: None,
                    body_format: BodyFormat::default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                RequestParts::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for RequestTemplate {
    fn schema_name() -> Cow<'static, str> {
        "RequestTemplate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let parts = generator.subschema_for::<RequestParts>();
        json_schema!({
            "description": "A request to the app.",
            "anyOf": [
                {"type": "string", "pattern": "^[A-Za-z]+ \\S", "description": "`GET /path`"},
                parts
            ]
        })
    }
}

/// The call that tells whether a credential works, and whose it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyManifest {
    /// What to send. May use `settings`.
    pub request: RequestTemplate,
    /// Holds when the credential works; a 2xx status when absent. Uses `response` and `settings`.
    pub ok: Option<Probe>,
    /// Whose it is. Uses `response` and `settings`.
    pub account: Option<AccountManifest>,
    /// The app's own words when it does not work. Uses `response`.
    pub error: Option<Probe>,
}

/// The account a credential belongs to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountManifest {
    /// The app's stable id of it.
    pub id: Option<Probe>,
    /// What people recognise it by.
    pub label: Option<Probe>,
}

/// How an app says at a success status that a call failed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureManifest {
    /// Holds when the call failed. Uses `response`.
    pub when: Probe,
    /// Holds when it failed because of the credential, as a 401 would say. Uses `response`.
    pub unauthorized: Option<Probe>,
    /// The app's own words. Uses `response`.
    pub message: Option<Probe>,
}

/// How many requests an app takes from one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Requests a second.
    pub requests_per_second: Option<u32>,
}

/// Whether a request may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Idempotent {
    /// The app honours an `Idempotency-Key` header.
    Header,
    /// Twice has the effect of once.
    Yes,
    /// Twice happens twice.
    No,
}

/// Something a flow step can do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionManifest {
    /// Its name in the builder.
    pub title: String,
    /// One sentence on what it does.
    pub description: Option<String>,
    /// JSON Schema of `input`. A property may say `format: multiline` or `options: <name>`.
    pub input: Option<Json>,
    /// What to send. May use `input`, `settings`, `connection`.
    pub request: RequestTemplate,
    /// What the step yields; the answer's body when absent. Uses `response` and `input`.
    pub output: Option<Probe>,
    /// Whether it may be sent twice. Without it: yes for GET, HEAD, PUT and DELETE, no for the rest (RFC 9110 §9.2.2).
    pub idempotent: Option<Idempotent>,
}

/// A list to choose from, loaded through a connection.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionsManifest {
    /// What to send. May use `input` (what the form holds so far), `settings`.
    pub request: RequestTemplate,
    /// The list. Uses `response` and `input`.
    pub items: Probe,
    /// Path in an item, or a template on `item`: what is chosen.
    pub value: String,
    /// Path in an item, or a template on `item`: what is shown.
    pub label: String,
}

/// What a trigger listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TriggerKind {
    /// The app is asked now and then.
    Poll,
    /// The app calls.
    Webhook,
}

/// In which order an app lists what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemOrder {
    /// What came first stands first.
    #[default]
    OldestFirst,
    /// What came last stands first.
    NewestFirst,
}

/// The call that fetches the rest of an item that a list only hints at.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailManifest {
    /// What to ask for each new item. May use `item`, `input`, `settings`, `connection`.
    pub request: RequestTemplate,
    /// What is put over the item; the answer's body when absent. Uses `response`, `item` and `input`.
    pub output: Option<Probe>,
}

/// Something that starts a flow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerManifest {
    /// Its name in the builder.
    pub title: String,
    /// One sentence on when it starts the flow.
    pub description: Option<String>,
    /// How it learns of news.
    pub kind: TriggerKind,
    /// JSON Schema of `input`, as for actions.
    pub input: Option<Json>,
    /// Seconds between two polls, 5 to 86400; 60 when absent.
    #[schemars(range(min = 5, max = 86400))]
    pub interval: Option<u32>,
    /// What to ask. May use `cursor` (null at first), `page` (null for the first page), `input`, `settings`.
    pub request: Option<RequestTemplate>,
    /// The news: a list, or a map whose values are the items. Uses `response`, `input` and `cursor`.
    pub items: Option<Probe>,
    /// In which order they are listed; `oldest_first` when absent.
    #[serde(default)]
    pub order: ItemOrder,
    /// What tells one item from another; `item.id` when absent, else its key in the map, else all it holds. Uses
    /// `item`, its `key` or its place `index` in the list (from 0) and the last `cursor`.
    pub id: Option<Probe>,
    /// Where the next page is: a URL or a path beginning with `/`, or else what the request sees as `page`. Nothing
    /// when this was the last. Uses `response`, `items` (of this page), `page` and what `items` may use.
    pub next: Option<Probe>,
    /// The call that fetches the rest of each new item.
    pub detail: Option<DetailManifest>,
    /// What to remember until next time. Uses `response` (of the last page), `items` (of all pages) and the last
    /// `cursor`.
    pub cursor: Option<Probe>,
    /// The call with which to ask for webhooks.
    pub subscribe: Option<Json>,
    /// The call with which to end them.
    pub unsubscribe: Option<Json>,
    /// How a webhook call proves where it comes from.
    pub signature: Option<Json>,
}
