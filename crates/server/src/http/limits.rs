//! Requests a minute, for each caller: an API key, a session, or an address.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use patchbay_model::{Code, Problem};

use super::{cookie, error::ApiError};
use crate::{AppState, ServerConfig, listener::Peer};

type Limiter = RateLimiter<
    [u8; 16],
    DefaultKeyedStateStore<[u8; 16]>,
    DefaultClock,
    StateInformationMiddleware,
>;

/// The buckets of all callers.
#[derive(Clone)]
pub struct RequestLimits {
    limiter: Arc<Limiter>,
    per_minute: u32,
}

impl RequestLimits {
    /// Buckets that hold a minute's worth of requests and fill evenly.
    pub fn new(per_minute: u32) -> Self {
        let amount = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let limiter = DefaultKeyedRateLimiter::keyed(Quota::per_minute(amount))
            .with_middleware::<StateInformationMiddleware>();
        Self {
            limiter: Arc::new(limiter),
            per_minute: amount.get(),
        }
    }

    /// Forgets callers whose buckets are full again.
    pub fn shrink(&self) {
        self.limiter.retain_recent();
    }
}

/// Takes one request off the caller's bucket and says in every answer what is left.
pub(crate) async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // The calls of flows' triggers and the traffic through connections are the product's work, not questions to its API:
    // they are paced by what the app at the other end takes.
    let path = request.uri().path();
    if path.starts_with("/hooks/") || path.contains("/proxy/") {
        return next.run(request).await;
    }
    let limits = state.limits();
    let caller = caller(state.config(), &request);
    match limits.limiter.check_key(&caller) {
        Ok(snapshot) => {
            let mut response = next.run(request).await;
            let left = snapshot.remaining_burst_capacity();
            let used = u64::from(limits.per_minute.saturating_sub(left));
            let reset = (used * 60).div_ceil(u64::from(limits.per_minute));
            put(response.headers_mut(), limits.per_minute, left, reset);
            response
        }
        Err(not_until) => {
            let wait = not_until
                .wait_time_from(DefaultClock::default().now())
                .max(Duration::from_secs(1));
            let mut response = ApiError(
                Problem::new(
                    Code::RateLimited,
                    "Too many requests. Wait as Retry-After says, then go on.",
                )
                .retry_after(wait),
            )
            .into_response();
            put(
                response.headers_mut(),
                limits.per_minute,
                0,
                wait.as_secs_f64().ceil() as u64,
            );
            response
        }
    }
}

fn put(headers: &mut HeaderMap, limit: u32, remaining: u32, reset: u64) {
    for (name, value) in [
        ("x-ratelimit-limit", u64::from(limit)),
        ("x-ratelimit-remaining", u64::from(remaining)),
        ("x-ratelimit-reset", reset),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// Sixteen bytes that stand for the caller, so that no key or cookie is kept in the clear.
fn caller(config: &ServerConfig, request: &Request) -> [u8; 16] {
    let secret = request
        .headers()
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes().to_vec())
        .or_else(|| cookie::session_token(config, request.headers()).map(String::into_bytes))
        .unwrap_or_else(|| client_address(config, request).to_string().into_bytes());
    let hash = digest::digest(&digest::SHA256, &secret);
    let mut key = [0; 16];
    key.copy_from_slice(&hash.as_ref()[..16]);
    key
}

/// The caller's address: the last one a trusted proxy names, else the peer's.
pub fn client_address(config: &ServerConfig, request: &Request) -> IpAddr {
    let peer = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(peer)| {
            peer.0.ip()
        });
    forwarded(config, request.headers()).unwrap_or(peer)
}

/// What the proxy in front says of the caller; nothing when there is none to trust.
pub fn forwarded(config: &ServerConfig, headers: &HeaderMap) -> Option<IpAddr> {
    if !config.behind_proxy {
        return None;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .next_back()
        .and_then(|text| text.trim().parse().ok())
}
