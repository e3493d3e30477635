//! Requests to an app, without its credential.

use std::borrow::Cow;

use patchbay_expr::{Inserted, Scope, percent_encode};
use serde_json::Value as Json;
use url::Url;

use crate::app::{App, pinned};
use crate::context::CallContext;
use crate::error::RenderError;
use crate::host::HostPort;
use crate::json_path;
use crate::manifest::{BodyFormat, RequestTemplate, Tree};

/// Methods a request may have.
pub(crate) const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A request ready to be sent, but for the credential. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestParts {
    /// Upper-case HTTP method.
    pub method: String,
    /// Where to; its host is one of the connection's.
    pub url: Url,
    /// Headers in order, the app's own first. A later one of the same name replaces an earlier one.
    pub headers: Vec<(String, String)>,
    /// Body bytes, when there is one.
    pub body: Option<Vec<u8>>,
}

impl RequestParts {
    /// Sets a header, replacing one of the same name.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) {
        set_header(&mut self.headers, name, value.into());
    }
}

pub(crate) fn set_header(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value));
}

impl App {
    /// Headers that go with every request to the app: the manifest's, and
    /// `Accept: application/json` where it says nothing.
    pub fn default_headers(
        &self,
        context: &CallContext<'_>,
    ) -> Result<Vec<(String, String)>, RenderError> {
        let scope = context.scope();
        let mut out = vec![("Accept".to_owned(), "application/json".to_owned())];
        for (name, value) in &self.headers {
            let value = value
                .render(&scope)
                .map_err(|e| RenderError::template(&self.slug, format!("header {name}"), &e))?;
            // One whose setting is not there (yet).
            if value.is_empty() {
                continue;
            }
            check_header(name, &value)?;
            set_header(&mut out, name, value);
        }
        Ok(out)
    }

    /// Renders a request of the manifest. The URL's host must be one of
    /// `hosts`, the hosts pinned to the connection.
    pub fn request(
        &self,
        template: &RequestTemplate,
        context: &CallContext<'_>,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        self.request_in(template, context, &context.scope(), hosts)
    }

    pub(crate) fn request_in(
        &self,
        template: &RequestTemplate,
        context: &CallContext<'_>,
        scope: &Scope,
        hosts: &[HostPort],
    ) -> Result<RequestParts, RenderError> {
        let url = self.request_url(template, context, scope)?;
        let url = pinned(url, hosts)?;
        self.request_to(url, template, context, scope)
    }

    /// Renders a request to an endpoint: one whose host the manifest itself decides, as it does for `token_url`.
    /// Settings in that host are held to their patterns and domains; see `check/hosts.rs`.
    pub(crate) fn endpoint_request(
        &self,
        template: &RequestTemplate,
        context: &CallContext<'_>,
        scope: &Scope,
    ) -> Result<RequestParts, RenderError> {
        let url = self.request_url(template, context, scope)?;
        self.request_to(url, template, context, scope)
    }

    fn request_to(
        &self,
        mut url: Url,
        template: &RequestTemplate,
        context: &CallContext<'_>,
        scope: &Scope,
    ) -> Result<RequestParts, RenderError> {
        let method = self.request_method(template, scope)?;
        let mut pairs = Vec::new();
        if let Some(tree) = &template.query {
            match self.tree(tree, scope, "query")? {
                None | Some(Json::Null) => {}
                Some(Json::Object(map)) => {
                    for (name, value) in &map {
                        flatten(name, value, ListStyle::Repeat, &mut pairs);
                    }
                }
                Some(_) => {
                    return Err(RenderError::BadValue {
                        place: "the query".to_owned(),
                        what: "something other than named parameters",
                    });
                }
            }
        }
        append_query(&mut url, &pairs);

        let mut headers = self.default_headers(context)?;
        for (name, value) in &template.headers {
            let place = format!("header {name}");
            let Some(value) = self.tree(value, scope, &place)? else {
                continue;
            };
            let text = json_path::text(&value).ok_or(RenderError::BadValue {
                place,
                what: "a list or map",
            })?;
            check_header(name, &text)?;
            set_header(&mut headers, name, text);
        }
        let body = match &template.body {
            None => None,
            Some(tree) => {
                let value = match self.tree(tree, scope, "request body")? {
                    Some(value) => value,
                    // A body of optional values only is an empty one; one that
                    // is itself optional is none.
                    None if tree.source().is_string() => {
                        return Ok(RequestParts {
                            method,
                            url,
                            headers,
                            body: None,
                        });
                    }
                    None => Json::Object(serde_json::Map::new()),
                };
                let (bytes, content_type) = write_body(template.body_format, &value)?;
                if !headers
                    .iter()
                    .any(|(n, _)| n.eq_ignore_ascii_case("content-type"))
                {
                    headers.push(("Content-Type".to_owned(), content_type.to_owned()));
                }
                Some(bytes)
            }
        };
        Ok(RequestParts {
            method,
            url,
            headers,
            body,
        })
    }

    fn tree(&self, tree: &Tree, scope: &Scope, place: &str) -> Result<Option<Json>, RenderError> {
        tree.render(scope)
            .map_err(|e| RenderError::template(&self.slug, place, &e))
    }

    fn request_method(
        &self,
        template: &RequestTemplate,
        scope: &Scope,
    ) -> Result<String, RenderError> {
        let method = template
            .method
            .render(scope)
            .map_err(|e| RenderError::template(&self.slug, "request method", &e))?
            .trim()
            .to_ascii_uppercase();
        if METHODS.contains(&method.as_str()) {
            Ok(method)
        } else {
            Err(RenderError::BadValue {
                place: "the request method".to_owned(),
                what: "something other than GET, HEAD, POST, PUT, PATCH or DELETE",
            })
        }
    }

    fn request_url(
        &self,
        template: &RequestTemplate,
        context: &CallContext<'_>,
        scope: &Scope,
    ) -> Result<Url, RenderError> {
        const PLACE: &str = "request path";
        let path = template
            .path
            .template()
            .and_then(|t| t.render_mapped(scope, &path_value))
            .map_err(|e| RenderError::template(&self.slug, PLACE, &e))?;
        self.resolve(context.method, scope, &path, PLACE)
    }
}

/// A value on its way into a path. What comes from outside is percent-encoded
/// as one segment; settings (checked by their patterns) and cursors (the app's
/// own next-page URLs) may form the URL itself, whose host is checked after.
fn path_value<'a>(value: &Inserted<'a>) -> Result<Cow<'a, str>, String> {
    let trusted = !value.references.is_empty()
        && value
            .references
            .iter()
            .all(|r| matches!(r.split('.').next(), Some("settings" | "cursor")));
    if value.url_safe || trusted {
        return Ok(Cow::Borrowed(value.text));
    }
    match value.text {
        "" => Err("a value in the path is empty".to_owned()),
        "." | ".." => Err("a value in the path is . or .., which would lead elsewhere".to_owned()),
        text => Ok(Cow::Owned(percent_encode(text))),
    }
}

fn write_body(format: BodyFormat, value: &Json) -> Result<(Vec<u8>, &'static str), RenderError> {
    Ok(match format {
        BodyFormat::Json => (value.to_string().into_bytes(), "application/json"),
        BodyFormat::Form => {
            let mut pairs = Vec::new();
            if let Json::Object(map) = value {
                for (name, value) in map {
                    flatten(name, value, ListStyle::Indexed, &mut pairs);
                }
            }
            (
                form_encode(&pairs).into_bytes(),
                "application/x-www-form-urlencoded",
            )
        }
        BodyFormat::Text => {
            let text = match value {
                Json::Null => String::new(),
                other => json_path::text(other).ok_or_else(|| RenderError::BadValue {
                    place: "the request body".to_owned(),
                    what: "a list or map where text is expected",
                })?,
            };
            (text.into_bytes(), "text/plain; charset=utf-8")
        }
    })
}

/// How a list becomes parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListStyle {
    /// `a=1&a=2`
    Repeat,
    /// `a[0]=1&a[1]=2`
    Indexed,
}

/// A value as parameters: scalars as text, null left out, maps as `a[b]`.
pub(crate) fn flatten(name: &str, value: &Json, lists: ListStyle, out: &mut Vec<(String, String)>) {
    match value {
        Json::Null => {}
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                match lists {
                    ListStyle::Repeat => flatten(name, item, lists, out),
                    ListStyle::Indexed => flatten(&format!("{name}[{index}]"), item, lists, out),
                }
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                flatten(&format!("{name}[{key}]"), item, lists, out);
            }
        }
        scalar => out.push((name.to_owned(), json_path::text(scalar).unwrap_or_default())),
    }
}

/// `application/x-www-form-urlencoded` (WHATWG URL §5).
pub(crate) fn form_encode(pairs: &[(String, String)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// Adds parameters to a URL, spaces as `%20`.
pub(crate) fn append_query(url: &mut Url, pairs: &[(String, String)]) {
    let added: Vec<String> = pairs
        .iter()
        .map(|(n, v)| format!("{}={}", percent_encode(n), percent_encode(v)))
        .collect();
    append_raw_query(url, &added.join("&"));
}

pub(crate) fn append_raw_query(url: &mut Url, added: &str) {
    if added.is_empty() {
        return;
    }
    let query = match url.query() {
        Some(old) if !old.is_empty() => format!("{old}&{added}"),
        _ => added.to_owned(),
    };
    url.set_query(Some(&query));
}

/// Refuses header names and values that would break out of their line
/// (RFC 9110 §5.5) or steer the connection itself.
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), RenderError> {
    const STEERING: [&str; 9] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "keep-alive",
        "proxy-connection",
    ];
    let bad = |what| RenderError::BadValue {
        place: "a header name".to_owned(),
        what,
    };
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(bad("characters that header names do not have"));
    }
    if STEERING.iter().any(|s| name.eq_ignore_ascii_case(s)) {
        return Err(bad("a name that steers the connection itself"));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(RenderError::BadValue {
            place: format!("header {name}"),
            what: "a line break or another control character",
        });
    }
    Ok(())
}
