//! Asking the app whether a credential works, and whose it is.

use std::time::Duration;

use patchbay_catalog::{
    Answer, App, AuthMethod, CallContext, ConnectionFacts, HostPort, RequestParts, Settings,
};
use patchbay_egress::{Body, BytesResponse, EgressError, EgressRequest, Limits};
use patchbay_model::{AccountIdentity, Code, ConnectionStatus, Problem, StatusReason};
use patchbay_vault::SecretMap;
use serde_json::json;

use crate::{Attached, Connector, oauth};

/// A credential about to be checked, with all that the request needs.
pub(crate) struct Candidate<'a> {
    pub(crate) app: &'a App,
    pub(crate) method: &'a AuthMethod,
    pub(crate) settings: &'a Settings,
    pub(crate) hosts: &'a [HostPort],
    pub(crate) facts: &'a ConnectionFacts,
    pub(crate) secrets: &'a SecretMap,
    pub(crate) tls12: bool,
}

/// Why a credential did not pass.
#[derive(Debug, Clone)]
pub(crate) struct Rejection {
    pub(crate) reason: RejectionReason,
    /// The provider's own words, without any secret in them.
    pub(crate) provider: Option<String>,
    /// One sentence for people.
    pub(crate) message: String,
}

/// Why a credential did not pass, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RejectionReason {
    WrongKey,
    NoPermission,
    HostUnreachable,
    ProviderDown,
    UnexpectedAnswer,
}

impl RejectionReason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::NoPermission => "no_permission",
            Self::HostUnreachable => "host_unreachable",
            Self::ProviderDown => "provider_down",
            Self::UnexpectedAnswer => "unexpected_answer",
        }
    }

    /// How a stored connection stands whose credential did not pass for this reason.
    pub(crate) const fn status(self) -> (ConnectionStatus, StatusReason) {
        let reason = match self {
            Self::WrongKey => StatusReason::CredentialRejected,
            Self::NoPermission => StatusReason::PermissionMissing,
            Self::HostUnreachable => StatusReason::HostUnreachable,
            Self::ProviderDown | Self::UnexpectedAnswer => StatusReason::ProviderUnavailable,
        };
        (ConnectionStatus::Error, reason)
    }
}

impl Rejection {
    pub(crate) fn problem(&self, method: &AuthMethod, settings: &Settings) -> Problem {
        let field = match self.reason {
            RejectionReason::WrongKey => method.secret_fields().next().map(str::to_owned),
            RejectionReason::HostUnreachable => settings.keys().next().cloned(),
            _ => None,
        };
        let mut details = json!({
            "reason": self.reason.as_str(),
            "providerMessage": self.provider,
        });
        if let Some(field) = field {
            details["field"] = field.into();
        }
        Problem::new(Code::CredentialRejected, self.message.clone()).with_details(details)
    }
}

/// A check is a small request; an app that takes longer is down for the person who waits.
pub(crate) const LIMITS: Limits = Limits {
    total: Duration::from_secs(20),
    idle: Duration::from_secs(15),
    max_response_body: Some(1024 * 1024),
};

impl Connector {
    /// Sends the app's verify request with the credential. An app without one passes with no account.
    pub(crate) async fn verify(
        &self,
        candidate: &Candidate<'_>,
    ) -> Result<AccountIdentity, Rejection> {
        let nobody = AccountIdentity {
            id: None,
            label: None,
        };
        let context = CallContext::new(candidate.settings)
            .with_method(candidate.method)
            .with_connection(candidate.facts);
        let request = candidate
            .app
            .verify_request(&context, candidate.hosts)
            .map_err(|error| unusable(&error.to_string()))?;
        let Some(request) = request else {
            return Ok(nobody);
        };
        let attached = Attached::new(
            candidate.app,
            candidate.method,
            candidate.settings,
            candidate.facts,
            candidate.secrets,
        )
        .map_err(|error| unusable(&error.to_string()))?;
        let out = outgoing(request, &attached, candidate.tls12)?;
        let answer = self.inner.egress.send_bytes(out).await;
        judged(candidate, answer)
    }
}

/// A request of the manifest with the credential on it.
pub(crate) fn outgoing(
    request: RequestParts,
    attached: &Attached,
    tls12: bool,
) -> Result<EgressRequest, Rejection> {
    let method = http::Method::from_bytes(request.method.as_bytes())
        .map_err(|_| unusable("the method of a call is not one of HTTP"))?;
    let mut out = EgressRequest::new(method, request.url);
    out.headers = oauth::header_map(&request.headers);
    if let Some(body) = request.body {
        out.body = Body::from(bytes::Bytes::from(body));
    }
    out.limits = LIMITS;
    out.tls12 = tls12;
    attached
        .put(&mut out)
        .map_err(|error| unusable(&error.to_string()))?;
    Ok(out)
}

pub(crate) fn unusable(message: &str) -> Rejection {
    Rejection {
        reason: RejectionReason::UnexpectedAnswer,
        provider: None,
        message: crate::error::sentence(message),
    }
}

fn judged(
    candidate: &Candidate<'_>,
    answer: Result<BytesResponse, EgressError>,
) -> Result<AccountIdentity, Rejection> {
    let app = candidate.app;
    let answer = answer.map_err(|error| unanswered(app, &error))?;
    let headers = answer
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let answer = Answer::new(answer.status.as_u16(), headers, &answer.body);
    let verification = app.verification(&answer, candidate.settings);
    let expects_json = app
        .verify
        .as_ref()
        .is_some_and(|verify| verify.account.is_some());
    let is_text = answer.body().is_string();
    if verification.ok && !(expects_json && is_text) {
        return Ok(verification.account);
    }
    let status = answer.status();
    let unauthorized = app
        .call_failure(&answer)
        .is_some_and(|failure| failure.unauthorized);
    let reason = match status {
        _ if unauthorized => RejectionReason::WrongKey,
        403 => RejectionReason::NoPermission,
        429 | 500.. => RejectionReason::ProviderDown,
        400 | 422 => RejectionReason::WrongKey,
        200..=299 if answer.body().is_object() => RejectionReason::WrongKey,
        _ => RejectionReason::UnexpectedAnswer,
    };
    let provider = verification
        .message
        .or_else(|| words(&answer))
        .map(|text| scrubbed(&text, candidate.secrets));
    Err(Rejection {
        reason,
        message: described(app, reason, status),
        provider,
    })
}

pub(crate) fn unanswered(app: &App, error: &EgressError) -> Rejection {
    let reason = match error {
        error if error.definitely_not_sent() => RejectionReason::HostUnreachable,
        EgressError::TooLarge { .. } | EgressError::Protocol { .. } => {
            RejectionReason::UnexpectedAnswer
        }
        _ => RejectionReason::ProviderDown,
    };
    Rejection {
        reason,
        provider: None,
        message: format!("{} could not be asked: {error}", app.name),
    }
}

fn described(app: &App, reason: RejectionReason, status: u16) -> String {
    let name = &app.name;
    match reason {
        RejectionReason::WrongKey => {
            format!("{name} does not accept this credential; check it and paste it again.")
        }
        RejectionReason::NoPermission => format!(
            "{name} knows this credential but it lacks a permission (status {status}); grant it at {name} or use another."
        ),
        RejectionReason::ProviderDown => {
            format!("{name} is failing at the moment (status {status}); try again in a while.")
        }
        RejectionReason::HostUnreachable | RejectionReason::UnexpectedAnswer => format!(
            "The answer (status {status}) is not one that {name} gives; check the address and the settings."
        ),
    }
}

/// What an error answer commonly says, where the manifest does not know.
fn words(answer: &Answer) -> Option<String> {
    let body = answer.body();
    let text = [
        "error_description",
        "message",
        "error",
        "detail",
        "description",
    ]
    .iter()
    .find_map(|name| match body.get(name)? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => other.get("message")?.as_str().map(str::to_owned),
    })?;
    Some(
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(300)
            .collect(),
    )
}

/// Some apps repeat the credential in their error.
pub(crate) fn scrubbed(text: &str, secrets: &SecretMap) -> String {
    const SHORTEST: usize = 4;
    secrets
        .iter()
        .map(|(_, secret)| secret.expose())
        .filter(|secret| secret.len() >= SHORTEST)
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret, "***REDACTED***")
        })
}
