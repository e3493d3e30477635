//! The layers of a request, outermost first.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    AppState,
    http::{
        compress, error, idempotency, limits, origin, patience, request_id,
        security_headers::{self, OverTls},
    },
    routes, web,
};

/// Bytes a body may have where a route does not say otherwise.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;

/// The whole HTTP side: API, callbacks, webhooks, dashboard.
pub fn router(state: AppState) -> Router {
    let (router, document) = routes::all();
    let router = router
        .merge(routes::openapi::router(document))
        .merge(routes::operations::router())
        .fallback(web::fallback)
        .method_not_allowed_fallback(async || error::method_not_allowed());
    router
        // 7. Long answers without secrets are compressed.
        .layer(middleware::from_fn(compress::layer))
        // 6. Answers a repeated POST with the same Idempotency-Key as it was answered before.
        .layer(middleware::from_fn_with_state(
            state.clone(),
            idempotency::layer,
        ))
        // 5. Bodies beyond the limit are refused while they are read, and those that stop coming.
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(patience::layer))
        // 4. A browser's request that changes something must come from our own pages.
        .layer(middleware::from_fn_with_state(state.clone(), origin::layer))
        // 3. A bug in a handler is a 500 with a request id, not a cut connection.
        .layer(CatchPanicLayer::custom(routes::operations::panicked))
        // 2. So many requests a minute for each caller.
        .layer(middleware::from_fn_with_state(state.clone(), limits::layer))
        .layer(middleware::from_fn_with_state(
            OverTls(state.config().is_https()),
            security_headers::layer,
        ))
        // 1. Every request has an id.
        .layer(middleware::from_fn(request_id::layer))
        .with_state(state)
}

/// What a node without dashboard and API serves: health, readiness, metrics.
pub fn worker_router(state: AppState) -> Router {
    routes::operations::router()
        .fallback(async || error::not_found())
        .layer(middleware::from_fn_with_state(
            OverTls(state.config().is_https()),
            security_headers::layer,
        ))
        .layer(middleware::from_fn(request_id::layer))
        .with_state(state)
}

/// What is served while the vault is sealed: health, readiness with the reason, and a refusal for everything else.
pub fn sealed_router(reason: &str) -> Router {
    routes::operations::sealed_router(reason)
        .layer(middleware::from_fn_with_state(
            OverTls(false),
            security_headers::layer,
        ))
        .layer(middleware::from_fn(request_id::layer))
}
