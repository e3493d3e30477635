//! What goes in and what comes out.

use http::{HeaderMap, Method, StatusCode};
use patchbay_connect::Purpose;
use patchbay_egress::{Body, Limits, ResponseBody};

/// A request to an app through a connection. It names the connection's app only by where it goes; the
/// credential is added on the way out.
pub struct GatewayRequest {
    /// What for, for the audit log and the rules of use.
    pub purpose: Purpose,
    /// Method.
    pub method: Method,
    /// A path below the app's `base_url`, or an absolute URL on one of the connection's hosts.
    pub target: String,
    /// Parameters to add to the target's own.
    pub query: Vec<(String, String)>,
    /// Headers; see [`crate::response_headers_keep`] and the README for what does not pass.
    pub headers: HeaderMap,
    /// Body. A stream is sent once; everything else may be sent again after a refreshed credential.
    pub body: Body,
    /// Sent as `Idempotency-Key`, the same for every attempt of a step.
    pub idempotency_key: Option<String>,
    /// Time and size limits.
    pub limits: Limits,
}

impl GatewayRequest {
    /// A request without parameters, headers and body, with [`Limits::WHOLE`].
    pub fn new(purpose: Purpose, method: Method, target: impl Into<String>) -> Self {
        Self {
            purpose,
            method,
            target: target.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::empty(),
            idempotency_key: None,
            limits: Limits::WHOLE,
        }
    }
}

/// An app's answer as it arrives, status, headers and body as sent.
pub struct GatewayResponse {
    /// Status.
    pub status: StatusCode,
    /// Headers as sent, `Set-Cookie` and hop-by-hop ones included; see [`crate::response_headers_keep`].
    pub headers: HeaderMap,
    /// Body as sent.
    pub body: ResponseBody,
}
