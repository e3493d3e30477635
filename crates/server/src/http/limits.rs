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

use super::{cookie, error::ApiError, security_headers::OfTheApp};
use crate::{AppState, ServerConfig, listener::Peer, routes::proxy::Address};

type Bucket = [u8; 16];
type Limiter =
    RateLimiter<Bucket, DefaultKeyedStateStore<Bucket>, DefaultClock, StateInformationMiddleware>;

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

/// How a caller stands after a request.
#[derive(Clone, Copy)]
pub(crate) struct Standing {
    limit: u32,
    left: u32,
    /// Seconds until the bucket is full again, or until there is something in it.
    reset: u64,
    /// How long to wait, when the bucket was empty.
    wait: Option<Duration>,
}

impl Standing {
    /// Says it in an answer.
    pub(crate) fn put(self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("x-ratelimit-limit", u64::from(self.limit)),
            ("x-ratelimit-remaining", u64::from(self.left)),
            ("x-ratelimit-reset", self.reset),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

impl RequestLimits {
    /// Takes one request off a bucket.
    fn take(&self, bucket: &Bucket) -> Standing {
        let limit = self.per_minute;
        match self.limiter.check_key(bucket) {
            Ok(snapshot) => {
                let left = snapshot.remaining_burst_capacity();
                let used = u64::from(limit.saturating_sub(left));
                Standing {
                    limit,
                    left,
                    reset: (used * 60).div_ceil(u64::from(limit)),
                    wait: None,
                }
            }
            Err(not_until) => {
                let wait = not_until
                    .wait_time_from(DefaultClock::default().now())
                    .max(Duration::from_secs(1));
                Standing {
                    limit,
                    left: 0,
                    reset: wait.as_secs_f64().ceil() as u64,
                    wait: Some(wait),
                }
            }
        }
    }

    /// Counts a call of a webhook.
    pub(crate) fn hook(
        &self,
        config: &ServerConfig,
        headers: &HeaderMap,
        peer: IpAddr,
    ) -> Standing {
        self.take(&bucket(&[b"hooks", &caller(config, headers, peer)]))
    }

    /// Counts a refusal of ours to a key's request through a connection.
    pub(crate) fn refused(&self, authorization: &HeaderValue) -> Standing {
        self.take(&bucket(&[authorization.as_bytes()]))
    }
}

/// Takes one request off the caller's bucket and says in every answer of ours what is left.
pub(crate) async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limits = state.limits();
    let peer = peer(&request);
    let path = request.uri().path();
    // The calls of flows' triggers and the traffic through connections are the product's work, not questions to its API:
    // they are paced by what the app at the other end takes. What the app answers has its own limits in it.
    if path.starts_with("/hooks/") {
        let standing = limits.hook(state.config(), request.headers(), peer);
        let mut response = next.run(request).await;
        standing.put(response.headers_mut());
        return response;
    }
    let caller = caller(state.config(), request.headers(), peer);
    if Address::of(path).is_some() {
        let mut response = next.run(request).await;
        if response.extensions().get::<OfTheApp>().is_none() {
            limits.take(&bucket(&[&caller])).put(response.headers_mut());
        }
        return response;
    }
    let standing = limits.take(&bucket(&[&caller]));
    let mut response = match standing.wait {
        None => next.run(request).await,
        Some(wait) => ApiError(
            Problem::new(
                Code::RateLimited,
                "Too many requests. Wait as Retry-After says, then go on.",
            )
            .retry_after(wait),
        )
        .into_response(),
    };
    standing.put(response.headers_mut());
    response
}

/// What a caller is known by: its key, its session, else its address.
fn caller(config: &ServerConfig, headers: &HeaderMap, peer: IpAddr) -> Vec<u8> {
    headers
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes().to_vec())
        .or_else(|| cookie::session_token(config, headers).map(String::into_bytes))
        .unwrap_or_else(|| {
            let address = forwarded(config, headers).unwrap_or(peer);
            address.to_string().into_bytes()
        })
}

/// Sixteen bytes that stand for the caller, so that no key or cookie is kept in the clear.
fn bucket(parts: &[&[u8]]) -> Bucket {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&context.finish().as_ref()[..16]);
    key
}

/// The caller's address: the last one a trusted proxy names, else the peer's.
pub fn client_address(config: &ServerConfig, request: &Request) -> IpAddr {
    forwarded(config, request.headers()).unwrap_or_else(|| peer(request))
}

fn peer(request: &Request) -> IpAddr {
    request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(peer)| {
            peer.0.ip()
        })
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
