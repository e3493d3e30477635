//! What goes over the wire, and what does not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use patchbay_egress::{Body, EgressError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Server, get, post, request_head};

/// A server that keeps the heads of all requests it saw.
async fn recording(answer: &'static str) -> (Server, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let server = Server::new(move |mut stream| {
        let kept = Arc::clone(&kept);
        async move {
            while let Some(head) = request_head(&mut stream).await {
                kept.lock().expect("the list").push(head);
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    })
    .await;
    (server, heads)
}

const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn own_headers_cannot_be_overridden() {
    let (server, heads) = recording(EMPTY).await;
    let mut request = get(&server.url("/a?b=c#fragment"));
    for (name, value) in [
        ("host", "evil.example"),
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
        ("connection", "x-secret"),
        ("upgrade", "websocket"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("proxy-authorization", "Basic eA=="),
        ("x-kept", "yes"),
    ] {
        request
            .headers
            .insert(name, HeaderValue::from_static(value));
    }
    server
        .egress()
        .send_bytes(request)
        .await
        .expect("an answer");
    let head = heads
        .lock()
        .expect("the list")
        .remove(0)
        .to_ascii_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    assert!(
        head.contains(&format!("\r\nhost: {}\r\n", server.address)),
        "{head}"
    );
    assert!(head.contains("\r\nx-kept: yes\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: patchbay/"), "{head}");
    for gone in [
        "evil",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "te:",
        "trailer",
        "proxy-",
        "fragment",
    ] {
        assert!(!head.contains(gone), "{gone} in {head}");
    }
}

#[tokio::test]
async fn redirects_are_answers() {
    let target = Server::fixed(EMPTY).await;
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        target.url("/")
    );
    let server = Server::fixed(Box::leak(answer.into_boxed_str())).await;
    let answer = server
        .egress()
        .send_bytes(get(&server.url("/")))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 302);
    assert_eq!(target.accepted(), 0);
}

#[tokio::test]
async fn connections_are_kept() {
    let server = Server::fixed(EMPTY).await;
    let egress = server.egress();
    for _ in 0..10 {
        egress
            .send_bytes(get(&server.url("/")))
            .await
            .expect("an answer");
        // The connection goes back to the pool in a task of its own.
        tokio::task::yield_now().await;
    }
    assert!(server.accepted() <= 2, "{} connections", server.accepted());
}

#[tokio::test]
async fn a_get_that_meets_a_closing_connection_is_sent_again_and_a_post_is_not() {
    // Answers one request a connection and hangs up on the second, without saying so before.
    let server = Server::new(|mut stream| async move {
        request_head(&mut stream).await;
        let _ = stream.write_all(EMPTY.as_bytes()).await;
        request_head(&mut stream).await;
    })
    .await;
    let egress = server.egress();
    for _ in 0..3 {
        let answer = egress
            .send_bytes(get(&server.url("/")))
            .await
            .expect("an answer");
        assert_eq!(answer.status, 200);
    }
    let answer = egress
        .send_bytes(post(&server.url("/"), "x".to_owned()))
        .await;
    // Where the pool had let go of the connection meanwhile, a new one served the request.
    if let Err(error) = answer {
        assert!(matches!(error, EgressError::Interrupted { .. }), "{error}");
        assert!(!error.definitely_not_sent());
    }
}

#[tokio::test]
async fn bodies_stream_out() {
    let server = Server::new(|mut stream| async move {
        let head = request_head(&mut stream)
            .await
            .expect("a head")
            .to_ascii_lowercase();
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        let mut body = Vec::new();
        let mut byte = [0];
        while !body.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).await.expect("a byte");
            body.push(byte[0]);
        }
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(answer.as_bytes()).await.expect("a write");
        stream.write_all(&body).await.expect("a write");
    })
    .await;
    let pieces = ["one", "two"].map(|piece| Ok::<_, std::io::Error>(Frame::data(piece.into())));
    let body = Body::stream(StreamBody::new(futures::stream::iter(pieces)));
    assert!(body.replay().is_none());
    let answer = server
        .egress()
        .send(post(&server.url("/"), body))
        .await
        .expect("an answer");
    let echoed = answer.body.collect().await.expect("a body").to_bytes();
    assert_eq!(echoed, "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_long_upload_is_not_a_silent_server() {
    let server = Server::new(|mut stream| async move {
        let mut sink = [0; 1024];
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            let read = stream.read(&mut sink).await.expect("bytes");
            body.extend_from_slice(&sink[..read]);
        }
        stream.write_all(EMPTY.as_bytes()).await.expect("a write");
    })
    .await;
    let pieces = futures::stream::unfold(0, |sent| async move {
        tokio::time::sleep(Duration::from_millis(60)).await;
        (sent < 8).then(|| {
            (
                Ok::<_, std::io::Error>(Frame::data("piece".into())),
                sent + 1,
            )
        })
    });
    let mut request = post(&server.url("/"), Body::stream(StreamBody::new(pieces)));
    request.limits.idle = Duration::from_millis(300);
    let answer = server.egress().send(request).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_body_that_fails_at_its_source_is_told_apart() {
    let server = Server::new(|mut stream| async move {
        let mut sink = Vec::new();
        let _ = stream.read_to_end(&mut sink).await;
    })
    .await;
    let pieces = [
        Ok(Frame::data("one".into())),
        Err(std::io::Error::other("the client went away")),
    ];
    let body = Body::stream(StreamBody::new(futures::stream::iter(pieces)));
    let error = server
        .egress()
        .send(post(&server.url("/"), body))
        .await
        .err()
        .expect("an error");
    assert_eq!(error, EgressError::RequestBody);
}

#[tokio::test]
async fn failures_are_classified() {
    let garbage = Server::fixed("SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    let error = garbage
        .egress()
        .send(get(&garbage.url("/")))
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, EgressError::Protocol { .. }), "{error}");

    let cut = Server::new(|mut stream| async move {
        request_head(&mut stream).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            .await;
    })
    .await;
    let error = cut
        .egress()
        .send_bytes(get(&cut.url("/")))
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, EgressError::Interrupted { .. }), "{error}");

    let closed = Server::fixed(EMPTY).await;
    let (url, egress) = (closed.url("/"), closed.egress());
    drop(closed);
    tokio::task::yield_now().await;
    let error = egress.send(get(&url)).await.err().expect("an error");
    assert!(matches!(error, EgressError::Connect { .. }), "{error}");
    assert!(error.definitely_not_sent());

    let error = egress
        .send(get("https://does-not-exist.invalid/"))
        .await
        .err()
        .expect("an error");
    assert!(matches!(error, EgressError::Dns { .. }), "{error}");
}
