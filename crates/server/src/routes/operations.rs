//! For the operator: is it alive, is it ready, how is it doing.

use std::{any::Any, sync::OnceLock};

use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use patchbay_model::{Code, Problem};
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::{
    AppState,
    http::error::{self, ApiError},
    listener::Peer,
};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts collecting metrics for `/metrics`. Called once, before anything is counted.
pub fn metrics_install() {
    if METRICS.get().is_none()
        && let Ok(handle) = PrometheusBuilder::new().install_recorder()
    {
        let _ = METRICS.set(handle);
        // There from the first request on, so that a scrape of an idle node tells it from one that answers nothing.
        metrics::gauge!("patchbay_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    }
}

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready when the database answers; a server whose vault is sealed never gets here.
async fn ready(State(state): State<AppState>) -> Response {
    match state.store().ping().await {
        Ok(()) => Json(json!({"status": "ok", "database": "ok", "vault": "open"})).into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({"status": "unavailable", "database": "unreachable", "vault": "open"})),
        )
            .into_response(),
    }
}

/// All there is while the vault is sealed: alive, not ready, and why.
pub(crate) fn sealed_router(reason: &str) -> Router {
    let not_ready = json!({"status": "unavailable", "vault": "sealed", "reason": reason});
    let problem = Problem::new(
        Code::Sealed,
        format!("The vault is sealed, so nothing can be read or changed. {reason}"),
    );
    Router::new()
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route(
            "/readyz",
            get(async move || (StatusCode::SERVICE_UNAVAILABLE, Json(not_ready))),
        )
        .fallback(async move || ApiError(problem))
}

/// Prometheus text. Open to the token, or to loopback callers of a loopback listener when no token is set.
async fn metrics(
    State(state): State<AppState>,
    peer: Option<axum::Extension<ConnectInfo<Peer>>>,
    headers: HeaderMap,
) -> Response {
    let config = state.config();
    let allowed = match &config.metrics_token {
        Some(token) => headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("Bearer "))
            .is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into()),
        None => {
            config.loopback_only
                && !config.behind_proxy
                && peer.is_none_or(|axum::Extension(ConnectInfo(peer))| peer.0.ip().is_loopback())
        }
    };
    let Some(handle) = METRICS.get().filter(|_| allowed) else {
        return error::not_found().into_response();
    };
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        handle.render(),
    )
        .into_response()
}

/// What is answered when a handler panics; the payload may hold anything, so it is not shown.
pub(crate) fn panicked(_payload: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError(Problem::internal()).into_response()
}
