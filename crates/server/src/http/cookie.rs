//! The cookie that a signed-in browser carries.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::ServerConfig;

/// Over TLS the `__Host-` prefix makes browsers refuse the cookie unless it is secure, host-only and for all paths.
pub fn session_cookie_name(config: &ServerConfig) -> &'static str {
    if config.is_https() {
        "__Host-patchbay"
    } else {
        "patchbay_session"
    }
}

/// The session token of the request, if it carries one.
pub fn session_token(config: &ServerConfig, headers: &HeaderMap) -> Option<String> {
    named(headers, session_cookie_name(config))
}

/// The value of the named cookie.
pub fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// `Set-Cookie` for a new session.
pub fn set_session(config: &ServerConfig, token: &str) -> Option<HeaderValue> {
    header_value(&build(config, token.to_owned()))
}

/// `Set-Cookie` that ends the session in the browser.
pub fn clear_session(config: &ServerConfig) -> Option<HeaderValue> {
    let mut cookie = build(config, String::new());
    cookie.make_removal();
    header_value(&cookie)
}

fn build(config: &ServerConfig, token: String) -> Cookie<'static> {
    Cookie::build((session_cookie_name(config), token))
        .http_only(true)
        .secure(config.is_https())
        // Lax: the provider's redirect back to us is a top-level navigation and must carry it.
        .same_site(SameSite::Lax)
        .path("/")
        .build()
}

fn header_value(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::from_str(&cookie.to_string()).ok()
}
