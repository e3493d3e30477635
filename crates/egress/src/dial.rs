//! The only place where an outgoing socket is opened.
//!
//! The guard stands here and not before the request is sent: what is judged is the very socket address
//! that is dialled, whether it came from a literal in the URL or from a resolver, so an answer that
//! changes between check and use changes nothing.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tower::Service;
use url::{Host, Position, Url};

use crate::address::address_is_public;
use crate::error::TimeoutPhase;
use crate::{AllowList, EgressError, JoinedWrites, Resolve};

type Connecting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// How long one address may take while others are left to try.
const ADDRESS_PATIENCE: Duration = Duration::from_secs(3);

struct Rules {
    allow: AllowList,
    resolver: Arc<dyn Resolve>,
    connect_timeout: Duration,
    /// [`address_is_public`], except in this module's tests, which have only loopback to tell apart.
    judge: fn(IpAddr) -> bool,
}

/// Resolves, judges and dials.
#[derive(Clone)]
pub(crate) struct Dialer {
    rules: Arc<Rules>,
}

impl Dialer {
    pub(crate) fn new(
        allow: AllowList,
        resolver: Arc<dyn Resolve>,
        connect_timeout: Duration,
    ) -> Self {
        Self {
            rules: Arc::new(Rules {
                allow,
                resolver,
                connect_timeout,
                judge: address_is_public,
            }),
        }
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<JoinedWrites<TcpStream>>;
    type Error = EgressError;
    type Future = Connecting<Self::Response, EgressError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let rules = Arc::clone(&self.rules);
        Box::pin(async move { rules.dial(&uri).await })
    }
}

impl Rules {
    async fn dial(&self, uri: &Uri) -> Result<TokioIo<JoinedWrites<TcpStream>>, EgressError> {
        // The pool hands over scheme and authority only; reading them back through the one URL parser
        // makes sure that the host judged here is the host the rest of the program saw.
        let url = crate::url_parse(&uri.to_string())?;
        let allowed = self.allow.contains(&url);
        let port = url.port_or_known_default().unwrap_or(443);
        if url.scheme() != "https" && !allowed {
            return Err(EgressError::RefusedPlain {
                host: host_port(&url),
            });
        }
        let addresses = match url.host() {
            Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
            Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
            Some(Host::Domain(name)) => self.resolve(name, &url).await?,
            None => return Err(EgressError::refused_url("it has no host")),
        };
        let judged: Vec<IpAddr> = addresses
            .iter()
            .copied()
            .filter(|address| allowed || (self.judge)(*address))
            .collect();
        if judged.is_empty() {
            return Err(match addresses.first() {
                Some(address) => EgressError::RefusedAddress {
                    host: host_port(&url),
                    address: *address,
                },
                None => EgressError::Dns {
                    host: host_port(&url),
                    message: "it has no address".to_owned(),
                },
            });
        }
        self.connect(&judged, port, &url).await
    }

    async fn resolve(&self, name: &str, url: &Url) -> Result<Vec<IpAddr>, EgressError> {
        self.resolver
            .resolve(name)
            .await
            .map_err(|error| EgressError::Dns {
                host: host_port(url),
                message: error.to_string(),
            })
    }

    async fn connect(
        &self,
        addresses: &[IpAddr],
        port: u16,
        url: &Url,
    ) -> Result<TokioIo<JoinedWrites<TcpStream>>, EgressError> {
        let deadline = Instant::now() + self.connect_timeout;
        let mut last = EgressError::Timeout {
            host: host_port(url),
            phase: TimeoutPhase::Connect,
        };
        for (at, address) in addresses.iter().enumerate() {
            let is_last = at + 1 == addresses.len();
            let until = if is_last {
                deadline
            } else {
                deadline.min(Instant::now() + ADDRESS_PATIENCE)
            };
            match timeout_at(until, TcpStream::connect(SocketAddr::new(*address, port))).await {
                Ok(Ok(stream)) => {
                    // Requests are small and written whole; waiting for more to send only adds latency.
                    let _ = stream.set_nodelay(true);
                    return Ok(TokioIo::new(JoinedWrites(stream)));
                }
                Ok(Err(error)) => {
                    last = EgressError::Connect {
                        host: host_port(url),
                        message: error.to_string(),
                    };
                }
                Err(_) => {
                    last = EgressError::Timeout {
                        host: host_port(url),
                        phase: TimeoutPhase::Connect,
                    }
                }
            }
        }
        Err(last)
    }
}

/// The connector of the pool: dial, then TLS where the scheme asks for it, all within one time limit.
#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<Dialer>,
    connect_timeout: Duration,
}

impl Connector {
    pub(crate) fn new(https: HttpsConnector<Dialer>, connect_timeout: Duration) -> Self {
        Self {
            https,
            connect_timeout,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<JoinedWrites<TcpStream>>>;
    type Error = EgressError;
    type Future = Connecting<Self::Response, EgressError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let deadline = Instant::now() + self.connect_timeout;
        let connecting = self.https.call(uri);
        Box::pin(async move {
            match timeout_at(deadline, connecting).await {
                Ok(Ok(stream)) => Ok(stream),
                // Whatever is not from the dialler happened in the handshake.
                Ok(Err(error)) => Err(match error.downcast::<EgressError>() {
                    Ok(error) => *error,
                    Err(error) => EgressError::Tls {
                        host,
                        message: innermost(error.as_ref()),
                    },
                }),
                Err(_) => Err(EgressError::Timeout {
                    host,
                    phase: TimeoutPhase::Connect,
                }),
            }
        })
    }
}

/// The most telling text of an error that wraps others.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

/// `host` or `host:port`, for messages.
pub(crate) fn host_port(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

#[cfg(test)]
mod tests;
