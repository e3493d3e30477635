//! The token endpoint (RFC 6749 §3.2) and the revocation endpoint (RFC 7009).

use std::collections::HashMap;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde_json::json;

use super::grants::{ACCESS_TTL, Tokens, same};
use super::{CLIENT_ID, CLIENT_SECRET, Sandbox};

type Fields = Result<Form<HashMap<String, String>>, FormRejection>;

/// `POST /oauth/token`.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let Ok(Form(fields)) = fields else {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "the body is not a form",
        );
    };
    if !client_known(&headers, &fields) {
        return client_refused();
    }
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let now = Instant::now();
    let granted = match field("grant_type") {
        "authorization_code" if !same(field("redirect_uri"), &sandbox.0.redirect_uri) => {
            Err("the redirect URI is not the one of the authorization request")
        }
        "authorization_code" => {
            sandbox
                .grants()
                .code_exchange(field("code"), field("code_verifier"), now)
        }
        "refresh_token" => sandbox.grants().refresh(field("refresh_token"), now),
        _ => {
            let text = "grant_type must be authorization_code or refresh_token";
            return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", text);
        }
    };
    match granted {
        Ok(tokens) => issued(&tokens),
        Err(why) => refused(StatusCode::BAD_REQUEST, "invalid_grant", why),
    }
}

/// `POST /oauth/revoke`: 200 whether or not the token was known (RFC 7009 §2.2).
pub(super) async fn revoke(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let Ok(Form(fields)) = fields else {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "the body is not a form",
        );
    };
    if !client_known(&headers, &fields) {
        return client_refused();
    }
    if let Some(token) = fields.get("token") {
        sandbox.grants().revoke(token, Instant::now());
    }
    StatusCode::OK.into_response()
}

/// The client by Basic or in the body, either of which RFC 6749 §2.3.1 describes.
fn client_known(headers: &HeaderMap, fields: &HashMap<String, String>) -> bool {
    let (id, secret) = basic(headers).map_or_else(
        || {
            let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
            (field("client_id"), field("client_secret"))
        },
        |(id, secret)| (form_decoded(&id), form_decoded(&secret)),
    );
    same(&id, CLIENT_ID) & same(&secret, CLIENT_SECRET)
}

/// User name and password of `Authorization: Basic`.
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}

fn issued(tokens: &Tokens) -> Response {
    let body = json!({
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_TTL.as_secs(),
        "refresh_token": tokens.refresh,
        "scope": tokens.scope,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn client_refused() -> Response {
    let answer = refused(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "the client id or secret is wrong",
    );
    (
        [(header::WWW_AUTHENTICATE, "Basic realm=\"sandbox\"")],
        answer,
    )
        .into_response()
}

fn refused(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
