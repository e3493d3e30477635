//! Keys in bodies and signatures over requests, on their way through the gateway.

use bytes::Bytes;
use http::{HeaderValue, Method};
use http_body_util::{BodyExt, Full, StreamBody};
use patchbay_connect::Purpose;
use patchbay_egress::Body;
use patchbay_gateway::{GatewayError, GatewayRequest};

use crate::site::{Site, json};
use crate::world::{CANARY, World};

fn streamed(pieces: &[&'static str]) -> Body {
    let frames: Vec<_> = pieces
        .iter()
        .map(|piece| {
            Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from_static(piece.as_bytes())))
        })
        .collect();
    Body::stream(StreamBody::new(futures::stream::iter(frames)))
}

fn request(method: Method, target: &str, kind: Option<&'static str>, body: Body) -> GatewayRequest {
    let mut request = GatewayRequest::new(Purpose::Request, method, target);
    request.body = body;
    if let Some(kind) = kind {
        let kind = HeaderValue::from_static(kind);
        request.headers.insert("content-type", kind);
    }
    request
}

#[tokio::test]
async fn canny_and_uptimerobot_get_the_key_in_the_body_of_a_proxied_request() {
    let site = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&site, &[]).await;
    let connection = world.connection_by_body_key().await;
    let send = async |request: GatewayRequest| {
        world
            .gateway
            .send(&world.editor, &connection, request)
            .await
            .map(|answer| answer.status)
    };
    let body = streamed(&["{\"a\":", "1}"]);
    let sent = send(request(
        Method::POST,
        "/boards",
        Some("application/json"),
        body,
    ))
    .await;
    assert!(sent.is_ok());
    assert_eq!(
        site.last().body,
        format!("{{\"a\":1,\"apiKey\":\"{CANARY}\"}}")
    );
    let kind = Some("application/x-www-form-urlencoded");
    send(request(
        Method::POST,
        "/boards",
        kind,
        Body::from("a=1&apiKey=mine".to_owned()),
    ))
    .await
    .expect("an answer");
    assert_eq!(site.last().body, format!("a=1&apiKey={CANARY}"));
    send(request(Method::POST, "/boards", None, Body::empty()))
        .await
        .expect("an answer");
    assert_eq!(site.last().body, format!("apiKey={CANARY}"));
    assert_eq!(site.last().header("content-type"), kind);
    send(request(Method::GET, "/boards?b=1", None, Body::empty()))
        .await
        .expect("an answer");
    assert_eq!(
        site.last().path(),
        format!("/api/boards?b=1&apiKey={CANARY}")
    );
    let seen = site.seen().len();
    let odd = request(
        Method::POST,
        "/x",
        Some("text/plain"),
        Body::from("hello".to_owned()),
    );
    let Err(error) = send(odd).await else {
        panic!("what cannot be signed is not sent");
    };
    assert!(
        error.to_string().contains("JSON object or a form"),
        "{error}"
    );
    let large = Body::from(vec![b' '; 11 * 1024 * 1024]);
    let error = send(request(Method::POST, "/x", Some("application/json"), large))
        .await
        .err();
    assert!(matches!(error, Some(GatewayError::Unsendable(_))));
    assert_eq!(site.seen().len(), seen, "nothing was sent");
}

#[tokio::test]
async fn amazon_requests_are_signed_whole_and_anew() {
    let site = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&site, &[]).await;
    let connection = world.connection_by_signature().await;
    let body = streamed(&["hel", "lo"]);
    let put = request(
        Method::PUT,
        "/a%20b.txt?tag=x+y&acl",
        Some("text/plain"),
        body,
    );
    world
        .gateway
        .send(&world.editor, &connection, put)
        .await
        .expect("an answer");
    let seen = site.last();
    assert_eq!(seen.body, "hello");
    assert_eq!(
        seen.path(),
        "/bucket/a%20b.txt?acl=&tag=x%20y",
        "as it was signed"
    );
    // SHA-256 of `hello`.
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(seen.header("x-amz-content-sha256"), Some(hash));
    assert_eq!(seen.header("x-amz-security-token"), Some("session-1"));
    assert_eq!(seen.header("x-amz-date").map(str::len), Some(16));
    let authorization = seen
        .header("authorization")
        .expect("a signature")
        .to_owned();
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
            && authorization.contains("/eu-central-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature="),
        "{authorization}"
    );
    assert!(
        !String::from_utf8_lossy(&site.raw()).contains(CANARY),
        "the secret key stays here"
    );
}

#[tokio::test]
async fn s07_a_caller_cannot_sign_for_itself() {
    let site = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&site, &[]).await;
    let connection = world.connection_by_signature().await;
    let mut get = request(
        Method::GET,
        "/x",
        None,
        Body::stream(Full::new(Bytes::new()).boxed()),
    );
    for name in [
        "authorization",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
    ] {
        get.headers.insert(name, HeaderValue::from_static("mine"));
    }
    world
        .gateway
        .send(&world.editor, &connection, get)
        .await
        .expect("an answer");
    let seen = site.last();
    for name in [
        "authorization",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
    ] {
        assert_ne!(seen.header(name), Some("mine"), "{name}");
    }
}
