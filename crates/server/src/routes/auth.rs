//! Sign-in: setup, sessions, one's own account, invitations.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use patchbay_access::{Browser, Me, NewOwner, Person, Session, SignedIn};
use patchbay_model::{Code, Plan, Problem, ProjectId, Role, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiError, ApiJson, ApiPath, ApiQuery, ApiResult, ListAnswer, ListQuery, SignedInUser,
        browser::CallerBrowser, cookie, error::ErrorAnswer, extract::OptionalJson,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(auth_me, auth_me_change))
        .routes(routes!(auth_state))
        .routes(routes!(auth_setup))
        .routes(routes!(auth_login))
        .routes(routes!(auth_logout))
        .routes(routes!(auth_password_change))
        .routes(routes!(session_list))
        .routes(routes!(session_kill))
        .routes(routes!(invitation_get))
        .routes(routes!(invitation_accept))
}

/// Who is signed in, and where they may go.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MeAnswer {
    user: MeUser,
    /// By name.
    projects: Vec<MeProject>,
    plan: Plan,
    /// Of this installation.
    version: &'static str,
}

/// What a page that opens has to know first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct StateAnswer {
    /// Nobody owns the workspace yet.
    setup_required: bool,
    /// Null: nobody is signed in.
    me: Option<MeAnswer>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct MeUser {
    id: UserId,
    name: String,
    email: String,
    /// Whether they own the workspace, and so are admin in every project.
    is_owner: bool,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MeProject {
    id: ProjectId,
    name: String,
    role: Role,
}

impl From<Me> for MeAnswer {
    fn from(me: Me) -> Self {
        Self {
            user: MeUser {
                id: me.person.id,
                name: me.person.name,
                email: me.person.email,
                is_owner: me.person.is_owner,
            },
            projects: me
                .projects
                .into_iter()
                .map(|(project, role)| MeProject {
                    id: project.id,
                    name: project.name,
                    role,
                })
                .collect(),
            plan: me.workspace.plan,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetupBody {
    name: String,
    email: String,
    /// At least 8 characters.
    password: String,
    /// What the first project is called.
    project_name: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    email: String,
    password: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    current: String,
    /// At least 8 characters.
    new: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MeBody {
    name: String,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptBody {
    /// For somebody new here.
    name: Option<String>,
    /// For somebody new: the one they choose. For somebody who is not signed in: their own.
    password: Option<String>,
}

/// A browser somebody is signed in with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SessionAnswer {
    id: SessionId,
    created: Timestamp,
    /// To the minute.
    last_used_at: Timestamp,
    user_agent: String,
    ip: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl SessionAnswer {
    fn of(session: Session, current: &SessionId) -> Self {
        Self {
            current: session.id == *current,
            id: session.id,
            created: session.created,
            last_used_at: session.last_used,
            user_agent: session.user_agent,
            ip: session.ip,
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct InvitationAnswer {
    email: String,
    project: InvitationProject,
    role: Role,
    /// Whether the address has an account here: then it signs in instead of choosing a password.
    existing_user: bool,
    expires_at: Timestamp,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct InvitationProject {
    id: ProjectId,
    name: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct SessionPath {
    /// The session's id, `sign_…`.
    id: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct InvitationPath {
    /// The last part of the invitation's link.
    token: String,
}

async fn me_of(state: &AppState, person: &Person) -> ApiResult<Json<MeAnswer>> {
    Ok(Json(state.access().me(person).await?.into()))
}

/// Answers as `me` with the new session's cookie.
async fn welcome(state: &AppState, signed_in: SignedIn) -> ApiResult<(HeaderMap, Json<MeAnswer>)> {
    let mut headers = HeaderMap::new();
    let set =
        cookie::set_session(state.config(), &signed_in.token).ok_or_else(Problem::internal)?;
    headers.insert(header::SET_COOKIE, set);
    Ok((headers, me_of(state, &signed_in.person).await?))
}

/// Who is signed in. Signed out: 401 with `details.setupRequired`, true while the workspace has no owner.
#[utoipa::path(get, path = "/auth/me", tag = "Sign-in", security(("session" = [])),
    responses((status = 200, body = MeAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn auth_me(
    State(state): State<AppState>,
    user: Result<SignedInUser, ApiError>,
) -> ApiResult<Json<MeAnswer>> {
    match user {
        Ok(user) => me_of(&state, &user.person).await,
        Err(ApiError(problem)) if problem.code == Code::Unauthenticated => {
            let required = state.access().setup_required().await?;
            Err(ApiError(problem.with_details(
                serde_json::json!({ "setupRequired": required }),
            )))
        }
        Err(error) => Err(error),
    }
}

/// Who is signed in, if anybody. Unlike `/auth/me` it refuses nobody: being signed out is no error to a page that opens.
#[utoipa::path(get, path = "/auth/state", tag = "Sign-in", security((), ("session" = [])),
    responses((status = 200, body = StateAnswer)))]
async fn auth_state(
    State(state): State<AppState>,
    user: Result<SignedInUser, ApiError>,
) -> ApiResult<Json<StateAnswer>> {
    let me = match user {
        Ok(user) => Some(state.access().me(&user.person).await?.into()),
        Err(ApiError(problem))
            if matches!(problem.code, Code::Unauthenticated | Code::Forbidden) =>
        {
            None
        }
        Err(error) => return Err(error),
    };
    let setup_required = me.is_none() && state.access().setup_required().await?;
    Ok(Json(StateAnswer { setup_required, me }))
}

/// Change one's own name.
#[utoipa::path(patch, path = "/auth/me", tag = "Sign-in", security(("session" = [])), request_body = MeBody,
    responses((status = 200, body = MeAnswer), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn auth_me_change(
    State(state): State<AppState>,
    user: SignedInUser,
    ApiJson(body): ApiJson<MeBody>,
) -> ApiResult<Json<MeAnswer>> {
    let person = state.access().name_change(&user.person, &body.name).await?;
    me_of(&state, &person).await
}

/// Make the first owner and project, and sign in; only while there is no owner.
#[utoipa::path(post, path = "/auth/setup", tag = "Sign-in", security(()), request_body = SetupBody,
    responses((status = 201, body = MeAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn auth_setup(
    State(state): State<AppState>,
    CallerBrowser(browser): CallerBrowser,
    ApiJson(body): ApiJson<SetupBody>,
) -> ApiResult<(StatusCode, HeaderMap, Json<MeAnswer>)> {
    let new = NewOwner {
        name: body.name,
        email: body.email,
        password: body.password,
        project_name: body.project_name,
    };
    let signed_in = state.access().setup(new, &browser).await?;
    let (headers, me) = welcome(&state, signed_in).await?;
    Ok((StatusCode::CREATED, headers, me))
}

/// Sign in. An unknown address and a wrong password get the same answer.
#[utoipa::path(post, path = "/auth/login", tag = "Sign-in", security(()), request_body = LoginBody,
    responses((status = 200, body = MeAnswer), (status = 401, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn auth_login(
    State(state): State<AppState>,
    CallerBrowser(browser): CallerBrowser,
    ApiJson(body): ApiJson<LoginBody>,
) -> ApiResult<(HeaderMap, Json<MeAnswer>)> {
    let signed_in = state
        .access()
        .login(&body.email, &body.password, &browser)
        .await?;
    welcome(&state, signed_in).await
}

/// Sign out: the session ends everywhere.
#[utoipa::path(post, path = "/auth/logout", tag = "Sign-in", security(("session" = [])),
    responses((status = 204), (status = 401, body = ErrorAnswer)))]
async fn auth_logout(
    State(state): State<AppState>,
    user: SignedInUser,
) -> ApiResult<(StatusCode, HeaderMap)> {
    state.access().logout(&user.person).await?;
    let mut headers = HeaderMap::new();
    let clear = cookie::clear_session(state.config()).ok_or_else(Problem::internal)?;
    headers.insert(header::SET_COOKIE, clear);
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Change one's own password; ends one's other sessions.
#[utoipa::path(put, path = "/auth/password", tag = "Sign-in", security(("session" = [])), request_body = PasswordBody,
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn auth_password_change(
    State(state): State<AppState>,
    user: SignedInUser,
    CallerBrowser(browser): CallerBrowser,
    ApiJson(body): ApiJson<PasswordBody>,
) -> ApiResult<StatusCode> {
    state
        .access()
        .password_change(&user.person, &body.current, &body.new, browser.ip)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the browsers one is signed in with, newest first.
#[utoipa::path(get, path = "/auth/sessions", tag = "Sign-in", security(("session" = [])), params(ListQuery),
    responses((status = 200, body = ListAnswer<SessionAnswer>), (status = 401, body = ErrorAnswer)))]
async fn session_list(
    State(state): State<AppState>,
    user: SignedInUser,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<SessionAnswer>>> {
    let sessions = state
        .access()
        .session_list(&user.person, &query.page()?)
        .await?;
    let current = &user.person.session;
    Ok(Json(
        sessions
            .map(|session| SessionAnswer::of(session, current))
            .into(),
    ))
}

/// End one of one's own sessions; its next request is refused.
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "Sign-in", security(("session" = [])), params(SessionPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn session_kill(
    State(state): State<AppState>,
    user: SignedInUser,
    ApiPath(path): ApiPath<SessionPath>,
) -> ApiResult<StatusCode> {
    let id: SessionId = path.id.parse().map_err(|_| {
        Problem::new(
            Code::SessionNotFound,
            "There is no such session; it may have ended already.",
        )
    })?;
    state.access().session_kill(&user.person, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation's link leads to.
#[utoipa::path(get, path = "/auth/invitations/{token}", tag = "Sign-in", security(()), params(InvitationPath),
    responses((status = 200, body = InvitationAnswer), (status = 404, body = ErrorAnswer)))]
async fn invitation_get(
    State(state): State<AppState>,
    ApiPath(path): ApiPath<InvitationPath>,
) -> ApiResult<Json<InvitationAnswer>> {
    let found = state.access().invitation_view(&path.token).await?;
    Ok(Json(InvitationAnswer {
        email: found.email,
        project: InvitationProject {
            id: found.project.id,
            name: found.project.name,
        },
        role: found.role,
        existing_user: found.existing_user,
        expires_at: found.expires,
    }))
}

/// Follow an invitation's link, once, and be signed in.
#[utoipa::path(post, path = "/auth/invitations/{token}/accept", tag = "Sign-in", security(()), params(InvitationPath), request_body = AcceptBody,
    responses((status = 200, body = MeAnswer), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 422, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn invitation_accept(
    State(state): State<AppState>,
    ApiPath(path): ApiPath<InvitationPath>,
    CallerBrowser(browser): CallerBrowser,
    OptionalJson(body): OptionalJson<AcceptBody>,
) -> ApiResult<(HeaderMap, Json<MeAnswer>)> {
    let body = body.unwrap_or_default();
    let signed_in = accept(&state, &path.token, &body, &browser).await?;
    welcome(&state, signed_in).await
}

async fn accept(
    state: &AppState,
    token: &str,
    body: &AcceptBody,
    browser: &Browser,
) -> ApiResult<SignedIn> {
    let (name, password) = (body.name.as_deref(), body.password.as_deref());
    Ok(state
        .access()
        .invitation_accept(token, name, password, browser)
        .await?)
}
