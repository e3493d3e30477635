//! A request's id: given to every request, shown in every answer and every log line.

use std::{
    future::Future,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tokio::task::futures::TaskLocalFuture;
use tracing::Instrument;

/// Where it stands, in requests and answers.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request being answered; empty outside of one.
pub(crate) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Answers within the id, so that [`current`] knows it. Not an `async fn`, which would hold what it is given twice.
pub(crate) fn scope<F: Future>(id: String, answering: F) -> TaskLocalFuture<String, F> {
    CURRENT.scope(id, answering)
}

/// The id of a request: the caller's own, when it is short and plain, else a new one.
pub(crate) fn of(headers: &HeaderMap) -> String {
    headers
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|text| {
            (8..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        })
        .map_or_else(generate, str::to_owned)
}

/// What leads from a log line to the request.
pub(crate) fn span(id: &str, request: &Request) -> tracing::Span {
    tracing::info_span!("request", %id, method = %request.method(), path = %request.uri().path())
}

/// Gives the request an id and answers with it.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let id = of(request.headers());
    let span = span(&id, &request);
    let header = HeaderValue::from_str(&id).ok();
    let mut response = scope(id, next.run(request).instrument(span)).await;
    if let Some(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    response
}

/// Not a secret, only unlike any other: a random start for each process and a count.
fn generate() -> String {
    static START: LazyLock<[u8; 6]> = LazyLock::new(|| {
        let mut bytes = [0; 6];
        // A failing generator may leave zeros, and requests still go on.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        bytes
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut bytes = [0; 10];
    bytes[..6].copy_from_slice(&*START);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    bytes[6..].copy_from_slice(&count[4..]);
    let mut id = String::with_capacity(24);
    id.push_str("req_");
    data_encoding::HEXLOWER.encode_append(&bytes, &mut id);
    id
}
