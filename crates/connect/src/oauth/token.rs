//! The token endpoint: one request, its answer read or its failure classed.

use std::time::Duration;

use patchbay_catalog::{
    App, AuthMethod, Grant, LoginContext, OAuthContext, RenderError, Settings, TokenFailure,
    TokenFailureKind, TokenRequest, manifest::ExchangeManifest,
};
use patchbay_egress::{Body, EgressError, EgressRequest, Limits};
use patchbay_model::Timestamp;
use patchbay_vault::{Secret, SecretMap};

use crate::{
    Connector,
    attach::{exposed, jwt_signed},
};

/// A token, counted from the moment its request was sent.
pub(crate) struct Granted {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// Further tokens of the same answer, by name.
    pub(crate) tokens: Vec<(String, Secret)>,
    /// When it stops working; `None`: it does not say.
    pub(crate) expires_at: Option<Timestamp>,
    /// How long it lives in all.
    pub(crate) lifetime: Option<Duration>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) keep: Settings,
}

/// Why there is no token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TokenError {
    pub(crate) class: TokenErrorClass,
    /// The provider's error code and words, as far as there are any.
    pub(crate) provider: Option<String>,
    /// One sentence for people.
    pub(crate) message: String,
}

/// What a failure means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenErrorClass {
    /// What was presented (code or refresh token) is not valid any more.
    Permanent,
    /// The client or the endpoint is wrong: an admin must mend it; the grant may still be good.
    App,
    /// The provider asks to wait.
    Throttled(Option<Duration>),
    /// No byte of the request left: it can be repeated without harm.
    NotSent,
    /// The provider may have acted, but its answer is lost.
    Uncertain,
    /// The provider answered, but not with a token that can be used.
    Malformed,
}

/// Longest wait a provider's `Retry-After` is obeyed for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

impl Connector {
    /// Exchanges a grant for a token. Sends one request, follows no redirect, and never tries again by itself.
    pub(crate) async fn token_ask(
        &self,
        app: &App,
        method: &AuthMethod,
        context: &OAuthContext<'_>,
        grant: &Grant<'_>,
        tls12: bool,
    ) -> Result<Granted, TokenError> {
        let request = app
            .token_request(method, context, grant)
            .map_err(|error| unrendered(&error))?;
        let mut granted = self
            .token_asked(app, method, request, Reading::Token, tls12)
            .await?;
        if !matches!(grant, Grant::Code { .. }) {
            return Ok(granted);
        }
        for exchange in method.oauth.iter().flat_map(|oauth| &oauth.exchange) {
            let request = app
                .exchange_request(method, exchange, context, granted.access_token.expose())
                .map_err(|error| unrendered(&error))?;
            let mut next = self
                .token_asked(app, method, request, Reading::Exchange(exchange), tls12)
                .await?;
            // What only an earlier answer says counts too: whose account it is, a refresh token.
            let mut keep = granted.keep;
            keep.extend(next.keep);
            next.keep = keep;
            next.refresh_token = next.refresh_token.or(granted.refresh_token);
            next.scopes = next.scopes.or(granted.scopes);
            granted = next;
        }
        Ok(granted)
    }

    /// Logs in with the fields of a form, or by the refresh token of an earlier login.
    pub(crate) async fn login_ask(
        &self,
        app: &App,
        method: &AuthMethod,
        settings: &Settings,
        fields: &SecretMap,
        refresh_token: Option<&Secret>,
        tls12: bool,
    ) -> Result<Granted, TokenError> {
        let mut credential = exposed(fields);
        if let Some(token) = refresh_token {
            credential.push(("refresh_token", token.expose()));
            let context = LoginContext {
                settings,
                credential: &credential,
            };
            let request = app
                .login_refresh_request(method, &context)
                .map_err(|error| unrendered(&error))?;
            if let Some(request) = request {
                let renewed = self
                    .token_asked(app, method, request, Reading::Token, tls12)
                    .await;
                match renewed {
                    // Its time is over; the fields still are good, perhaps.
                    Err(error) if error.class == TokenErrorClass::Permanent => {
                        tracing::debug!(app = %app.slug, "a login is made again, for its refresh token is refused");
                    }
                    other => return other,
                }
            }
        }
        let jwt = jwt_signed(app, method, settings, fields).map_err(|error| unrendered(&error))?;
        if let Some(jwt) = &jwt {
            credential.push(("jwt", jwt.expose()));
        }
        let context = LoginContext {
            settings,
            credential: &credential,
        };
        let request = app
            .login_request(method, &context)
            .map_err(|error| unrendered(&error))?;
        self.token_asked(app, method, request, Reading::Token, tls12)
            .await
    }

    async fn token_asked(
        &self,
        app: &App,
        method: &AuthMethod,
        request: TokenRequest,
        reading: Reading<'_>,
        tls12: bool,
    ) -> Result<Granted, TokenError> {
        let sent = Timestamp::now();
        let answer = self
            .inner
            .egress
            .send_bytes(outgoing(request, tls12))
            .await
            .map_err(|error| unanswered(app, &error))?;
        let headers: Vec<(&str, &str)> = answer
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let status = answer.status.as_u16();
        if answer.status.is_redirection() {
            return Err(redirected(app, status));
        }
        let (body, now) = (&answer.body, sent.seconds());
        let read = match reading {
            Reading::Token => app.token_answer(method, status, &headers, body, now),
            Reading::Exchange(exchange) => {
                app.exchange_answer(method, exchange, status, &headers, body, now)
            }
        };
        let answer = read.map_err(|failure| refused(app, &failure, &headers))?;
        let access_token = Secret::new(answer.access_token);
        let refresh_token = answer.refresh_token.map(Secret::new);
        let tokens: Vec<(String, Secret)> = answer
            .tokens
            .into_iter()
            .map(|(name, token)| (name, Secret::new(token)))
            .collect();
        if !is_sendable(&access_token)
            || refresh_token.as_ref().is_some_and(|t| !is_sendable(t))
            || tokens.iter().any(|(_, token)| !is_sendable(token))
        {
            return Err(TokenError {
                class: TokenErrorClass::Malformed,
                provider: None,
                message: format!(
                    "{} answered with a token that holds characters no token may have, so it was not saved.",
                    app.name
                ),
            });
        }
        let lifetime = answer
            .expires_in
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs);
        Ok(Granted {
            access_token,
            refresh_token,
            tokens,
            expires_at: lifetime.map(|lifetime| sent.plus(lifetime)),
            lifetime,
            scopes: answer.scopes,
            keep: answer.keep,
        })
    }
}

/// Tokens are visible ASCII and space (RFC 6749, appendix A.12 and A.17): anything else could end a header.
fn is_sendable(token: &Secret) -> bool {
    token
        .expose()
        .bytes()
        .all(|byte| (0x20..=0x7e).contains(&byte))
}

/// How an answer is read.
#[derive(Clone, Copy)]
enum Reading<'m> {
    Token,
    Exchange(&'m ExchangeManifest),
}

/// A request to a token endpoint, ready to be sent.
pub(crate) fn outgoing(request: TokenRequest, tls12: bool) -> EgressRequest {
    let method = http::Method::from_bytes(request.method.as_bytes()).unwrap_or(http::Method::POST);
    let mut out = EgressRequest::new(method, request.url);
    out.headers = header_map(&request.headers);
    out.body = Body::from(bytes::Bytes::from(request.body));
    out.limits = Limits::TOKEN;
    out.tls12 = tls12;
    out
}

pub(crate) fn redirected(app: &App, status: u16) -> TokenError {
    TokenError {
        class: TokenErrorClass::App,
        provider: Some(format!("status {status}")),
        message: format!(
            "The token endpoint of {} answered with a redirect, which is not followed; check the endpoint's address.",
            app.name
        ),
    }
}

pub(crate) fn unrendered(error: &RenderError) -> TokenError {
    TokenError {
        class: TokenErrorClass::App,
        provider: None,
        message: crate::error::sentence(&error.to_string()),
    }
}

/// Headers as rendered; one that cannot stand in a request is left out, which the renderer has refused before.
pub(crate) fn header_map(headers: &[(String, String)]) -> http::HeaderMap {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let name = http::HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = http::HeaderValue::from_str(value).ok()?;
            Some((name, value))
        })
        .collect()
}

pub(crate) fn unanswered(app: &App, error: &EgressError) -> TokenError {
    let class = match error {
        error if error.is_refused() => TokenErrorClass::App,
        error if error.definitely_not_sent() => TokenErrorClass::NotSent,
        EgressError::TooLarge { .. } => TokenErrorClass::Malformed,
        _ => TokenErrorClass::Uncertain,
    };
    TokenError {
        class,
        provider: None,
        message: format!("{} could not be asked: {error}", app.name),
    }
}

pub(crate) fn refused(app: &App, failure: &TokenFailure, headers: &[(&str, &str)]) -> TokenError {
    let retry_after = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let class = class_of(failure, retry_after);
    let message = match class {
        TokenErrorClass::App => format!(
            "{} refuses the OAuth client: {}. An admin can check it under Settings, OAuth clients",
            app.name, failure.message
        ),
        _ => failure.message.clone(),
    };
    TokenError {
        class,
        provider: answer_words(failure.error.as_deref(), failure.description.as_deref()),
        message: crate::error::sentence(&message),
    }
}

/// A provider's error code and words in one line.
pub(crate) fn answer_words(code: Option<&str>, words: Option<&str>) -> Option<String> {
    match (code, words) {
        (Some(code), Some(words)) => Some(format!("{code}: {words}")),
        (Some(text), None) | (None, Some(text)) => Some(text.to_owned()),
        (None, None) => None,
    }
}

/// RFC 6749 §5.2 codes, and those of providers that have their own.
fn class_of(failure: &TokenFailure, retry_after: Option<Duration>) -> TokenErrorClass {
    if failure.status == 429 || (failure.status == 503 && retry_after.is_some()) {
        return TokenErrorClass::Throttled(retry_after);
    }
    match failure.kind {
        TokenFailureKind::Unreadable
        | TokenFailureKind::NoToken
        | TokenFailureKind::BadToken
        | TokenFailureKind::HostRefused
        | TokenFailureKind::Incomplete => {
            return if failure.status >= 500 {
                TokenErrorClass::Uncertain
            } else {
                TokenErrorClass::Malformed
            };
        }
        TokenFailureKind::Refused | TokenFailureKind::Status => {}
    }
    match failure.error.as_deref() {
        Some(
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "unsupported_grant_type"
            | "redirect_uri_mismatch"
            | "incorrect_client_credentials"
            | "bad_client_secret"
            | "bad_redirect_uri"
            | "invalid_client_id"
            | "invalid_request",
        ) => TokenErrorClass::App,
        Some("slow_down" | "ratelimited" | "rate_limited" | "temporarily_unavailable") => {
            TokenErrorClass::Throttled(retry_after)
        }
        Some("server_error" | "internal_error" | "fatal_error" | "service_unavailable") => {
            TokenErrorClass::Uncertain
        }
        Some(_) if failure.status < 500 => TokenErrorClass::Permanent,
        _ => match failure.status {
            408 | 500.. => TokenErrorClass::Uncertain,
            404 | 405 | 410 => TokenErrorClass::App,
            400 | 401 | 403 => TokenErrorClass::Permanent,
            _ => TokenErrorClass::Malformed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: TokenFailureKind, status: u16, error: Option<&str>) -> TokenFailure {
        TokenFailure {
            kind,
            status,
            error: error.map(str::to_owned),
            description: None,
            message: String::new(),
        }
    }

    #[test]
    fn failures_are_classed() {
        use TokenErrorClass as Class;
        use TokenFailureKind as Kind;
        let cases = [
            (Kind::Refused, 400, Some("invalid_grant"), Class::Permanent),
            (
                Kind::Refused,
                200,
                Some("bad_refresh_token"),
                Class::Permanent,
            ),
            (
                Kind::Refused,
                200,
                Some("invalid_refresh_token"),
                Class::Permanent,
            ),
            (Kind::Refused, 401, Some("invalid_client"), Class::App),
            (Kind::Refused, 400, Some("invalid_scope"), Class::App),
            (Kind::Status, 404, None, Class::App),
            (Kind::Status, 500, None, Class::Uncertain),
            (Kind::Status, 502, None, Class::Uncertain),
            (Kind::Refused, 500, Some("oops"), Class::Uncertain),
            (Kind::Status, 429, None, Class::Throttled(None)),
            (Kind::NoToken, 200, None, Class::Malformed),
            (Kind::Unreadable, 200, None, Class::Malformed),
            (Kind::BadToken, 200, None, Class::Malformed),
        ];
        for (kind, status, error, class) in cases {
            assert_eq!(
                class_of(&failure(kind, status, error), None),
                class,
                "{kind:?} {status} {error:?}"
            );
        }
        let wait = Some(Duration::from_secs(7));
        assert_eq!(
            class_of(&failure(Kind::Status, 503, None), wait),
            Class::Throttled(wait)
        );
    }

    #[test]
    fn s39_tokens_are_visible_ascii() {
        for bad in ["a\r\nX: y", "a\0b", "tök", "a\u{7f}"] {
            assert!(!is_sendable(&Secret::new(bad)), "{bad:?}");
        }
        assert!(is_sendable(&Secret::new("ya29.a0AfB_by-~+/==")));
    }
}
