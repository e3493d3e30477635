//! Servers that do exactly what a test says, and an egress that trusts exactly what it says.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use patchbay_egress::{
    Body, Egress, EgressPolicy, EgressRequest, Limits, Resolve, Resolving, url_parse,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers from a fixed table; everything else does not exist.
#[derive(Default)]
pub(crate) struct Table(pub(crate) HashMap<String, Vec<IpAddr>>);

impl Resolve for Table {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let found = self.0.get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }
}

pub(crate) fn egress(allow: &str) -> Egress {
    Egress::new(EgressPolicy {
        allow: allow.parse().expect("an allow list"),
        ..EgressPolicy::default()
    })
    .expect("an egress")
}

pub(crate) fn get(url: &str) -> EgressRequest {
    EgressRequest::new(Method::GET, url_parse(url).expect("a URL"))
}

pub(crate) fn post(url: &str, body: impl Into<Body>) -> EgressRequest {
    let url = url_parse(url).expect("a URL");
    EgressRequest {
        body: body.into(),
        ..EgressRequest::new(Method::POST, url)
    }
}

/// Limits small enough for a test that waits until they strike.
pub(crate) fn short(max: u64) -> Limits {
    Limits {
        total: Duration::from_millis(600),
        idle: Duration::from_millis(150),
        max_response_body: Some(max),
    }
}

/// A listener that hands every accepted connection to `serve` and counts them.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn new<F, Fut>(serve: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::on("127.0.0.1:0", serve)
            .await
            .expect("a listener on loopback")
    }

    pub(crate) async fn on<F, Fut>(address: &str, serve: F) -> io::Result<Self>
    where
        F: Fn(TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Ok(Self {
            address,
            accepted,
            task,
        })
    }

    /// A server that answers every request on every connection with the same bytes.
    pub(crate) async fn fixed(answer: &'static str) -> Self {
        Self::new(move |mut stream| async move {
            while request_head(&mut stream).await.is_some() {
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        })
        .await
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn egress(&self) -> Egress {
        egress(&self.address.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads up to the empty line that ends a request's head; `None` when the other side is gone.
pub(crate) async fn request_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}
