//! `Idempotency-Key` on POST: the same request again is answered as before and not done again.

use std::time::Duration;

use aws_lc_rs::digest;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use patchbay_model::{Code, Problem, Timestamp};
use patchbay_store::{
    Store, StoreResult,
    idempotency::{Claim, KeptAnswer, claim, keep, purge as purge_answers, release},
};

use super::{cookie, error::ApiError, extract::read};
use crate::AppState;

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// Bytes of a request or an answer that are looked at.
const MAX_BYTES: usize = 1024 * 1024;

/// Answers a repeated POST as it was answered before. Answers that hold a secret (a new API key, an invitation link, an
/// authorize URL) are never kept, so the routes that give them are left out, and what passes through a connection is
/// the provider's to recognise.
fn keeps_answers(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or_default();
    let scoped = path
        .strip_prefix("/projects/")
        .and_then(|rest| rest.split_once('/'))
        .map_or(path, |(_, rest)| rest);
    let mut parts = scoped.trim_start_matches('/').split('/');
    match parts.next() {
        Some("flows" | "runs") => true,
        Some("connections") => !matches!(parts.nth(1), Some("proxy" | "reconnect")),
        Some("projects") => parts.next().is_none(),
        _ => false,
    }
}

/// See the module.
pub(crate) async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let key = request
        .headers()
        .get("idempotency-key")
        .filter(|_| request.method() == Method::POST && keeps_answers(request.uri().path()))
        .map(|value| value.as_bytes().to_vec());
    let Some(key) = key else {
        return next.run(request).await;
    };
    if key.is_empty() || key.len() > 255 {
        return ApiError(Problem::new(
            Code::BadRequest,
            "Idempotency-Key must have 1 to 255 characters.",
        ))
        .into_response();
    }
    match answer(&state, &key, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(
    state: &AppState,
    key: &[u8],
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = read(Request::new(body), state).await?;
    let caller = parts
        .headers
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes().to_vec())
        .or_else(|| cookie::session_token(state.config(), &parts.headers).map(String::into_bytes))
        .unwrap_or_default();
    let id = hash(&[&caller, key]);
    let fingerprint = hash(&[parts.uri.to_string().as_bytes(), &body]);

    match claimed(state, &id, &fingerprint).await? {
        Claim::New => {}
        Claim::Answered(kept) => return Ok(replay(kept)),
        Claim::InFlight => {
            return Err(ApiError(
                Problem::new(
                    Code::Conflict,
                    "A request with this Idempotency-Key is being answered right now.",
                )
                .retry_after(Duration::from_secs(1)),
            ));
        }
        Claim::Mismatch => {
            return Err(ApiError(Problem::new(
                Code::IdempotencyMismatch,
                "This Idempotency-Key was used with another request. Use a new one for each request.",
            )));
        }
    }

    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    settle(state, &id, response).await
}

/// Removes answers that are no longer kept.
pub(crate) async fn purge(store: &Store) -> StoreResult<u64> {
    let tx = store.begin_uncounted().await?;
    let purged = purge_answers(&*tx, Timestamp::now().minus(KEPT_FOR)).await?;
    tx.commit().await?;
    Ok(purged)
}

async fn claimed(state: &AppState, id: &str, fingerprint: &str) -> StoreResult<Claim> {
    let now = Timestamp::now();
    let tx = state.store().begin_uncounted().await?;
    let claim = claim(&*tx, id, fingerprint, now, now.minus(KEPT_FOR)).await?;
    tx.commit().await?;
    Ok(claim)
}

/// Keeps what was decided; lets go of what failed on our side or was refused before it was looked at.
async fn settle(state: &AppState, id: &str, response: Response) -> Result<Response, ApiError> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 4 * MAX_BYTES)
        .await
        .map_err(|_| Problem::internal())?;
    let undecided = parts.status.is_server_error()
        || matches!(
            parts.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        );
    let tx = state.store().begin_uncounted().await?;
    if undecided || body.len() > MAX_BYTES {
        release(&*tx, id).await?;
    } else {
        let kept = KeptAnswer {
            status: parts.status.as_u16(),
            content_type: parts
                .headers
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: body.to_vec(),
        };
        keep(&*tx, id, kept).await?;
    }
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(kept: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, kept.body).into_response();
    if let Some(kind) = kept
        .content_type
        .and_then(|kind| HeaderValue::from_str(&kind).ok())
    {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
        .headers_mut()
        .insert("idempotent-replay", HeaderValue::from_static("true"));
    response
}

/// A hash of parts that cannot run into each other.
fn hash(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    HEXLOWER.encode(context.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::keeps_answers;

    #[test]
    fn answers_with_secrets_are_not_kept() {
        for path in [
            "/api/v1/keys",
            "/api/v1/projects/proj_1/keys",
            "/api/v1/projects/proj_1/members",
            "/api/v1/connect-sessions",
            "/api/v1/auth/login",
            "/api/v1/connections/conn_1/proxy/x",
            "/api/v1/projects/proj_1/connections/conn_1/reconnect",
        ] {
            assert!(!keeps_answers(path), "{path}");
        }
        for path in [
            "/api/v1/connections",
            "/api/v1/projects/proj_1/flows/flow_1/runs",
            "/api/v1/projects",
        ] {
            assert!(keeps_answers(path), "{path}");
        }
    }
}
