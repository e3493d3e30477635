//! Puts a credential on a request.

use data_encoding::BASE64;
use patchbay_expr::Scope;
use serde_json::{Map, Value as Json, json};
use url::Url;

use crate::app::App;
use crate::attach_body::{self, BodyParts};
use crate::auth::{Attach, AuthMethod};
use crate::context::{ConnectionFacts, Settings, settings_scope};
use crate::error::RenderError;
use crate::manifest::AttachBodyFormat;
use crate::request::{RequestParts, append_query, check_header, set_header};

/// What a credential adds to a request. Holds secrets: no `Debug`, and the
/// caller keeps it no longer than the request takes.
#[derive(Clone)]
pub struct AttachParts {
    /// Headers to set, replacing any of the same name.
    pub headers: Vec<(String, String)>,
    /// Query parameters to add, replacing any of the same name.
    pub query: Vec<(String, String)>,
    /// Put before the path; percent-encoded, with a leading slash and no trailing one.
    pub path_prefix: Option<String>,
    /// Put into the body; see [`Self::apply_body`].
    pub body: Vec<(String, String)>,
    /// How a body is made where a request has none.
    pub body_format: AttachBodyFormat,
}

impl AttachParts {
    /// Adds nothing.
    pub(crate) fn none() -> Self {
        Self {
            headers: Vec::new(),
            query: Vec::new(),
            path_prefix: None,
            body: Vec::new(),
            body_format: AttachBodyFormat::default(),
        }
    }

    /// Puts prefix and parameters into the URL. Never changes its host.
    pub fn apply_url(&self, url: &mut Url) {
        if let Some(prefix) = &self.path_prefix {
            let path = format!("{prefix}{}", url.path());
            url.set_path(&path);
        }
        if self.query.is_empty() {
            return;
        }
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| self.query.iter().all(|(n, _)| n != name))
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        if url.query_pairs().count() != kept.len() {
            url.set_query(None);
            append_query(url, &kept);
        }
        append_query(url, &self.query);
    }

    /// Puts the credential into the body of a request, whole as it is sent. `None`: it stays as it is. GET and HEAD
    /// requests, which have no body, carry it in the query (RFC 9110 §9.3.1).
    ///
    /// # Errors
    /// When the body is neither a JSON object nor a form.
    pub fn apply_body(
        &self,
        method: &str,
        url: &mut Url,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Option<BodyParts>, RenderError> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if matches!(method, "GET" | "HEAD") {
            let in_query = Self {
                query: self.body.clone(),
                path_prefix: None,
                ..self.clone()
            };
            in_query.apply_url(url);
            return Ok(None);
        }
        attach_body::joined(&self.body, self.body_format, content_type, body).map(Some)
    }

    /// The same for a request as the manifest renders it.
    pub fn apply_parts(&self, parts: &mut RequestParts) -> Result<(), RenderError> {
        self.apply_url(&mut parts.url);
        self.apply_headers(&mut parts.headers);
        let kind = parts
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value.clone());
        let body = parts.body.take().unwrap_or_default();
        let joined = self.apply_body(&parts.method, &mut parts.url, kind.as_deref(), &body)?;
        parts.body = match joined {
            Some(BodyParts {
                bytes,
                content_type,
            }) => {
                if let Some(content_type) = content_type {
                    parts.set_header("Content-Type", content_type);
                }
                Some(bytes)
            }
            None => (!body.is_empty()).then_some(body),
        };
        Ok(())
    }

    /// Sets the headers.
    pub fn apply_headers(&self, headers: &mut Vec<(String, String)>) {
        for (name, value) in &self.headers {
            set_header(headers, name, value.clone());
        }
    }
}

impl App {
    /// Renders what `method` adds to a request. `credential` is every field of
    /// the credential by name, secret or not.
    pub fn attach(
        &self,
        method: &AuthMethod,
        settings: &Settings,
        connection: &ConnectionFacts,
        credential: &[(&str, &str)],
    ) -> Result<AttachParts, RenderError> {
        render_for(self, &method.attach, settings, connection, credential)
    }
}

/// Renders what `attach` says with these values.
pub(crate) fn render_for(
    app: &App,
    attach: &Attach,
    settings: &Settings,
    connection: &ConnectionFacts,
    credential: &[(&str, &str)],
) -> Result<AttachParts, RenderError> {
    let mut scope = settings_scope(settings);
    scope.insert("credential", &fields(credential));
    scope.insert(
        "connection",
        &json!({"id": connection.id, "name": connection.name, "account": connection.account}),
    );
    render(&app.slug, attach, &scope)
}

/// The fields of a credential, as templates see them.
pub(crate) fn fields(credential: &[(&str, &str)]) -> Json {
    let fields: Map<String, Json> = credential
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Json::from(*value)))
        .collect();
    Json::Object(fields)
}

fn render(app: &str, attach: &Attach, scope: &Scope) -> Result<AttachParts, RenderError> {
    let text = |template: &crate::manifest::Text, place: &str| {
        template
            .render(scope)
            .map_err(|e| RenderError::secret_template(app, place, &e))
    };
    let mut headers = Vec::new();
    for (name, value) in &attach.headers {
        let name = text(name, "name of the credential's header")?;
        let value = text(value, "credential's header")?;
        // One whose optional field was left empty.
        if value.is_empty() {
            continue;
        }
        check_header(&name, &value)?;
        set_header(&mut headers, &name, value);
    }
    if let Some(basic) = &attach.basic {
        let username = text(&basic.username, "user name of the credential")?;
        let password = text(&basic.password, "password of the credential")?;
        headers.push((
            "Authorization".to_owned(),
            basic_value(&username, &password)?,
        ));
    }
    let mut query = Vec::new();
    for (name, value) in &attach.query {
        let name = text(name, "name of the credential's query parameter")?;
        query.push((name, text(value, "credential's query parameter")?));
    }
    let path_prefix = match &attach.path {
        None => None,
        Some(template) => Some(path_prefix(&text(template, "credential's path")?)?),
    };
    let mut body = Vec::new();
    for (name, value) in &attach.body {
        let name = text(name, "name of the credential's field in the body")?;
        body.push((name, text(value, "credential's field in the body")?));
    }
    Ok(AttachParts {
        headers,
        query,
        path_prefix,
        body,
        body_format: attach.body_format,
    })
}

/// The value of an `Authorization: Basic` header (RFC 7617 §2): no colon in the
/// user name, no control characters in either.
pub(crate) fn basic_value(username: &str, password: &str) -> Result<String, RenderError> {
    let bad = |place: &str, what| RenderError::BadValue {
        place: place.to_owned(),
        what,
    };
    if username.contains(':') {
        return Err(bad("the user name", "a colon"));
    }
    if username
        .chars()
        .chain(password.chars())
        .any(char::is_control)
    {
        return Err(bad("the user name or password", "a control character"));
    }
    Ok(format!(
        "Basic {}",
        BASE64.encode(format!("{username}:{password}").as_bytes())
    ))
}

/// Encodes what is no path character (RFC 3986 §3.3) and refuses what would
/// lead out of the prefix.
fn path_prefix(text: &str) -> Result<String, RenderError> {
    let bad = |what| RenderError::BadValue {
        place: "the credential's path".to_owned(),
        what,
    };
    if !text.starts_with('/') || text.starts_with("//") {
        return Err(bad("no single slash at its start"));
    }
    if text.chars().any(char::is_control) || text.contains('\\') {
        return Err(bad("a control character or backslash"));
    }
    let segments: Vec<String> = text
        .trim_end_matches('/')
        .split('/')
        .map(|segment| patchbay_expr::percent_encode(segment).replace("%3A", ":"))
        .collect();
    if segments.iter().any(|s| s == "." || s == "..") {
        return Err(bad("a . or .. segment"));
    }
    Ok(segments.join("/"))
}
