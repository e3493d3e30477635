//! The lanes for programs: what is most of the traffic does not pass the router.
//!
//! Each layer of the router costs about as much as everything that such a request needs. A lane does for its requests
//! what the router's layers do, one after the other, and takes nothing else: an odd method or an odd address goes to the
//! router, which answers the same route or refuses it.

mod hook;
mod proxy;

use std::{future::Future, pin::Pin};

use axum::{
    extract::Request,
    http::{HeaderValue, Method},
    response::Response,
};
use futures::FutureExt;
use patchbay_model::{ConnectionId, FlowId, ProjectId};

use crate::{AppState, http::request_id, listener::Peer};

/// Which lane a request takes.
pub(crate) enum Lane {
    /// Through a connection, with an API key: the project that the address names, if any, and the connection.
    Proxy {
        project: Option<ProjectId>,
        connection: ConnectionId,
    },
    /// A call of a flow's webhook.
    Hook { flow: FlowId },
}

impl Lane {
    /// Reads it out of a request; `None` for everything that is the router's.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let known = matches!(
            *request.method(),
            Method::GET
                | Method::HEAD
                | Method::POST
                | Method::PUT
                | Method::PATCH
                | Method::DELETE
                | Method::OPTIONS
        );
        if !known {
            return None;
        }
        hook::taken(request.uri().path()).or_else(|| proxy::taken(request))
    }

    /// Answers the request that the lane was read out of.
    pub(crate) fn answer(
        self,
        state: AppState,
        request: Request,
        peer: Peer,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        match self {
            Self::Proxy {
                project,
                connection,
            } => Box::pin(proxy::answer(state, project, connection, request)),
            Self::Hook { flow } => Box::pin(hook::answer(state, flow, request, peer)),
        }
    }
}

/// Gives a request its id, and its answer too.
///
/// What is awaited here is moved to the heap with every request: the less it holds, the less that costs.
fn with_id<F: Future<Output = Response>>(
    id: String,
    answering: F,
) -> impl Future<Output = Response> + use<F> {
    let header = HeaderValue::from_str(&id).ok();
    request_id::scope(id, answering).map(|mut response| {
        if let Some(header) = header {
            response.headers_mut().insert(request_id::HEADER, header);
        }
        response
    })
}
