//! S-43: TLS 1.3 unless an app is excepted, and only certificates that hold.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use patchbay_egress::{Egress, EgressError, EgressPolicy, EgressRequest, Roots, url_parse};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::{Server, Table};

type Versions = &'static [&'static rustls::SupportedProtocolVersion];
const OLD: Versions = &[&rustls::version::TLS12];
const NEW: Versions = &[&rustls::version::TLS13];

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

enum Flaw {
    None,
    Expired,
    NotYet,
    SelfSigned,
    OtherAuthority,
    OtherHost,
}

struct Https {
    server: Server,
    egress: Egress,
}

impl Https {
    async fn new(versions: Versions, flaw: Flaw, alpn: &[&[u8]]) -> Self {
        let trusted = authority();
        let name = if matches!(flaw, Flaw::OtherHost) {
            "other.test"
        } else {
            "api.test"
        };
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        match flaw {
            Flaw::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Flaw::NotYet => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = match flaw {
            Flaw::SelfSigned => params.self_signed(&key),
            Flaw::OtherAuthority => params.signed_by(&key, &authority()),
            _ => params.signed_by(&key, &trusted),
        }
        .expect("a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a server configuration");
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let server = Server::new(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let io = hyper_util::rt::TokioIo::new(stream);
                    let service =
                        hyper::service::service_fn(|request: http::Request<_>| async move {
                            assert_eq!(request.version(), http::Version::HTTP_2);
                            let _: hyper::body::Incoming = request.into_body();
                            Ok::<_, std::convert::Infallible>(http::Response::new(
                                patchbay_egress::Body::from("two".to_owned()),
                            ))
                        });
                    let executor = hyper_util::rt::TokioExecutor::new();
                    let _ = hyper::server::conn::http2::Builder::new(executor)
                        .serve_connection(io, service)
                        .await;
                    return;
                }
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    if stream
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
                        .await
                        .is_err()
                    {
                        break;
                    }
                }
            }
        })
        .await;
        let loopback = vec!["127.0.0.1".parse().expect("an address")];
        let policy = EgressPolicy {
            allow: format!("api.test:{}", server.address.port())
                .parse()
                .expect("an allow list"),
            roots: Roots::none()
                .with_pem(trusted.pem().as_bytes())
                .expect("roots"),
            resolver: Arc::new(Table(HashMap::from([("api.test".to_owned(), loopback)]))),
            ..EgressPolicy::default()
        };
        Self {
            server,
            egress: Egress::new(policy).expect("an egress"),
        }
    }

    async fn get(&self, tls12: bool) -> Result<Vec<u8>, EgressError> {
        let url =
            url_parse(&format!("https://api.test:{}/", self.server.address.port())).expect("a URL");
        let request = EgressRequest {
            tls12,
            ..EgressRequest::new(Method::GET, url)
        };
        Ok(self.egress.send_bytes(request).await?.body.to_vec())
    }
}

fn assert_refused(outcome: Result<Vec<u8>, EgressError>) {
    let error = outcome.expect_err("a refusal");
    assert!(matches!(error, EgressError::Tls { .. }), "{error}");
    assert!(error.definitely_not_sent());
}

#[tokio::test]
async fn s43_tls12_only_where_excepted() {
    let old = Https::new(OLD, Flaw::None, &[]).await;
    assert_refused(old.get(false).await);
    assert_eq!(old.get(true).await.expect("an answer"), b"one");
    // A connection made under the exception does not serve a request without it.
    assert_refused(old.get(false).await);

    let new = Https::new(NEW, Flaw::None, &[]).await;
    assert_eq!(new.get(false).await.expect("an answer"), b"one");
    assert_eq!(new.get(true).await.expect("an answer"), b"one");
}

#[tokio::test]
async fn s43_bad_certificates_are_refused() {
    for flaw in [
        Flaw::Expired,
        Flaw::NotYet,
        Flaw::SelfSigned,
        Flaw::OtherAuthority,
        Flaw::OtherHost,
    ] {
        let server = Https::new(NEW, flaw, &[]).await;
        assert_refused(server.get(false).await);
        assert_refused(server.get(true).await);
    }
}

#[tokio::test]
async fn s43_plain_text_on_a_tls_port_is_refused() {
    let server = Server::fixed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let url = url_parse(&format!("https://{}/", server.address)).expect("a URL");
    let egress = server.egress();
    let request = EgressRequest {
        limits: crate::support::short(1024),
        ..EgressRequest::new(Method::GET, url)
    };
    assert!(egress.send(request).await.is_err());
}

#[tokio::test]
async fn http2_is_spoken_where_offered() {
    let server = Https::new(NEW, Flaw::None, &[b"h2", b"http/1.1"]).await;
    for _ in 0..3 {
        assert_eq!(server.get(false).await.expect("an answer"), b"two");
    }
    assert_eq!(server.server.accepted(), 1);
}

#[test]
fn extra_roots_say_what_is_wrong() {
    for bad in [
        "",
        "not a certificate",
        "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
    ] {
        assert!(Roots::none().with_pem(bad.as_bytes()).is_err(), "{bad:?}");
    }
}
