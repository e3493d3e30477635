//! Who is in a project.

use axum::{Json, extract::State, http::StatusCode};
use patchbay_access::{MemberAdded, MemberId, MemberView};
use patchbay_model::{InvitationId, Role, Timestamp, UserId};
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
        .routes(routes!(member_list, member_add))
        .routes(routes!(member_change, member_remove))
}

/// Somebody in a project, or invited to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct MemberAnswer {
    /// Their account; null until somebody invited has come.
    user: Option<MemberUser>,
    /// What stands for the user in paths while they are invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_id: Option<InvitationId>,
    email: String,
    role: Role,
    status: MemberStatus,
    /// Whether they own the workspace.
    is_owner: bool,
    created: Timestamp,
    /// Until when the invitation works.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum MemberStatus {
    Active,
    Invited,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MemberUser {
    id: UserId,
    name: String,
    email: String,
}

impl From<MemberView> for MemberAnswer {
    fn from(view: MemberView) -> Self {
        let email = view.email;
        let (invitation_id, expires_at) = view.invitation.unzip();
        Self {
            status: match invitation_id {
                Some(_) => MemberStatus::Invited,
                None => MemberStatus::Active,
            },
            user: view.user.map(|(id, name)| MemberUser {
                id,
                name,
                email: email.clone(),
            }),
            invitation_id,
            email,
            role: view.role,
            is_owner: view.is_owner,
            created: view.created,
            expires_at,
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MemberAddedAnswer {
    member: MemberAnswer,
    /// The link to give them; null when they have an account and are in the project at once.
    invitation: Option<InvitationLinkAnswer>,
}

/// A link that works once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct InvitationLinkAnswer {
    url: String,
    expires_at: Timestamp,
}

impl From<MemberAdded> for MemberAddedAnswer {
    fn from(added: MemberAdded) -> Self {
        Self {
            member: added.member.into(),
            invitation: added.invitation.map(|link| InvitationLinkAnswer {
                url: link.url,
                expires_at: link.expires,
            }),
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberBody {
    email: String,
    role: Role,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRoleBody {
    role: Role,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The user's id, or for somebody invited the invitation's.
    user: String,
}

/// List who is in the project, oldest first, then who is invited.
#[utoipa::path(get, path = "/members", tag = "Members", security(("session" = []), ("key" = [])), params(ListQuery),
    responses((status = 200, body = ListAnswer<MemberAnswer>), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn member_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> ApiResult<Json<ListAnswer<MemberAnswer>>> {
    let members = state.access().member_list(&actor, &query.page()?).await?;
    Ok(Json(members.map(MemberAnswer::from).into()))
}

/// Add somebody by e-mail address: at once when they have an account, else with a link to give them.
#[utoipa::path(post, path = "/members", tag = "Members", security(("session" = []), ("key" = [])), request_body = MemberBody,
    responses((status = 201, body = MemberAddedAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn member_add(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiJson(body): ApiJson<MemberBody>,
) -> ApiResult<(StatusCode, Json<MemberAddedAnswer>)> {
    let added = state
        .access()
        .member_add(&actor, &body.email, body.role)
        .await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Give a member, or somebody invited, another role.
#[utoipa::path(patch, path = "/members/{user}", tag = "Members", security(("session" = []), ("key" = [])), params(MemberPath), request_body = MemberRoleBody,
    responses((status = 200, body = MemberAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn member_change(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<MemberPath>,
    ApiJson(body): ApiJson<MemberRoleBody>,
) -> ApiResult<Json<MemberAnswer>> {
    let id = member_id(&actor, &path.user)?;
    let member = state.access().member_change(&actor, &id, body.role).await?;
    Ok(Json(member.into()))
}

/// Take somebody out of the project, or an invitation back. They lose access at once; what they made stays.
#[utoipa::path(delete, path = "/members/{user}", tag = "Members", security(("session" = []), ("key" = [])), params(MemberPath),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn member_remove(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(path): ApiPath<MemberPath>,
) -> ApiResult<StatusCode> {
    let id = member_id(&actor, &path.user)?;
    state.access().member_remove(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rights come before ids: who may not manage members learns nothing about ids either.
fn member_id(actor: &patchbay_model::Actor, text: &str) -> ApiResult<MemberId> {
    actor.require(patchbay_model::Right::MemberManage)?;
    Ok(text.parse()?)
}
