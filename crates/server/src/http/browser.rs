//! What a request tells of the browser behind it.

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{header, request::Parts},
};
use patchbay_access::Browser;

use super::{cookie, error::ApiError, limits};
use crate::{AppState, listener::Peer};

/// The browser of somebody about to sign in: what it calls itself, where it is, and whom it is signed in as until now.
pub struct CallerBrowser(pub Browser);

impl FromRequestParts<AppState> for CallerBrowser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let config = state.config();
        let peer = parts
            .extensions
            .get::<ConnectInfo<Peer>>()
            .map(|ConnectInfo(peer)| peer.0.ip());
        let before = match cookie::session_token(config, &parts.headers) {
            // A session that has ended is nobody's; signing in goes on without it.
            Some(token) => state.access().session(&token).await.ok(),
            None => None,
        };
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        Ok(Self(Browser {
            user_agent,
            ip: limits::forwarded(config, &parts.headers).or(peer),
            before,
        }))
    }
}
