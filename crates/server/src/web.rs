//! The embedded dashboard: hashed files for ever, the page itself fresh each time, deep links into the app.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::{compress, error};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dashboard;

/// What is not an API route: a file of the dashboard, or its page for a deep link.
pub(crate) async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("oauth/") || path.starts_with("hooks/") {
        return error::not_found().into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return error::method_not_allowed().into_response();
    }
    if let Some(response) = file(path, &headers) {
        return response;
    }
    // A missing file is missing; anything else is a place inside the dashboard.
    if path.starts_with("assets/") {
        return error::not_found().into_response();
    }
    file("index.html", &headers).unwrap_or_else(|| {
        (
            StatusCode::NOT_FOUND,
            "This build holds no dashboard. Build one that does with: make build\n",
        )
            .into_response()
    })
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let original = Dashboard::get(path)?;
    let (content, encoding) = compressed(path, headers).map_or((None, None), |(file, encoding)| {
        (Some(file), Some(encoding))
    });
    let content = content.unwrap_or_else(|| original.clone());
    let tag = format!(
        "\"{}\"",
        data_encoding::HEXLOWER.encode(&content.metadata.sha256_hash()[..16])
    );
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(content.data).into_response()
    };
    let out = response.headers_mut();
    let kind = if kind.type_() == "text" || kind.subtype() == "javascript" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    if let Ok(value) = HeaderValue::from_str(&kind) {
        out.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, value);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The smallest form of the file that was made at build time and that the browser takes.
fn compressed(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, &'static str)> {
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| compress::accepts(headers, encoding))
        .find_map(|(encoding, ending)| {
            Some((Dashboard::get(&format!("{path}.{ending}"))?, encoding))
        })
}
