//! API keys of a project.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_access::ApiKeyView;
use patchbay_model::{Code, KeyId, KeyScope, Problem, Right, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ListQuery, ProjectActor,
        error::ErrorAnswer,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(key_list, key_create))
        .routes(routes!(key_delete))
}

/// An API key as it is listed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyAnswer {
    id: KeyId,
    name: String,
    scope: KeyScope,
    /// Its last four characters.
    hint: String,
    created: Timestamp,
    /// To the minute.
    last_used_at: Option<Timestamp>,
    /// The person it acts for.
    created_by: KeyUser,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct KeyUser {
    id: UserId,
    name: String,
}

impl From<ApiKeyView> for KeyAnswer {
    fn from(view: ApiKeyView) -> Self {
        Self {
            id: view.key.id,
            name: view.key.name,
            scope: view.key.scope,
            hint: view.key.hint,
            created: view.key.created,
            last_used_at: view.key.last_used,
            created_by: KeyUser {
                id: view.key.user,
                name: view.user_name,
            },
        }
    }
}

/// A new API key: this answer is the only place it can ever be read.
#[derive(Serialize, utoipa::ToSchema)]
struct KeyMadeAnswer {
    #[serde(flatten)]
    view: KeyAnswer,
    /// The key itself, `pb_live_…`.
    key: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    name: String,
    scope: KeyScope,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct KeyPath {
    /// The key's id, `key_…`.
    id: String,
}

/// List the project's API keys, newest first.
#[utoipa::path(get, path = "/keys", tag = "API keys", security(("session" = []), ("key" = [])), params(ListQuery),
    responses((status = 200, body = ListAnswer<KeyAnswer>), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn key_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<KeyAnswer>>> {
    let keys = state.access().key_list(&actor, &query.page()?).await?;
    Ok(Json(keys.map(KeyAnswer::from).into()))
}

/// Make an API key that acts for the caller within a scope. The key is shown this once.
#[utoipa::path(post, path = "/keys", tag = "API keys", security(("session" = []), ("key" = [])), request_body = KeyBody,
    responses((status = 201, body = KeyMadeAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn key_create(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<KeyBody>,
) -> ApiResult<(StatusCode, Json<KeyMadeAnswer>)> {
    let made = state
        .access()
        .key_create(&actor, &body.name, body.scope)
        .await?;
    let answer = KeyMadeAnswer {
        view: made.view.into(),
        key: made.secret,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revoke an API key; its next request is refused.
#[utoipa::path(delete, path = "/keys/{id}", tag = "API keys", security(("session" = []), ("key" = [])), params(KeyPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn key_delete(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<KeyPath>,
) -> ApiResult<StatusCode> {
    // Rights come before ids: who may not manage keys learns nothing about ids either.
    actor.require(Right::KeyManage)?;
    let id: KeyId = path.id.parse().map_err(|_| {
        Problem::new(
            Code::KeyNotFound,
            "There is no such API key; it may have been revoked already.",
        )
    })?;
    state.access().key_remove(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
