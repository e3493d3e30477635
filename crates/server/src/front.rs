//! What a request meets first: a lane for what programs send most of, else the router.

use std::{convert::Infallible, future::Future, pin::Pin};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::{AppState, lane::Lane, listener::Peer};

/// Everything that one address serves. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    router: Router,
    lanes: Option<AppState>,
}

impl Front {
    /// The whole HTTP side, with the lanes in front of the router.
    pub fn new(state: AppState) -> Self {
        Self {
            router: crate::router(state.clone()),
            lanes: Some(state),
        }
    }

    /// Answers one request from `peer`.
    pub fn answer(
        &self,
        mut request: Request,
        peer: Peer,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        if let Some(state) = &self.lanes
            && let Some(lane) = Lane::of(&request)
        {
            return lane.answer(state.clone(), request, peer);
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = self.router.clone();
        Box::pin(async move {
            match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    }
}

impl From<Router> for Front {
    fn from(router: Router) -> Self {
        Self {
            router,
            lanes: None,
        }
    }
}

/// The front as one client connection sees it.
pub(crate) struct FrontOfConnection {
    front: Front,
    peer: Peer,
}

impl FrontOfConnection {
    pub(crate) fn new(front: Front, peer: Peer) -> Self {
        Self { front, peer }
    }
}

impl hyper::service::Service<hyper::Request<Incoming>> for FrontOfConnection {
    type Response = Response;
    type Error = Infallible;
    type Future = futures::future::Map<
        Pin<Box<dyn Future<Output = Response> + Send>>,
        fn(Response) -> Result<Response, Infallible>,
    >;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let request = request.map(|body| {
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(body)
            }
        });
        futures::FutureExt::map(self.front.answer(request, self.peer), Ok)
    }
}
