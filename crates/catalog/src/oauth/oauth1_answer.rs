use serde_json::{Map, Value as Json};

use super::token_answer::failure;
use super::{TokenFailure, TokenFailureKind};
use crate::app::App;
use crate::auth::AuthMethod;
use crate::context::Settings;
use crate::keep;

/// A token of OAuth 1.0a: temporary or lasting (RFC 5849 §2.1, §2.3). No `Debug`.
pub struct OAuth1Answer {
    /// `oauth_token`.
    pub token: String,
    /// `oauth_token_secret`.
    pub secret: String,
    /// What belongs into the connection's settings.
    pub keep: Settings,
}

impl App {
    /// Reads the form that both token endpoints of OAuth 1.0a answer with.
    ///
    /// # Errors
    /// [`TokenFailure`]: no success, or no token in it.
    pub fn oauth1_answer(
        &self,
        method: &AuthMethod,
        status: u16,
        body: &[u8],
        keeps: bool,
    ) -> Result<OAuth1Answer, TokenFailure> {
        let name = &self.name;
        if !(200..300).contains(&status) {
            let message = format!("{name} answered with status {status}");
            return Err(failure(TokenFailureKind::Status, status, message));
        }
        let form: Map<String, Json> = url::form_urlencoded::parse(body.trim_ascii())
            .map(|(name, value)| (name.into_owned(), Json::from(value.into_owned())))
            .collect();
        let text = |field: &str| {
            let value = form.get(field).and_then(Json::as_str).unwrap_or_default();
            (!value.is_empty() && value.bytes().all(|b| (0x20..=0x7e).contains(&b)))
                .then(|| value.to_owned())
        };
        let (Some(token), Some(secret)) = (text("oauth_token"), text("oauth_token_secret")) else {
            let message = format!("{name} answered without a token");
            return Err(failure(TokenFailureKind::NoToken, status, message));
        };
        let keep = match &method.oauth {
            Some(oauth) if keeps => keep::of_body(&oauth.response.keep, &Json::Object(form))
                .map_err(|error| self.not_kept(status, &error))?,
            _ => Settings::new(),
        };
        Ok(OAuth1Answer {
            token,
            secret,
            keep,
        })
    }
}
