//! The TLS policy of outgoing connections.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Trusted certificate authorities could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// The text is not PEM, or holds no certificate.
    #[error("the extra CA file holds no readable PEM certificate: {0}")]
    Pem(String),
    /// A certificate in it cannot be used as a trust anchor.
    #[error("certificate {number} of the extra CA file cannot be trusted: {message}")]
    Anchor {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        message: String,
    },
}

/// The certificate authorities that servers are checked against.
#[derive(Clone, Debug)]
pub struct Roots {
    store: RootCertStore,
}

impl Default for Roots {
    /// Mozilla's list, compiled in.
    fn default() -> Self {
        Self {
            store: RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            },
        }
    }
}

impl Roots {
    /// No authority at all; add some with [`Roots::with_pem`].
    #[must_use]
    pub fn none() -> Self {
        Self {
            store: RootCertStore::empty(),
        }
    }

    /// The same plus every certificate of a PEM text, for servers of a company's own authority.
    pub fn with_pem(mut self, pem: &[u8]) -> Result<Self, RootsError> {
        let mut number = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            number += 1;
            let certificate = certificate.map_err(|error| RootsError::Pem(error.to_string()))?;
            self.store
                .add(certificate)
                .map_err(|error| RootsError::Anchor {
                    number,
                    message: error.to_string(),
                })?;
        }
        if number == 0 {
            return Err(RootsError::Pem("no certificate in it".to_owned()));
        }
        Ok(self)
    }
}

/// TLS 1.3 alone, or 1.2 as well where an admin said so for an app. There is no way to switch off the
/// checking of certificates. ALPN is left to the HTTPS connector.
pub(crate) fn client_config(roots: &Roots, tls12: bool) -> Result<ClientConfig, rustls::Error> {
    const MODERN: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
    const OLD_TOO: &[&rustls::SupportedProtocolVersion] =
        &[&rustls::version::TLS13, &rustls::version::TLS12];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(if tls12 { OLD_TOO } else { MODERN })?
        .with_root_certificates(roots.store.clone())
        .with_no_client_auth())
}
