//! The lane for webhooks.

use std::{future::Future, panic::AssertUnwindSafe};

use axum::{
    extract::{DefaultBodyLimit, Request},
    response::Response,
};
use futures::FutureExt;
use patchbay_model::FlowId;
use tracing::Instrument;

use super::{Lane, with_id};
use crate::{
    AppState,
    app::BODY_LIMIT,
    http::{
        patience, request_id,
        security_headers::{self, OverTls},
    },
    listener::Peer,
    routes::{hooks, operations},
};

/// `/hooks/{flow}` as it stands; anything encoded is for the router to decode, and what is no id for it to refuse.
pub(super) fn taken(path: &str) -> Option<Lane> {
    let flow = path.strip_prefix("/hooks/")?.parse().ok()?;
    Some(Lane::Hook { flow })
}

/// Answers a request that [`taken`] took.
pub(super) fn answer(
    state: AppState,
    flow: FlowId,
    request: Request,
    peer: Peer,
) -> impl Future<Output = Response> + Send {
    // 1. Every request has an id.
    let id = request_id::of(request.headers());
    let span = request_id::span(&id, &request);
    let answering = async move {
        // 2. How the caller stands; webhooks are not refused for it.
        let standing = state
            .limits()
            .hook(state.config(), request.headers(), peer.0.ip());
        // 3. Bodies beyond the limit are refused while they are read, and those that stop coming.
        let mut request = patience::patient(request);
        DefaultBodyLimit::max(BODY_LIMIT).apply(&mut request);
        let received = hooks::received(&state, &flow, request);
        // 4. A bug is a 500 with a request id, not a cut connection.
        let mut response = match AssertUnwindSafe(received).catch_unwind().await {
            Ok(response) => response,
            Err(payload) => operations::panicked(payload),
        };
        // 5. What every answer of ours says.
        standing.put(response.headers_mut());
        let over_tls = OverTls(state.config().is_https());
        security_headers::put_all(over_tls, response.headers_mut());
        response
    };
    with_id(id, answering.instrument(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is moved to the heap with every request.
    #[test]
    fn what_is_moved_along_with_a_call_is_small() {
        fn size<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size(answer);
        assert!(bytes <= 4_096, "{bytes} bytes");
    }

    #[test]
    fn only_plain_addresses_of_flows_are_taken() {
        let flow = FlowId::new();
        let plain = format!("/hooks/{flow}");
        assert!(matches!(taken(&plain), Some(Lane::Hook { flow: it }) if it == flow));
        for path in [
            "/hooks/",
            "/hooks",
            "/hooks/flow_1",
            "/hooks/%66low_1",
            &format!("{plain}/"),
            &format!("{plain}/x"),
            &format!("/api/v1{plain}"),
            &format!("/hook/{flow}"),
        ] {
            assert!(taken(path).is_none(), "{path}");
        }
    }
}
