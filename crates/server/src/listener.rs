//! The listener: plain on loopback or behind a proxy, TLS 1.3 elsewhere; ends after what is in flight has ended.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::extract::connect_info::Connected;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use patchbay_egress::JoinedWrites;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::front::{Front, FrontOfConnection};

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<SocketAddr> for Peer {
    fn connect_info(address: SocketAddr) -> Self {
        Self(address)
    }
}

/// How long a client may take to shake hands, or to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// The certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
    /// A PEM file cannot be read or holds nothing of the kind.
    #[error("cannot read {what} from {path}: {reason}")]
    Pem {
        /// `a certificate` or `a private key`.
        what: &'static str,
        /// The file.
        path: String,
        /// What is odd.
        reason: String,
    },
    /// They do not belong together, or are of an unknown kind.
    #[error("the certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// TLS 1.3 and nothing older (requirement S2), with the operator's certificate.
pub fn tls_acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsFileError> {
    let pem_error = |what, path: &Path| {
        let path = path.display().to_string();
        move |error: rustls::pki_types::pem::Error| TlsFileError::Pem {
            what,
            path,
            reason: error.to_string(),
        }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(pem_error("a certificate", certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(pem_error("a private key", key))?;
    let mut config =
        rustls::ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop` is cancelled, then waits for what is in flight, `grace` at the longest.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    front: impl Into<Front>,
    stop: CancellationToken,
    grace: Duration,
) -> io::Result<()> {
    let front = front.into();
    let graceful = GracefulShutdown::new();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(64 * 1024);
    let builder = Arc::new(builder);
    loop {
        let (stream, address) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or the client left already: neither ends the server.
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let _ = stream.set_nodelay(true);
        let service = FrontOfConnection::new(front.clone(), Peer(address));
        let builder = Arc::clone(&builder);
        let watcher = graceful.watcher();
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => drive(&builder, JoinedWrites(stream), service, watcher).await,
                Some(tls) => match shake_hands(&tls, stream).await {
                    Ok(stream) => drive(&builder, stream, service, watcher).await,
                    Err(error) => tracing::debug!(%error, %address, "TLS handshake failed"),
                },
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests still in flight were cut off at the end of the grace period");
    }
    Ok(())
}

async fn shake_hands(
    tls: &TlsAcceptor,
    stream: TcpStream,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn drive<I>(
    builder: &auto::Builder<TokioExecutor>,
    stream: I,
    service: FrontOfConnection,
    watcher: hyper_util::server::graceful::Watcher,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error = %error, "a connection ended early");
    }
}
