//! Where providers send the browser back to.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use patchbay_connect::{CallbackBrowser, CallbackQuery};
use patchbay_model::Problem;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{ApiError, ApiPath, cookie, error::ErrorAnswer},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(oauth_callback))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct CallbackPath {
    /// Slug of the app.
    app: String,
}

/// Take the browser back from a provider
///
/// The redirect URI to register, one per app. Sends the browser on to a clean URL that shows the outcome; the code is
/// exchanged on the server.
#[utoipa::path(get, path = "/oauth/callback/{app}", tag = "connect sessions", params(CallbackPath),
    responses((status = 303, description = "To `/connect/done?session=sess_…`."),
        (status = 403, description = "CONNECT_SESSION_FOREIGN: begun in another browser or by somebody else", body = ErrorAnswer),
        (status = 404, description = "CONNECT_SESSION_NOT_FOUND: no such state, or used already", body = ErrorAnswer),
        (status = 409, description = "CONNECT_SESSION_ENDED: it took longer than ten minutes", body = ErrorAnswer)))]
async fn oauth_callback(
    State(state): State<AppState>,
    ApiPath(path): ApiPath<CallbackPath>,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    // A query that repeats a parameter is not one of RFC 6749 §3.1; it counts as one without a state.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    match taken_back(&state, &path.app, &headers, query).await {
        Ok(location) => see_other(&location),
        Err(problem) => refusal(&headers, problem),
    }
}

async fn taken_back(
    state: &AppState,
    app: &str,
    headers: &HeaderMap,
    query: CallbackQuery,
) -> Result<String, Problem> {
    let browser = match cookie::session_token(state.config(), headers) {
        None => None,
        Some(token) => state
            .access()
            .session(&token)
            .await
            .ok()
            .map(|person| CallbackBrowser {
                user: (person.id, person.name),
                is_owner: person.is_owner,
                token,
            }),
    };
    let end = state
        .connector()
        .session_callback(app, browser, query)
        .await?;
    Ok(format!("/connect/done?session={}", end.session))
}

/// The clean URL has neither code nor state, and no referrer leads back to the one that had.
fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, value);
    }
    guarded(headers);
    response
}

fn guarded(headers: &mut HeaderMap) {
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
}

/// People get a page, programs JSON.
fn refusal(headers: &HeaderMap, problem: Problem) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page {
        let mut response = ApiError(problem).into_response();
        guarded(response.headers_mut());
        return response;
    }
    let status = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Not connected · Patchbay</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;color:#1d1d1f;\
         background:#fff}}@media(prefers-color-scheme:dark){{body{{color:#f0f0f2;background:#141416}}a{{color:#9bb7ff}}}}</style>\
         <main><h1>Not connected</h1><p>{}</p><p><a href=\"/connections\">Back to Patchbay</a></p></main></html>",
        escaped(&problem.message)
    );
    let mut response = (status, Html(page)).into_response();
    guarded(response.headers_mut());
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
