//! What happens after an app answered 401.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use patchbay_connect::Purpose;
use patchbay_egress::Body;
use patchbay_gateway::{GatewayError, GatewayRequest};

use crate::site::{Seen, Site, json};
use crate::world::World;

/// A provider whose token endpoint gives out `token-2`, `token-3`, … after the first, and whose API accepts
/// the tokens from `good_from` on. The number is that of the newest token.
async fn provider(good_from: usize) -> (Site, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(1));
    let count = Arc::clone(&issued);
    let site = Site::new(move |seen: &Seen| {
        if seen.path() == "/token" {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            return json(200, &format!(r#"{{"access_token":"token-{number}-abcdef","token_type":"Bearer","expires_in":3600}}"#));
        }
        let sent = seen.header("authorization").unwrap_or_default();
        let number: usize = sent.split('-').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        if number >= good_from { json(200, r#"{"ok":true}"#) } else { json(401, r#"{"error":"invalid_token"}"#) }
    })
    .await;
    (site, issued)
}

fn api_calls(site: &Site) -> usize {
    site.seen()
        .iter()
        .filter(|seen| seen.path() != "/token")
        .count()
}

#[tokio::test]
async fn s3_a_refused_token_is_renewed_and_the_request_sent_once_more() {
    let (app, issued) = provider(2).await;
    let world = World::new(&app, &[]).await;
    let connection = world.connection_by_client_credentials().await;
    let mut request = GatewayRequest::new(Purpose::Request, Method::POST, "/things");
    request.body = Body::from("hello".to_owned());
    request.idempotency_key = Some("run_1.post".to_owned());
    let answer = world
        .gateway
        .send(&world.editor, &connection, request)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!((issued.load(Ordering::SeqCst), api_calls(&app)), (2, 2));
    let last = app.last();
    assert_eq!(
        (last.body.as_str(), last.header("idempotency-key")),
        ("hello", Some("run_1.post"))
    );
}

#[tokio::test]
async fn s3_a_body_that_cannot_be_sent_again_leaves_the_401_and_renews_for_the_next() {
    let (app, issued) = provider(2).await;
    let world = World::new(&app, &[]).await;
    let connection = world.connection_by_client_credentials().await;
    let mut request = GatewayRequest::new(Purpose::Request, Method::POST, "/things");
    request.body = Body::stream(http_body_util::Full::new(bytes::Bytes::from_static(
        b"streamed",
    )));
    let answer = world
        .gateway
        .send(&world.editor, &connection, request)
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status.as_u16(), issued.load(Ordering::SeqCst)),
        (401, 2)
    );
    let request = GatewayRequest::new(Purpose::Request, Method::GET, "/things");
    let answer = world
        .gateway
        .send(&world.editor, &connection, request)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn s3_a_token_that_stays_refused_is_tried_twice_and_no_more() {
    let (app, _) = provider(usize::MAX).await;
    let world = World::new(&app, &[]).await;
    let connection = world.connection_by_client_credentials().await;
    let request = GatewayRequest::new(Purpose::Request, Method::GET, "/things");
    let answer = world
        .gateway
        .send(&world.editor, &connection, request)
        .await
        .expect("an answer");
    assert_eq!((answer.status.as_u16(), api_calls(&app)), (401, 2));
}

#[tokio::test]
async fn s3_a_refused_key_is_the_answer_of_a_proxied_request_and_an_error_of_a_step() {
    let app = Site::new(|_| json(401, r#"{"error":"bad key"}"#)).await;
    let world = World::new(&app, &[]).await;
    let request = || GatewayRequest::new(Purpose::Request, Method::GET, "/things");
    let answer = world
        .gateway
        .send(&world.editor, &world.connection, request())
        .await
        .expect("an answer");
    assert_eq!((answer.status.as_u16(), api_calls(&app)), (401, 1));
    // The connection is known to be broken now, so a step is told so and can be held.
    let error = world
        .gateway
        .send_json(&world.editor, &world.connection, request())
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, GatewayError::Unusable(_)), "{error}");
    assert_eq!(api_calls(&app), 1);
}
