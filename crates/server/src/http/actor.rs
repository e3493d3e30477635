//! Who calls: an API key of one project, or a signed-in person.

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use patchbay_access::Person;
use patchbay_model::{Actor, Code, Problem, ProjectId};
use serde::Deserialize;

use super::{cookie, error::ApiError};
use crate::AppState;

/// Whoever calls a project-scoped route, with their rights in that project.
pub struct ProjectActor(pub Actor);

/// A signed-in person, for what is not a project's.
pub struct SignedInUser {
    /// Who.
    pub person: Person,
    /// The session's token, to end or bind to it.
    pub token: String,
}

#[derive(Deserialize)]
struct ProjectInPath {
    project: Option<String>,
}

impl FromRequestParts<AppState> for ProjectActor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let named = parts
            .extract::<Path<ProjectInPath>>()
            .await
            .ok()
            .and_then(|Path(path)| path.project);
        let project = named
            .map(|text| text.parse::<ProjectId>().map_err(|_| project_not_found()))
            .transpose()?;
        if let Some(key) = bearer(&parts.headers)? {
            return Ok(Self(of_key(state, key, project.as_ref()).await?));
        }
        let Some(token) = cookie::session_token(state.config(), &parts.headers) else {
            return Err(unauthenticated());
        };
        let Some(project) = project else {
            state.access().session(&token).await?;
            return Err(ApiError(Problem::new(
                Code::BadRequest,
                "Name the project in the path, as in /api/v1/projects/{project}/…, or send an API key.",
            )));
        };
        Ok(Self(
            state.access().actor_for_session(&token, &project).await?,
        ))
    }
}

impl FromRequestParts<AppState> for SignedInUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if bearer(&parts.headers)?.is_some() {
            return Err(ApiError(Problem::new(
                Code::Forbidden,
                "This needs a signed-in person; an API key cannot do it.",
            )));
        }
        let Some(token) = cookie::session_token(state.config(), &parts.headers) else {
            return Err(unauthenticated());
        };
        let person = state.access().session(&token).await?;
        Ok(Self { person, token })
    }
}

/// Anybody known, for what is the whole workspace's: a signed-in person or an API key.
pub struct SignedInOrKey;

impl FromRequestParts<AppState> for SignedInOrKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(key) = bearer(&parts.headers)? {
            state.access().actor_for_key(key).await?;
            return Ok(Self);
        }
        let Some(token) = cookie::session_token(state.config(), &parts.headers) else {
            return Err(unauthenticated());
        };
        state.access().session(&token).await?;
        Ok(Self)
    }
}

/// Whoever an API key stands for. When the address names a project, it must be the key's: its owner's other projects do
/// not exist for it.
pub(crate) async fn of_key(
    state: &AppState,
    key: &str,
    project: Option<&ProjectId>,
) -> Result<Actor, ApiError> {
    let actor = state.access().actor_for_key(key).await?;
    if project.is_some_and(|project| *project != actor.project) {
        return Err(project_not_found());
    }
    Ok(actor)
}

/// The bearer token (RFC 6750 §2.1), if an `Authorization` header is there.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        })
        .filter(|token| !token.is_empty())
        .map(Some)
        .ok_or_else(|| {
            ApiError(Problem::new(
                Code::Unauthenticated,
                "Send the API key as Authorization: Bearer pb_live_….",
            ))
        })
}

fn unauthenticated() -> ApiError {
    ApiError(Problem::new(
        Code::Unauthenticated,
        "Sign in first, or send an API key as Authorization: Bearer pb_live_….",
    ))
}

pub(crate) fn project_not_found() -> ApiError {
    ApiError(Problem::new(
        Code::ProjectNotFound,
        "There is no such project, or you are not in it.",
    ))
}
