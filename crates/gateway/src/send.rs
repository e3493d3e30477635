//! One request through a connection, layer by layer.

use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method, StatusCode};
use patchbay_catalog::host_allowed;
use patchbay_connect::BODY_WHOLE_MAX;
use patchbay_egress::{Body, EgressError, EgressRequest, EgressResponse, Limits};
use patchbay_model::{Actor, ConnectionId};
use url::Url;

use crate::gateway::{Gateway, Opened};
use crate::headers::request_headers_keep;
use crate::{GatewayError, GatewayRequest, GatewayResponse};

/// A request without its credential.
pub(crate) struct Bare {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) limits: Limits,
}

impl Gateway {
    /// Sends a request to the connection's app and answers as soon as status and headers are there.
    ///
    /// Redirects are passed on as they are. A 401 renews the credential and sends once more if the body
    /// can be sent again; else the 401 is the answer.
    pub async fn send(
        &self,
        actor: &Actor,
        connection: &ConnectionId,
        request: GatewayRequest,
    ) -> Result<GatewayResponse, GatewayError> {
        // 1, 2: right and credential.
        let mut opened = self.open(actor, connection, request.purpose).await?;
        opened.refusal_is_answer = true;
        // 3: where to, and what passes of the caller's headers.
        let bare = opened.bare(request)?;
        // 4–8.
        let answer = self.exchange(actor, &mut opened, bare).await?;
        Ok(GatewayResponse {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    /// Layers 4 to 8 for a request whose URL was resolved.
    // An `async` block holds what it is given once, an `async fn` twice; this is moved along with every request.
    #[expect(clippy::manual_async_fn)]
    pub(crate) fn exchange(
        &self,
        actor: &Actor,
        opened: &mut Opened,
        mut bare: Bare,
    ) -> impl Future<Output = Result<EgressResponse, GatewayError>> + Send {
        async move {
            // A body that is signed or takes the key is read first, so that it can also be sent again.
            if opened.attach.reads_body(&bare.method, &bare.headers) {
                bare.body = Box::pin(whole(bare.body)).await?;
            }
            let again = bare.replay();
            self.cleared(opened, &bare.url).await?;
            let answer = self.out(actor, opened, bare)?.await?;
            // 7: a refused credential is renewed once.
            if answer.status != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            let better = match Box::pin(self.renew(actor, opened)).await {
                Err(error) if opened.refusal_is_answer => {
                    tracing::debug!(connection = %opened.live.connection.id, %error, "a refused credential stays refused");
                    false
                }
                outcome => outcome?,
            };
            match again {
                Some(again) if better => {
                    Box::pin(self.cleared(opened, &again.url)).await?;
                    Ok(Box::pin(self.out(actor, opened, again)?).await?)
                }
                _ => Ok(answer),
            }
        }
    }

    /// Whether a request may go, and when.
    async fn cleared(&self, opened: &Opened, url: &Url) -> Result<(), GatewayError> {
        // 4: the credential, to a pinned host and nowhere else. The URL was resolved against the same
        // list; this is the last line before the secret leaves, so it is asked here whatever came before.
        if !host_allowed(url, &opened.hosts) {
            return Err(opened.host_not_allowed(url));
        }
        // 5: at the app's pace. Waited for before anything is signed, for signatures grow old.
        let Some(limits) = &opened.app.limits else {
            return Ok(());
        };
        let pace = &self.inner.pace;
        let turn = pace.turn(&opened.app.slug, limits, &opened.live.connection.id);
        Box::pin(turn).await.map_err(|wait| GatewayError::Paced {
            app: opened.app.slug.clone(),
            wait,
        })
    }

    /// 6: out. 8: noted, whatever the answer is.
    fn out(
        &self,
        actor: &Actor,
        opened: &Opened,
        bare: Bare,
    ) -> Result<impl Future<Output = Result<EgressResponse, EgressError>> + Send, GatewayError>
    {
        let request = attached(opened, bare)?;
        self.inner.connector.used(actor, &opened.live.connection.id);
        Ok(self.inner.egress.send(request))
    }
}

async fn whole(body: Body) -> Result<Body, GatewayError> {
    body.into_whole(BODY_WHOLE_MAX).await.ok_or_else(|| {
        GatewayError::Unsendable(format!(
            "its body is read whole for this app, and it broke off or is larger than {} MiB",
            BODY_WHOLE_MAX / (1024 * 1024)
        ))
    })
}

/// Layer 4: what the credential does, replacing whatever stood there.
fn attached(opened: &Opened, bare: Bare) -> Result<EgressRequest, GatewayError> {
    let Bare {
        method,
        url,
        headers,
        body,
        limits,
    } = bare;
    let mut request = EgressRequest {
        method,
        url,
        headers,
        body,
        limits,
        tls12: opened.live.tls12,
    };
    opened.attach.put(&mut request)?;
    // Nothing that a credential does may lead elsewhere.
    if !host_allowed(&request.url, &opened.hosts) {
        return Err(opened.host_not_allowed(&request.url));
    }
    Ok(request)
}

/// A header from texts; neither is repeated in the error, for one of them may be a secret.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), GatewayError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        GatewayError::Unsendable(
            "a header name has characters that header names do not have".to_owned(),
        )
    })?;
    let value = HeaderValue::from_str(value).map_err(|_| {
        GatewayError::Unsendable(format!(
            "the value of header {name} has a line break or control character"
        ))
    })?;
    Ok((name, value))
}

/// Seconds or a date (RFC 9110 §10.2.3); only seconds are read, dates are rare and need a clock in step.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<std::time::Duration> {
    let seconds: u64 = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(std::time::Duration::from_secs(seconds))
}

impl Bare {
    pub(crate) fn replay(&self) -> Option<Self> {
        Some(Self {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.replay()?,
            limits: self.limits,
        })
    }
}

impl Opened {
    fn host_not_allowed(&self, url: &Url) -> GatewayError {
        let allowed: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        GatewayError::Request(patchbay_catalog::RenderError::HostNotAllowed {
            host: url.host_str().unwrap_or_default().to_owned(),
            allowed: allowed.join(", "),
        })
    }

    /// Layer 3: the URL on a pinned host, the app's own headers, and of the caller's those that may pass.
    pub(crate) fn bare(&self, request: GatewayRequest) -> Result<Bare, GatewayError> {
        let GatewayRequest {
            method,
            target,
            query,
            mut headers,
            body,
            idempotency_key,
            limits,
            ..
        } = request;
        let mut url = self.app.target_url(&self.base, &target, &self.hosts)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        request_headers_keep(&mut headers);
        if let Some(key) = idempotency_key {
            let (name, value) = header("idempotency-key", &key)?;
            headers.insert(name, value);
        }
        for (name, value) in &self.headers {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
        Ok(Bare {
            method,
            url,
            headers,
            body,
            limits,
        })
    }
}
