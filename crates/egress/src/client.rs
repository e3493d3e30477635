//! Sending a request.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, ready};
use http::header::{ACCEPT_ENCODING, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Client, Error as ClientError, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::body::Progress;
use crate::dial::{Connector, Dialer, host_port};
use crate::error::TimeoutPhase;
use crate::tls::{Roots, client_config};
use crate::{
    AllowList, Body, BytesResponse, EgressError, Resolve, ResponseBody, SystemResolver, url_check,
};

/// Most bytes of status line and headers that an answer may have.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Most header fields that an answer may have.
const MAX_HEADERS: usize = 200;
/// How long a connection is kept for the next request. Well below the 60 to 75 seconds after which
/// common servers close, so that a request seldom meets a connection that is just being closed.
const POOL_IDLE: Duration = Duration::from_secs(20);
const POOL_IDLE_PER_HOST: usize = 64;

/// What is decided once for the whole process.
pub struct EgressPolicy {
    /// Hosts beyond the public internet.
    pub allow: AllowList,
    /// Trusted certificate authorities.
    pub roots: Roots,
    /// Where addresses come from.
    pub resolver: Arc<dyn Resolve>,
    /// For resolving, connecting and the TLS handshake together.
    pub connect_timeout: Duration,
}

impl Default for EgressPolicy {
    fn default() -> Self {
        Self {
            allow: AllowList::default(),
            roots: Roots::default(),
            resolver: Arc::new(SystemResolver::default()),
            connect_timeout: Duration::from_secs(10),
        }
    }
}

/// Limits of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From sending to the last byte of the answer.
    pub total: Duration,
    /// Longest wait for status and headers, and between two pieces of the body.
    pub idle: Duration,
    /// Most bytes of the body as sent; `None` for a body that is passed on as it comes.
    pub max_response_body: Option<u64>,
}

impl Limits {
    /// For answers that are read as a whole: 60 s, 30 s, 10 MiB.
    pub const WHOLE: Self = Self {
        total: Duration::from_mins(1),
        idle: Duration::from_secs(30),
        max_response_body: Some(10 * 1024 * 1024),
    };
    /// For token endpoints: 30 s in all and 256 KiB.
    pub const TOKEN: Self = Self {
        total: Duration::from_secs(30),
        idle: Duration::from_secs(30),
        max_response_body: Some(256 * 1024),
    };
    /// For bodies that are passed on: an hour, two minutes of silence, any size.
    pub const STREAM: Self = Self {
        total: Duration::from_hours(1),
        idle: Duration::from_mins(2),
        max_response_body: None,
    };
}

/// One request.
pub struct EgressRequest {
    /// Method.
    pub method: Method,
    /// An absolute URL; see [`crate::url_parse`].
    pub url: Url,
    /// Headers. `Host`, `Content-Length` and hop-by-hop headers are ours to set and are dropped.
    pub headers: HeaderMap,
    /// Body.
    pub body: Body,
    /// Limits.
    pub limits: Limits,
    /// Accept TLS 1.2 for this request, as an admin decided for the app.
    pub tls12: bool,
}

impl EgressRequest {
    /// A request without headers and body, with [`Limits::WHOLE`].
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::empty(),
            limits: Limits::WHOLE,
            tls12: false,
        }
    }
}

/// An answer whose body is still arriving.
pub struct EgressResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers as sent.
    pub headers: HeaderMap,
    /// Body as sent, compressed where the server compressed it.
    pub body: ResponseBody,
}

/// The way out. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
}

struct Inner {
    allow: AllowList,
    // One pool a TLS policy: a connection made under the weaker one must not serve the stronger.
    modern: Client<Connector, Body>,
    old_too: Client<Connector, Body>,
}

impl Egress {
    /// Builds the pools. Fails only if the TLS library lacks the protocol versions asked of it.
    pub fn new(policy: EgressPolicy) -> Result<Self, rustls::Error> {
        let EgressPolicy {
            allow,
            roots,
            resolver,
            connect_timeout,
        } = policy;
        let pool = |tls12| -> Result<_, rustls::Error> {
            let dialer = Dialer::new(allow.clone(), Arc::clone(&resolver), connect_timeout);
            let https = HttpsConnectorBuilder::new()
                .with_tls_config(client_config(&roots, tls12)?)
                .https_or_http()
                .enable_all_versions()
                .wrap_connector(dialer);
            Ok(Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE)
                .pool_max_idle_per_host(POOL_IDLE_PER_HOST)
                .http1_max_buf_size(MAX_HEADER_BYTES)
                .http1_max_headers(MAX_HEADERS)
                .http2_max_header_list_size(MAX_HEADER_BYTES as u32)
                .http2_keep_alive_interval(Duration::from_secs(20))
                .http2_adaptive_window(true)
                .build(Connector::new(https, connect_timeout)))
        };
        let (modern, old_too) = (pool(false)?, pool(true)?);
        Ok(Self {
            inner: Arc::new(Inner {
                allow,
                modern,
                old_too,
            }),
        })
    }

    /// Checks what can be said about a URL before any request: its form, and its scheme. For saving
    /// endpoints; sending checks again, and the address as well.
    pub fn url_check(&self, url: &Url) -> Result<(), EgressError> {
        url_check(url)?;
        if url.scheme() != "https" && !self.inner.allow.contains(url) {
            return Err(EgressError::RefusedPlain {
                host: host_port(url),
            });
        }
        Ok(())
    }

    /// Sends a request and answers as soon as status and headers are there. Redirects are answers like
    /// any other: whether to follow is for the caller to decide.
    ///
    /// A `GET` or `HEAD` without a body that meets a connection just being closed is sent once more.
    pub fn send(
        &self,
        request: EgressRequest,
    ) -> impl Future<Output = Result<EgressResponse, EgressError>> + Send {
        // Begun outside the future, which is moved along with every request and so holds little.
        match self.begin(request) {
            Ok(begun) => Either::Left(begun.answer()),
            Err(error) => Either::Right(ready(Err(error))),
        }
    }

    fn begin(&self, request: EgressRequest) -> Result<Begun<'_>, EgressError> {
        let EgressRequest {
            method,
            url,
            mut headers,
            body,
            limits,
            tls12,
        } = request;
        self.url_check(&url)?;
        if method == Method::CONNECT || method == Method::TRACE {
            return Err(EgressError::refused_url("CONNECT and TRACE are not sent"));
        }
        let uri = uri_of(&url)?;
        headers_own(&mut headers);
        let client = if tls12 {
            &self.inner.old_too
        } else {
            &self.inner.modern
        };
        let again = (matches!(method, Method::GET | Method::HEAD) && body.is_empty())
            .then(|| (method.clone(), uri.clone(), headers.clone()));
        let deadline = Instant::now() + limits.total;
        Ok(Begun {
            host: host_port(&url),
            limits,
            client,
            first: Attempt::new(client, (method, uri, headers), body, deadline, limits.idle),
            again,
        })
    }

    /// Sends a request and collects its answer, decompressed, within `limits.max_response_body`
    /// (10 MiB when it is `None`).
    pub async fn send_bytes(
        &self,
        mut request: EgressRequest,
    ) -> Result<BytesResponse, EgressError> {
        let limit = request
            .limits
            .max_response_body
            .or(Limits::WHOLE.max_response_body)
            .unwrap_or(u64::MAX);
        request
            .headers
            .entry(ACCEPT_ENCODING)
            .or_insert(HeaderValue::from_static("gzip, br"));
        self.send(request).await?.bytes(limit).await
    }
}

type Head = (Method, Uri, HeaderMap);

/// A request on its way.
struct Begun<'e> {
    host: String,
    limits: Limits,
    client: &'e Client<Connector, Body>,
    first: Attempt,
    again: Option<Head>,
}

impl Begun<'_> {
    // An `async fn` would hold what it is given twice.
    #[expect(clippy::manual_async_fn)]
    fn answer(mut self) -> impl Future<Output = Result<EgressResponse, EgressError>> + Send {
        async move {
            let mut answer = self.first.answer(&self.host).await;
            if let (Err(EgressError::Interrupted { .. }), Some(head)) = (&answer, self.again.take())
            {
                answer = Box::pin(self.second(head)).await;
            }
            let (parts, body) = answer?.into_parts();
            // The HTTP library's limit is one of its read buffer, which a single large read may overshoot.
            if headers_size(&parts.headers) > MAX_HEADER_BYTES {
                return Err(headers_too_large(self.host));
            }
            Ok(EgressResponse {
                status: parts.status,
                headers: parts.headers,
                body: ResponseBody::new(
                    body,
                    self.host,
                    self.limits.idle,
                    self.first.deadline,
                    self.limits.max_response_body,
                )?,
            })
        }
    }

    async fn second(&self, head: Head) -> Result<Response<Incoming>, EgressError> {
        let (deadline, idle) = (self.first.deadline, self.limits.idle);
        Attempt::new(self.client, head, Body::empty(), deadline, idle)
            .answer(&self.host)
            .await
    }
}

/// One sending of a request.
struct Attempt {
    answering: ResponseFuture,
    progress: Option<Arc<Progress>>,
    deadline: Instant,
    idle: Duration,
}

impl Attempt {
    fn new(
        client: &Client<Connector, Body>,
        (method, uri, headers): Head,
        body: Body,
        deadline: Instant,
        idle: Duration,
    ) -> Self {
        let progress = body.progress();
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Self {
            answering: client.request(request),
            progress,
            deadline,
            idle,
        }
    }

    async fn answer(&mut self, host: &str) -> Result<Response<Incoming>, EgressError> {
        let mut until = self.deadline.min(Instant::now() + self.idle);
        loop {
            if let Ok(answer) = timeout_at(until, &mut self.answering).await {
                return answer.map_err(|error| classified(&error, host.to_owned()));
            }
            // While the request's own body is on its way, the silence of the server counts from its last piece.
            let later = self
                .progress
                .as_ref()
                .map_or(until, |progress| progress.last() + self.idle);
            if until >= self.deadline || later <= until {
                let phase = if until < self.deadline {
                    TimeoutPhase::Response
                } else {
                    TimeoutPhase::Total
                };
                return Err(EgressError::Timeout {
                    host: host.to_owned(),
                    phase,
                });
            }
            until = later.min(self.deadline);
        }
    }
}

/// The request line's form of a URL, without its fragment. The host that the HTTP library reads out of
/// it must be the one the URL parser saw: no room for two readings.
fn uri_of(url: &Url) -> Result<Uri, EgressError> {
    let text = match url.fragment() {
        Some(_) => url.as_str().split('#').next().unwrap_or_default(),
        None => url.as_str(),
    };
    let uri: Uri = text
        .parse()
        .map_err(|_| EgressError::refused_url("it cannot be written into a request"))?;
    if uri.host() != url.host_str()
        || uri.port_u16() != url.port()
        || uri.scheme_str() != Some(url.scheme())
    {
        return Err(EgressError::refused_url("its host can be read in two ways"));
    }
    Ok(uri)
}

/// Headers of one hop (RFC 9110 §7.6.1), and those that follow from the URL and the body.
fn is_own(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "host"
            | "content-length"
            | "connection"
            | "transfer-encoding"
            | "te"
            | "trailer"
            | "upgrade"
            | "proxy-authorization"
    )
}
const USER_AGENT_DEFAULT: HeaderValue =
    HeaderValue::from_static(concat!("Patchbay/", env!("CARGO_PKG_VERSION")));

fn headers_own(headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_own(name))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
    // Several providers refuse requests that do not say who is calling.
    headers.entry(USER_AGENT).or_insert(USER_AGENT_DEFAULT);
}

/// Names and values with the four bytes around them, as they stand on the wire of HTTP/1.1.
fn headers_size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

fn headers_too_large(host: String) -> EgressError {
    EgressError::TooLarge {
        host,
        what: "the header",
        limit: MAX_HEADER_BYTES as u64,
    }
}

fn classified(error: &ClientError, host: String) -> EgressError {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = at {
        if let Some(own) = cause.downcast_ref::<EgressError>() {
            return own.clone();
        }
        if let Some(cause) = cause.downcast_ref::<hyper::Error>() {
            if cause.is_parse_too_large() {
                return headers_too_large(host);
            }
            if cause.is_parse() || cause.is_parse_status() {
                return EgressError::Protocol {
                    host,
                    message: "it is not HTTP".to_owned(),
                };
            }
        }
        at = cause.source();
    }
    if error.is_connect() {
        return EgressError::Connect {
            host,
            message: "the connection was not accepted".to_owned(),
        };
    }
    EgressError::Interrupted { host }
}
