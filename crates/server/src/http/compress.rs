//! Smaller answers where they are long, the same for many, and hold nothing secret.
//!
//! How long a compressed answer is tells what its parts have in common: whoever can put text of their own into an answer
//! and watch its length can guess what else stands in it (BREACH, CVE-2013-3587). So this is a list of what may be
//! compressed, not of what may not: the catalog, and the lists of connections and flows, whose words come from the
//! project's own members and which hold no secret. Runs, the audit log, sign-in, what apps answer and live events go out
//! as they are. A request through a connection does not come by here at all when it takes the lane.

use async_compression::{
    Level,
    tokio::write::{BrotliEncoder, GzipEncoder},
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::Body as _;
use patchbay_model::Problem;
use tokio::io::AsyncWriteExt;

use super::error::ApiError;

/// Bytes below which compressing saves no packet, and above which it would take noticeable time.
const WORTHWHILE: std::ops::RangeInclusive<u64> = 1024..=4 * 1024 * 1024;

/// Of 11: beyond this brotli takes several times as long for a few per cent.
const BROTLI_QUALITY: i32 = 4;

/// Compresses what may be compressed, for callers that take it.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    if request.method() != Method::GET || !may_compress(request.uri().path()) {
        return next.run(request).await;
    }
    let encoding = ["br", "gzip"]
        .into_iter()
        .find(|encoding| accepts(request.headers(), encoding));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    match encoding {
        Some(encoding) if is_worthwhile(&response) => compressed(response, encoding)
            .await
            .unwrap_or_else(|()| ApiError(Problem::internal()).into_response()),
        _ => response,
    }
}

/// Whether the caller takes answers in this encoding (RFC 9110 §12.5.3).
pub(crate) fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next() == Some(encoding)
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn may_compress(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/api/v1/") else {
        return false;
    };
    let rest = rest
        .strip_prefix("projects/")
        .and_then(|rest| rest.split_once('/'))
        .map_or(rest, |(_, rest)| rest);
    match rest.split_once('/') {
        None => matches!(rest, "apps" | "connections" | "flows" | "openapi.json"),
        Some(("apps", slug)) => !slug.contains('/'),
        Some(_) => false,
    }
}

fn is_worthwhile(response: &Response) -> bool {
    response.status() == StatusCode::OK
        && !response.headers().contains_key(header::CONTENT_ENCODING)
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
        && response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|length| WORTHWHILE.contains(&length))
}

async fn compressed(response: Response, encoding: &'static str) -> Result<Response, ()> {
    let (mut parts, body) = response.into_parts();
    let limit = usize::try_from(*WORTHWHILE.end()).map_err(drop)?;
    let plain = to_bytes(body, limit).await.map_err(drop)?;
    let small = encode(&plain, encoding).await.map_err(drop)?;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    Ok(Response::from_parts(parts, Body::from(small)))
}

async fn encode(plain: &[u8], encoding: &str) -> std::io::Result<Vec<u8>> {
    let out = Vec::with_capacity(plain.len() / 4);
    if encoding == "br" {
        let mut encoder = BrotliEncoder::with_quality(out, Level::Precise(BROTLI_QUALITY));
        encoder.write_all(plain).await?;
        encoder.shutdown().await?;
        return Ok(encoder.into_inner());
    }
    let mut encoder = GzipEncoder::new(out);
    encoder.write_all(plain).await?;
    encoder.shutdown().await?;
    Ok(encoder.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_no_secret_may_be_compressed() {
        for path in [
            "/api/v1/apps",
            "/api/v1/apps/slack",
            "/api/v1/connections",
            "/api/v1/projects/proj_1/connections",
            "/api/v1/projects/proj_1/flows",
            "/api/v1/openapi.json",
        ] {
            assert!(may_compress(path), "{path}");
        }
        for path in [
            "/api/v1/auth/state",
            "/api/v1/auth/me",
            "/api/v1/auth/invitations/secret",
            "/api/v1/projects/proj_1",
            "/api/v1/projects/proj_1/runs",
            "/api/v1/projects/proj_1/runs/run_1/events",
            "/api/v1/projects/proj_1/audit",
            "/api/v1/projects/proj_1/connections/conn_1",
            "/api/v1/projects/proj_1/connections/conn_1/proxy/apps",
            "/api/v1/connections/conn_1/proxy/connections",
            "/api/v1/projects/proj_1/connect-sessions/cs_1",
            "/oauth/callback/apps",
            "/hooks/flow_1",
        ] {
            assert!(!may_compress(path), "{path}");
        }
    }

    #[test]
    fn an_encoding_that_is_ruled_out_is_not_used() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
        };
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(accepts(&headers("br;q=0.5"), "br"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
