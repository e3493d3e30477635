use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ambiguous::is_ambiguous;
use crate::answer::Answer;
use crate::app::App;
use crate::auth::AuthMethod;
use crate::context::Settings;
use crate::error::RenderError;
use crate::json_path;
use crate::keep::{self, KeepError};
use crate::manifest::{ExchangeManifest, ResponseManifest, ScopeSeparator};

/// A token that was granted. No `Debug`: the caller moves the tokens into
/// secrets at once.
#[derive(Clone)]
pub struct TokenAnswer {
    /// Access token.
    pub access_token: String,
    /// Refresh token; absent means: keep the one there is (RFC 6749 §6).
    pub refresh_token: Option<String>,
    /// Further tokens, by the name they have in `credential`.
    pub tokens: Vec<(String, String)>,
    /// Seconds from now until the access token ends; `None` = it does not end.
    pub expires_in: Option<i64>,
    /// Scopes granted; `None` = those asked for (RFC 6749 §5.1).
    pub scopes: Option<Vec<String>>,
    /// What belongs into the connection's settings.
    pub keep: Settings,
}

/// Why there is no token in an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TokenFailure {
    /// What kind of answer it was.
    pub kind: TokenFailureKind,
    /// HTTP status.
    pub status: u16,
    /// The provider's error code, such as `invalid_grant`.
    pub error: Option<String>,
    /// The provider's words, shortened.
    pub description: Option<String>,
    /// One sentence for people.
    pub message: String,
}

/// Kinds of answers without a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFailureKind {
    /// The provider says that it is an error, with whatever status.
    Refused,
    /// The status is no success and the body tells nothing.
    Status,
    /// The body is neither JSON nor a form.
    Unreadable,
    /// A success, but without an access token.
    NoToken,
    /// A token that cannot be sent in a header.
    BadToken,
    /// The answer names a host that the app does not allow.
    HostRefused,
    /// Beside the token something is missing that the connection needs, or is not of its form.
    Incomplete,
}

/// How one answer is read.
struct Rules<'a> {
    response: &'a ResponseManifest,
    default_ttl: Option<u32>,
    separator: ScopeSeparator,
}

/// Lifetimes are cut to this: a hundred years in seconds.
const LONGEST_LIFE: f64 = 3_155_760_000.0;

impl App {
    /// Reads the answer of the token endpoint. `now` is in epoch seconds.
    pub fn token_answer(
        &self,
        method: &AuthMethod,
        status: u16,
        headers: &[(&str, &str)],
        body: &[u8],
        now: i64,
    ) -> Result<TokenAnswer, TokenFailure> {
        let rules = match (&method.oauth, &method.login) {
            (Some(oauth), _) => Rules {
                response: &oauth.response,
                default_ttl: oauth.default_ttl,
                separator: oauth.scope_separator,
            },
            (None, Some(login)) => Rules {
                response: &login.response,
                default_ttl: login.default_ttl,
                separator: ScopeSeparator::Space,
            },
            (None, None) => return Err(self.no_tokens(status)),
        };
        self.token_read(&rules, status, headers, body, now)
    }

    /// Reads the answer of an exchange that follows a code.
    pub fn exchange_answer(
        &self,
        method: &AuthMethod,
        exchange: &ExchangeManifest,
        status: u16,
        headers: &[(&str, &str)],
        body: &[u8],
        now: i64,
    ) -> Result<TokenAnswer, TokenFailure> {
        let Some(oauth) = &method.oauth else {
            return Err(self.no_tokens(status));
        };
        let rules = Rules {
            response: exchange.response.as_ref().unwrap_or(&oauth.response),
            default_ttl: oauth.default_ttl,
            separator: oauth.scope_separator,
        };
        self.token_read(&rules, status, headers, body, now)
    }

    fn no_tokens(&self, status: u16) -> TokenFailure {
        let missing = RenderError::Missing {
            app: self.slug.clone(),
            what: "token endpoint for this auth method",
        };
        failure(TokenFailureKind::Unreadable, status, missing.to_string())
    }

    fn token_read(
        &self,
        rules: &Rules<'_>,
        status: u16,
        headers: &[(&str, &str)],
        body: &[u8],
        now: i64,
    ) -> Result<TokenAnswer, TokenFailure> {
        let answer = &readable(status, headers, body);
        if answer.is_success() && is_ambiguous(body) {
            let message = format!("{} answered with two values for one name", self.name);
            return Err(failure(TokenFailureKind::Unreadable, status, message));
        }
        let Rules {
            response: rules,
            default_ttl,
            separator,
        } = *rules;
        let value = answer.body();
        let path = |given: &Option<String>, usual: &'static str| -> Option<Json> {
            json_path::find_any(value, given.as_deref().unwrap_or(usual)).cloned()
        };
        let access_token = path(&rules.access_token, "access_token")
            .as_ref()
            .and_then(json_path::text)
            .filter(|t| !t.is_empty());
        let says_failed = rules
            .failed
            .as_ref()
            .is_some_and(|probe| probe.holds(&answer.scope()));
        if !answer.is_success() || says_failed || access_token.is_none() {
            return Err(self.token_failure(rules, answer));
        }
        let access_token = access_token.unwrap_or_default();
        let refresh_token = path(&rules.refresh_token, "refresh_token")
            .as_ref()
            .and_then(json_path::text)
            .filter(|t| !t.is_empty());
        let mut tokens = Vec::new();
        for (name, path) in &rules.tokens {
            let found = json_path::find_any(value, path).and_then(json_path::text);
            if let Some(token) = found.filter(|t| !t.is_empty()) {
                tokens.push((name.clone(), token));
            }
        }
        if [Some(&access_token), refresh_token.as_ref()]
            .into_iter()
            .flatten()
            .chain(tokens.iter().map(|(_, token)| token))
            .any(|t| t.chars().any(char::is_control))
        {
            return Err(failure(
                TokenFailureKind::BadToken,
                status,
                format!("{} answered with a token that cannot be sent", self.name),
            ));
        }
        // What is said in milliseconds must not be taken for seconds as well.
        let in_seconds = rules.expires_in.is_some() || rules.expires_in_ms.is_none();
        let expires_in = path(&rules.expires_in, "expires_in")
            .filter(|_| in_seconds)
            .as_ref()
            .and_then(seconds)
            .or_else(|| milliseconds(rules.expires_in_ms.as_ref(), value))
            .or_else(|| moment(rules.expires_at.as_ref(), value, now))
            .or(default_ttl.map(i64::from));
        let scopes = path(&rules.scope, "scope")
            .as_ref()
            .and_then(|s| scopes(s, separator));
        Ok(TokenAnswer {
            access_token,
            refresh_token,
            tokens,
            expires_in,
            scopes,
            keep: keep::of_body(&rules.keep, value)
                .map_err(|error| self.not_kept(status, &error))?,
        })
    }

    pub(super) fn not_kept(&self, status: u16, error: &KeepError) -> TokenFailure {
        let kind = match error {
            KeepError::Host { .. } => TokenFailureKind::HostRefused,
            KeepError::Malformed { .. } | KeepError::Missing { .. } => TokenFailureKind::Incomplete,
        };
        failure(kind, status, error.sentence(&self.name, "in its answer"))
    }

    fn token_failure(&self, rules: &ResponseManifest, answer: &Answer) -> TokenFailure {
        let find = |given: &Option<String>, usual: &str| {
            json_path::find_any(answer.body(), given.as_deref().unwrap_or(usual))
                .and_then(json_path::text)
                .map(|t| shown(&t))
                .filter(|t| !t.is_empty())
        };
        let error = find(&rules.error, "error");
        let description = find(&rules.error_description, "error_description");
        let status = answer.status();
        let name = &self.name;
        let (kind, message) = match (&error, &description) {
            (Some(error), Some(text)) => (
                TokenFailureKind::Refused,
                format!("{name} refused: {text} ({error})"),
            ),
            (Some(text), None) | (None, Some(text)) => {
                (TokenFailureKind::Refused, format!("{name} refused: {text}"))
            }
            (None, None) if !answer.is_success() => (
                TokenFailureKind::Status,
                format!("{name} answered with status {status}"),
            ),
            (None, None) if answer.body().is_object() => (
                TokenFailureKind::NoToken,
                format!("{name} answered without a token"),
            ),
            (None, None) => (
                TokenFailureKind::Unreadable,
                format!("{name} answered with something other than a token"),
            ),
        };
        TokenFailure {
            kind,
            status,
            error,
            description,
            message,
        }
    }
}

pub(super) fn failure(kind: TokenFailureKind, status: u16, message: String) -> TokenFailure {
    TokenFailure {
        kind,
        status,
        error: None,
        description: None,
        message,
    }
}

/// A provider's words, fit to show: one line, at most 300 characters.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The answer, with a form-encoded body read as an object: some providers
/// write forms whatever they are asked for.
fn readable(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let answer = Answer::new(status, headers.iter().copied(), body);
    let Json::String(text) = answer.body() else {
        return answer;
    };
    let is_form = headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type")
            && value.starts_with("application/x-www-form-urlencoded")
    });
    let looks_like_form = text.starts_with("access_token=") || text.starts_with("error=");
    if !is_form && !looks_like_form {
        return answer;
    }
    let map: Map<String, Json> = url::form_urlencoded::parse(text.trim().as_bytes())
        .map(|(n, v)| (n.into_owned(), Json::from(v.into_owned())))
        .collect();
    Answer::new(
        status,
        headers.iter().copied(),
        Json::Object(map).to_string().as_bytes(),
    )
}

/// A lifetime in seconds, as number or as text. What is no positive number
/// says nothing.
fn seconds(value: &Json) -> Option<i64> {
    let number = match value {
        Json::Number(n) => n.as_f64()?,
        Json::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    (number.is_finite() && number >= 1.0).then(|| number.min(LONGEST_LIFE).floor() as i64)
}

/// A lifetime in milliseconds, in seconds.
fn milliseconds(path: Option<&String>, value: &Json) -> Option<i64> {
    let found = json_path::find_any(value, path?)?;
    let number = json_path::text(found)?.trim().parse::<f64>().ok()?;
    seconds(&Json::from(number / 1000.0))
}

/// Seconds until a moment given as RFC 3339, epoch seconds or milliseconds.
fn moment(path: Option<&String>, value: &Json, now: i64) -> Option<i64> {
    let found = json_path::find_any(value, path?)?;
    let text = json_path::text(found)?;
    let at = if let Ok(at) = OffsetDateTime::parse(text.trim(), &Rfc3339) {
        at.unix_timestamp()
    } else {
        let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite())?;
        let seconds = if number.abs() >= 1e11 {
            number / 1000.0
        } else {
            number
        };
        seconds.floor() as i64
    };
    // A moment in the past is an answer, not a missing one: the token is due.
    Some(at.saturating_sub(now).clamp(0, LONGEST_LIFE as i64))
}

fn scopes(value: &Json, separator: ScopeSeparator) -> Option<Vec<String>> {
    let out: Vec<String> = match value {
        Json::String(text) => text
            .split(|c: char| {
                c.is_whitespace()
                    // GitHub and others are asked with spaces and answer with commas.
                    || (c == ',' && separator != ScopeSeparator::Plus)
                    || (separator == ScopeSeparator::Plus && c == '+')
            })
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        Json::Array(items) => items.iter().filter_map(json_path::text).collect(),
        _ => return None,
    };
    (!out.is_empty()).then_some(out)
}
