//! What the ways in need to know from the operator.

use url::Url;

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where people reach Patchbay; redirect URIs and webhook URLs start with it. No trailing slash in its text form.
    pub public_url: Url,
    /// Whether a proxy in front sets `X-Forwarded-For`; otherwise the peer's address is the caller's.
    pub behind_proxy: bool,
    /// Whether the listener is bound to loopback only.
    pub loopback_only: bool,
    /// Requests a minute that one caller may make.
    pub rate_limit_per_minute: u32,
    /// Token that `/metrics` asks for; without one, only loopback callers of a loopback listener are answered.
    pub metrics_token: Option<String>,
}

impl ServerConfig {
    /// The public URL without a trailing slash, to put paths behind.
    pub fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// Whether browsers reach Patchbay over TLS, so that cookies can be `Secure` and `__Host-`.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
