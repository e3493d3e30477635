//! Requests that change something with a browser's cookie must come from our own pages (S-35).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use patchbay_model::{Code, Problem};
use url::Url;

use super::{cookie, error::ApiError};
use crate::{AppState, ServerConfig};

/// Refuses a state-changing request that carries a session cookie and comes from another site.
pub(crate) async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // Requests without the cookie act for nobody or for an API key, which no foreign page can send; sign-in itself
    // must not be forced on a browser from elsewhere either, so everything that changes something is checked.
    let by_key = request.headers().contains_key(header::AUTHORIZATION);
    let webhook = request.uri().path().starts_with("/hooks/");
    if safe
        || webhook
        || (by_key && cookie::session_token(state.config(), request.headers()).is_none())
    {
        return next.run(request).await;
    }
    if same_site(state.config(), request.headers()) {
        next.run(request).await
    } else {
        ApiError(Problem::new(
            Code::CrossSite,
            "This request came from another site and was refused. Open Patchbay itself and try there.",
        ))
        .into_response()
    }
}

/// Whether the browser says the request came from our own page. Programs other than browsers say nothing and are
/// taken at their word: they hold the cookie on purpose.
fn same_site(config: &ServerConfig, headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(fetch_site) = headers.get("sec-fetch-site")
        && !matches!(fetch_site.as_bytes(), b"same-origin" | b"none")
    {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    if origin.origin() == config.public_url.origin() {
        return true;
    }
    // A loopback installation answers to localhost, 127.0.0.1 and [::1] alike. The Host header alone proves nothing:
    // a rebound name has it too, so the name must be one of these.
    let loopback = matches!(origin.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let host = text(header::HOST).unwrap_or_default();
    let authority = match origin.port() {
        Some(port) => format!("{}:{port}", origin.host_str().unwrap_or_default()),
        None => origin.host_str().unwrap_or_default().to_owned(),
    };
    config.loopback_only && loopback && authority == host
}
