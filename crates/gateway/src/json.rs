//! Requests whose answers are read here rather than passed on.

use std::sync::Arc;

use http::header::LOCATION;
use http::{HeaderMap, Method};
use patchbay_catalog::{Answer, host_allowed};
use patchbay_egress::BytesResponse;
use patchbay_model::{Actor, ConnectionId};
use serde_json::Value;

use crate::gateway::{Gateway, Opened};
use crate::headers::{accept_encoding_own, response_headers_keep};
use crate::scrub::Scrubber;
use crate::send::Bare;
use crate::{GatewayError, GatewayRequest};

/// Most redirects that are followed.
const REDIRECTS: usize = 5;
/// Largest body that is read, in bytes, where the request sets no limit of its own.
const LARGEST: u64 = 10 * 1024 * 1024;

/// A whole answer, without secrets.
pub struct GatewayAnswer {
    /// Status, headers and parsed body.
    pub answer: Answer,
    /// Finds the secrets of the credential that was used, for texts that are made of the answer.
    pub scrubber: Arc<Scrubber>,
    pub(crate) headers: HeaderMap,
}

impl GatewayAnswer {
    /// `{"status", "headers", "body"}`: the output of an HTTP step.
    pub fn into_value(self) -> Value {
        self.answer.value().clone()
    }
}

impl Gateway {
    /// Sends a request and reads the whole answer: JSON where it is JSON, else text. Live secrets that
    /// the app echoed are replaced.
    ///
    /// Redirects of `GET` and `HEAD` are followed, at most five, as long as they stay on the hosts that
    /// the connection is pinned to; any other redirect is the answer.
    pub async fn send_json(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        request: GatewayRequest,
    ) -> Result<GatewayAnswer, GatewayError> {
        let mut opened = self.open(actor, connection, request.purpose).await?;
        let bare = opened.bare(request)?;
        self.read(actor, &mut opened, bare).await
    }

    pub(crate) async fn read(
        &self,
        actor: &Actor,
        opened: &mut Opened,
        mut bare: Bare,
    ) -> Result<GatewayAnswer, GatewayError> {
        accept_encoding_own(&mut bare.headers);
        let limit = bare.limits.max_response_body.unwrap_or(LARGEST);
        let mut followed = 0;
        loop {
            let here = followable(&bare);
            let answer = self.exchange(actor, opened, bare).await?;
            let next = here
                .filter(|_| answer.status.is_redirection() && followed < REDIRECTS)
                .and_then(|here| redirected(opened, here, &answer.headers));
            let Some(next) = next else {
                return Ok(opened.understood(answer.bytes(limit).await?));
            };
            bare = next;
            followed += 1;
        }
    }
}

/// The request that a redirect asks for, if it stays on the pinned hosts.
fn redirected(opened: &Opened, mut bare: Bare, headers: &HeaderMap) -> Option<Bare> {
    // Where the credential is part of the path the app's URLs hold it already; adding it again would
    // not lead where the app meant.
    if opened.attach.is_in_path() {
        return None;
    }
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let mut url = bare.url.join(location).ok()?;
    url.set_fragment(None);
    let stays_secure = url.scheme() == "https" || bare.url.scheme() == "http";
    if !stays_secure || !host_allowed(&url, &opened.hosts) {
        return None;
    }
    bare.url = url;
    Some(bare)
}

/// The request once more, if a redirect of it may be followed.
fn followable(bare: &Bare) -> Option<Bare> {
    matches!(bare.method, Method::GET | Method::HEAD)
        .then(|| bare.replay())
        .flatten()
}

impl Opened {
    fn understood(&self, whole: BytesResponse) -> GatewayAnswer {
        let scrubber = self.scrubber();
        let BytesResponse {
            status,
            mut headers,
            body,
        } = whole;
        response_headers_keep(&mut headers);
        let texts = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let answer = Answer::new(status.as_u16(), texts, &body);
        let answer = answer.map(|value| scrubber.value(value));
        GatewayAnswer {
            answer,
            scrubber,
            headers,
        }
    }
}
