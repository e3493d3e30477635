//! The lane for requests through a connection with an API key; one with a cookie goes to the router.

use std::{future::Future, panic::AssertUnwindSafe};

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use patchbay_model::{Actor, ConnectionId, Problem, ProjectId};

use super::{Lane, with_id};
use crate::{
    AppState,
    http::{
        actor,
        error::{ApiError, ApiResult},
        request_id,
        security_headers::{self, OverTls},
    },
    routes::{
        operations,
        proxy::{self, Address},
    },
};

/// Reads the lane out of a request; `None` for everything that is the router's.
pub(super) fn taken(request: &Request) -> Option<Lane> {
    let headers = request.headers();
    if !headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE) {
        return None;
    }
    let Address {
        project,
        connection,
    } = Address::of(request.uri().path())?;
    // Anything encoded is for the router to decode, and what is no id for it to refuse.
    Some(Lane::Proxy {
        project: project.map(str::parse).transpose().ok()?,
        connection: connection.parse().ok()?,
    })
}

/// Answers a request that [`taken`] took.
pub(super) fn answer(
    state: AppState,
    project: Option<ProjectId>,
    connection: ConnectionId,
    request: Request,
) -> impl Future<Output = Response> + Send {
    // 1. Every request has an id.
    let id = request_id::of(request.headers());
    let answering = async move {
        let key = request.headers().get(header::AUTHORIZATION).cloned();
        // 2. A bug is a 500 with a request id, not a cut connection.
        let answer = AssertUnwindSafe(sent(&state, project, connection, request)).catch_unwind();
        let mut own = match answer.await {
            Ok(Ok(of_the_app)) => return of_the_app,
            Ok(Err(refusal)) => refused(refusal),
            Err(payload) => operations::panicked(payload),
        };
        // 5. What every answer of ours says.
        if let Some(key) = key {
            state.limits().refused(&key).put(own.headers_mut());
        }
        let over_tls = OverTls(state.config().is_https());
        security_headers::put_all(over_tls, own.headers_mut());
        own
    };
    with_id(id, answering)
}

// An `async fn` would hold what it is given twice.
#[expect(clippy::manual_async_fn)]
fn sent(
    state: &AppState,
    project: Option<ProjectId>,
    connection: ConnectionId,
    request: Request,
) -> impl Future<Output = ApiResult<Response>> + Send {
    async move {
        // 3. Who calls: the API key, and the project that the address names must be the key's.
        let actor = caller(state, request.headers(), project.as_ref()).await?;
        after_the_others().await;
        // 4. Through the gateway; it asks for the actor's right first.
        let outgoing = proxy::outgoing(request);
        let answer = state.gateway().send(&actor, &connection, outgoing).await?;
        after_the_others().await;
        Ok(proxy::passed_on(answer))
    }
}

/// Waits until the requests that can go on now have come as far as this one.
///
/// What is sent to an app, or back to a caller, one right after the other finds them awake more often than what is sent
/// piece by piece in between other work: each waking costs processor time, theirs and ours.
fn after_the_others() -> impl Future<Output = ()> {
    tokio::task::yield_now()
}

async fn caller(
    state: &AppState,
    headers: &HeaderMap,
    project: Option<&ProjectId>,
) -> ApiResult<Actor> {
    match actor::bearer(headers)? {
        Some(key) => actor::of_key(state, key, project).await,
        None => Err(ApiError(Problem::internal())),
    }
}

/// The log line that leads from a caller's request id to what happened; the router's requests have a span instead.
fn refused(refusal: ApiError) -> Response {
    tracing::info!(
        id = %request_id::current(),
        code = refusal.0.code.as_str(),
        "a request through a connection was not answered by its app"
    );
    refusal.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    /// It is moved to the heap with every request: an `async fn` more on the way holds all it is given once more.
    #[test]
    fn what_is_moved_along_with_a_request_is_small() {
        fn size<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size(answer);
        assert!(bytes <= 4_096, "{bytes} bytes");
    }

    #[test]
    fn only_plain_addresses_through_a_connection_are_taken() {
        let (conn, proj) = (ConnectionId::new(), ProjectId::new());
        let read = |path: &str| {
            let path = path.replace("CONN", conn.as_str());
            let path = path.replace("PROJ", proj.as_str());
            let request = Request::get(path)
                .header(header::AUTHORIZATION, "Bearer x")
                .body(Body::empty())
                .expect("a request");
            match taken(&request)? {
                Lane::Proxy {
                    project,
                    connection,
                } => Some((project, connection)),
                Lane::Hook { .. } => None,
            }
        };
        for path in [
            "/api/v1/connections/CONN/proxy",
            "/api/v1/connections/CONN/proxy/",
            "/api/v1/connections/CONN/proxy/users/me",
            "/api/v1/connections/CONN/proxy//x",
        ] {
            assert_eq!(read(path), Some((None, conn.clone())), "{path}");
        }
        assert_eq!(
            read("/api/v1/projects/PROJ/connections/CONN/proxy/x"),
            Some((Some(proj.clone()), conn.clone()))
        );
        for path in [
            "/api/v1/connections/CONN/proxyx",
            "/api/v1/connections/CONN/check",
            "/api/v1/connections//proxy/x",
            "/api/v1/connections/conn_1/proxy/x",
            "/api/v1/connections/%43ONN/proxy/x",
            "/api/v1/projects//connections/CONN/proxy/x",
            "/api/v1/projects/connections/CONN/proxy/x",
            "/api/v1/projects/CONN/connections/CONN/proxy/x",
            "/api/v1/flows/CONN/proxy/x",
            "/connections/CONN/proxy/x",
            "/hooks/connections/CONN/proxy/x",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
