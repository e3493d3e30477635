//! How long a caller may take over a body that is read here.

use std::time::Duration;

use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use tower_http::timeout::TimeoutBody;

use crate::routes::proxy::Address;

/// Longest silence between two pieces of a body. The head has a limit of its own, see [`crate::listener`].
const SILENCE: Duration = Duration::from_secs(20);

/// Gives up on a body that has stopped coming (S-15). What goes through a connection is not read here, and the app at
/// the other end decides how long it waits.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    if Address::of(request.uri().path()).is_some() {
        return next.run(request).await;
    }
    next.run(patient(request)).await
}

/// The request with a body that ends in an error when it has stopped coming.
pub(crate) fn patient(request: Request) -> Request {
    request.map(|body| Body::new(TimeoutBody::new(SILENCE, body)))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode},
        middleware,
        routing::post,
    };
    use bytes::Bytes;
    use futures::StreamExt;
    use serde_json::{Map, Value};
    use tower::ServiceExt;

    use crate::http::ApiJson;

    #[tokio::test(start_paused = true)]
    async fn s15_a_body_that_stops_coming_is_refused() {
        let router = Router::new()
            .route("/x", post(async |_: ApiJson<Map<String, Value>>| "read"))
            .layer(middleware::from_fn(super::layer));
        let begun = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]);
        let request = Request::post("/x")
            .header("content-type", "application/json")
            .body(Body::from_stream(begun.chain(futures::stream::pending())))
            .expect("a request");
        let answer = router.oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let body = to_bytes(answer.into_body(), 4096).await.expect("a body");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("could not be read to its end"), "{body}");
    }
}
