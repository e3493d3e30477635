//! Requests without a connection: no credential, the same guard and limits.

use http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION};
use http::{HeaderMap, Method};
use patchbay_catalog::Answer;
use patchbay_egress::{Body, EgressRequest, Limits, url_parse};
use patchbay_model::{Actor, Right};
use serde_json::Value;

use crate::headers::response_headers_keep;
use crate::{Gateway, GatewayError};

/// Most redirects that are followed.
const REDIRECTS: usize = 5;

/// A request to any public address.
pub struct PlainRequest {
    /// Method.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// Parameters to add to the URL's own.
    pub query: Vec<(String, String)>,
    /// Headers, the author's own `Authorization` among them.
    pub headers: HeaderMap,
    /// Body.
    pub body: Body,
    /// Sent as `Idempotency-Key`, the same for every attempt of a step.
    pub idempotency_key: Option<String>,
    /// Time and size limits.
    pub limits: Limits,
}

impl Gateway {
    /// Sends a request without a credential and reads the whole answer: `{"status", "headers", "body"}`.
    ///
    /// Redirects of `GET` and `HEAD` are followed, at most five; to another origin without the author's `Authorization`
    /// and `Cookie`. Every address on the way passes the guard of egress.
    pub async fn send_plain(
        &self,
        actor: &Actor,
        request: PlainRequest,
    ) -> Result<Value, GatewayError> {
        actor
            .require(Right::ConnectionUse)
            .map_err(|problem| GatewayError::Denied(Box::new(problem)))?;
        let mut url = url_parse(&request.url)?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        url.set_fragment(None);
        let mut headers = request.headers;
        for name in [HOST, CONTENT_LENGTH, PROXY_AUTHORIZATION] {
            headers.remove(name);
        }
        if let Some(key) = &request.idempotency_key {
            let key = key
                .parse()
                .map_err(|_| GatewayError::Unsendable("the Idempotency-Key is no header".into()))?;
            headers.insert("idempotency-key", key);
        }
        let mut body = request.body;
        let mut followed = 0;
        loop {
            let again = matches!(request.method, Method::GET | Method::HEAD)
                .then(|| body.replay())
                .flatten();
            let answer = self
                .inner
                .egress
                .send_bytes(EgressRequest {
                    method: request.method.clone(),
                    url: url.clone(),
                    headers: headers.clone(),
                    body,
                    limits: request.limits,
                    tls12: false,
                })
                .await?;
            let next = answer
                .headers
                .get(LOCATION)
                .filter(|_| answer.status.is_redirection() && followed < REDIRECTS)
                .and_then(|to| to.to_str().ok())
                .and_then(|to| url.join(to).ok())
                .filter(|to| to.scheme() == "https" || url.scheme() == "http");
            if let (Some(to), Some(again)) = (next, again) {
                if to.origin() != url.origin() {
                    headers.remove(AUTHORIZATION);
                    headers.remove(COOKIE);
                }
                url = to;
                body = again;
                followed += 1;
                continue;
            }
            let mut headers = answer.headers;
            response_headers_keep(&mut headers);
            let texts = headers
                .iter()
                .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            let answer = Answer::new(answer.status.as_u16(), texts, &answer.body);
            return Ok(answer.value().clone());
        }
    }
}
