//! S-15: an answer that is too large, too slow or made to explode costs little and ends.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_compression::Level;
use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder};
use http_body_util::BodyExt;
use patchbay_egress::{EgressError, TimeoutPhase};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use crate::support::{Server, get, request_head, short};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn s15_endless_body_is_cut_off() {
    let written = Arc::new(AtomicU64::new(0));
    let ended = Arc::new(Notify::new());
    let (count, end) = (Arc::clone(&written), Arc::clone(&ended));
    let server = Server::new(move |mut stream| {
        let (count, end) = (Arc::clone(&count), Arc::clone(&end));
        async move {
            request_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let piece = vec![b'x'; 64 * 1024];
            while stream.write_all(&piece).await.is_ok() {
                count.fetch_add(piece.len() as u64, Ordering::SeqCst);
            }
            end.notify_one();
        }
    })
    .await;
    let mut request = get(&server.url("/"));
    request.limits.max_response_body = Some(MIB);
    let error = server
        .egress()
        .send_bytes(request)
        .await
        .err()
        .expect("an error");
    assert!(
        matches!(error, EgressError::TooLarge { limit: MIB, .. }),
        "{error}"
    );
    // The connection is closed, so the server's writing fails; what it got rid of sits in socket buffers.
    ended.notified().await;
    assert!(written.load(Ordering::SeqCst) < 32 * MIB);
}

#[tokio::test]
async fn s15_announced_size_is_refused_before_reading() {
    let server = Server::fixed("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n").await;
    let error = server
        .egress()
        .send_bytes(get(&server.url("/")))
        .await
        .err()
        .expect("an error");
    assert!(
        matches!(
            error,
            EgressError::TooLarge {
                what: "the body",
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn s15_silence_in_the_body_ends_by_the_idle_limit() {
    let server = Server::fixed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
    let mut request = get(&server.url("/"));
    request.limits = short(MIB);
    let error = server
        .egress()
        .send_bytes(request)
        .await
        .err()
        .expect("an error");
    assert!(
        matches!(
            error,
            EgressError::Timeout {
                phase: TimeoutPhase::Idle,
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.definitely_not_sent());
}

#[tokio::test]
async fn s15_drip_feed_ends_by_the_deadline() {
    for collected in [true, false] {
        let server = Server::new(|mut stream| async move {
            request_head(&mut stream).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                .await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let mut request = get(&server.url("/"));
        request.limits = short(MIB);
        let error = if collected {
            server
                .egress()
                .send_bytes(request)
                .await
                .err()
                .expect("an error")
        } else {
            let answer = server.egress().send(request).await.expect("a head");
            answer.body.collect().await.expect_err("an error")
        };
        assert!(
            matches!(
                error,
                EgressError::Timeout {
                    phase: TimeoutPhase::Total,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn s15_no_answer_and_endless_interim_answers_end() {
    let silent = Server::new(|mut stream| async move {
        let mut sink = Vec::new();
        let _ = stream.read_to_end(&mut sink).await;
    })
    .await;
    let interim = Server::new(|mut stream| async move {
        request_head(&mut stream).await;
        while stream
            .write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            .await
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for server in [silent, interim] {
        let mut request = get(&server.url("/"));
        request.limits = short(MIB);
        let error = server.egress().send(request).await.err().expect("an error");
        assert!(!error.definitely_not_sent(), "{error}");
    }
}

#[tokio::test]
async fn s15_huge_headers_are_refused() {
    let one = format!(
        "HTTP/1.1 200 OK\r\nX-Big: {}\r\n\r\n",
        "a".repeat(80 * 1024)
    );
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X-Many: a\r\n".repeat(400));
    let large_in_sum = format!(
        "HTTP/1.1 200 OK\r\n{}\r\n",
        format!("X-Sum: {}\r\n", "a".repeat(1024)).repeat(90)
    );
    for answer in [one, many, large_in_sum] {
        let answer: &'static str = Box::leak(answer.into_boxed_str());
        let server = Server::fixed(answer).await;
        let error = server
            .egress()
            .send(get(&server.url("/")))
            .await
            .err()
            .expect("an error");
        assert!(
            matches!(
                error,
                EgressError::TooLarge {
                    what: "the header",
                    ..
                }
            ),
            "{error}"
        );
    }
    let endless = Server::new(|mut stream| async move {
        request_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Endless: ").await;
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    })
    .await;
    let error = endless
        .egress()
        .send(get(&endless.url("/")))
        .await
        .err()
        .expect("an error");
    assert!(
        matches!(
            error,
            EgressError::TooLarge {
                what: "the header",
                ..
            }
        ),
        "{error}"
    );
}

async fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    GzipEncoder::new(plain)
        .read_to_end(&mut packed)
        .await
        .expect("compression");
    packed
}

async fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    BrotliEncoder::with_quality(plain, Level::Fastest)
        .read_to_end(&mut packed)
        .await
        .expect("compression");
    packed
}

async fn encoded(encoding: &'static str, body: Vec<u8>) -> Server {
    Server::new(move |mut stream| {
        let body = body.clone();
        async move {
            request_head(&mut stream).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    })
    .await
}

#[tokio::test]
async fn s15_decompression_bombs_are_stopped() {
    let mut zeros = Vec::new();
    std::io::repeat(0)
        .take(64 * MIB)
        .read_to_end(&mut zeros)
        .expect("zeros");
    for (encoding, body) in [("gzip", gzip(&zeros).await), ("br", brotli(&zeros).await)] {
        assert!((body.len() as u64) < MIB);
        let server = encoded(encoding, body).await;
        let mut request = get(&server.url("/"));
        request.limits.max_response_body = Some(1024 * MIB);
        let error = server
            .egress()
            .send_bytes(request)
            .await
            .err()
            .expect("an error");
        assert!(
            matches!(
                error,
                EgressError::TooLarge {
                    what: "the decompressed body",
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn compressed_answers_are_decoded_when_collected_and_untouched_when_streamed() {
    let plain = br#"{"name":"Ana"}"#.repeat(20);
    for (encoding, body) in [("gzip", gzip(&plain).await), ("br", brotli(&plain).await)] {
        let server = encoded(encoding, body.clone()).await;
        let answer = server
            .egress()
            .send_bytes(get(&server.url("/")))
            .await
            .expect("an answer");
        assert_eq!(answer.body, plain);
        assert!(!answer.headers.contains_key("content-encoding"));
        assert!(!answer.headers.contains_key("content-length"));
        let answer = server
            .egress()
            .send(get(&server.url("/")))
            .await
            .expect("an answer");
        assert_eq!(answer.headers["content-encoding"], encoding);
        assert_eq!(
            answer.body.collect().await.expect("a body").to_bytes(),
            body
        );
    }
    for (encoding, body) in [
        ("gzip", b"not gzip".to_vec()),
        ("zstd", b"whatever".to_vec()),
    ] {
        let server = encoded(encoding, body).await;
        let error = server
            .egress()
            .send_bytes(get(&server.url("/")))
            .await
            .err()
            .expect("an error");
        assert!(matches!(error, EgressError::Protocol { .. }), "{error}");
    }
}
