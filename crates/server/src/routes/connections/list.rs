//! The list of connections, its counts and the apps in it.

use axum::{Json, extract::State};
use patchbay_connect::ConnectionListRequest;
use patchbay_model::{Actor, Code, Problem, Timestamp};
use patchbay_store::connections::{ConnectionOrder, ConnectionSort};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::ConnectionAnswer;
use crate::{
    AppState,
    http::{ApiQuery, ApiResult, ListAnswer, ProjectActor, error::ErrorAnswer, list},
};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(connection_list))
        .routes(routes!(connection_counts))
        .routes(routes!(connection_apps))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionListQuery {
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
    /// Text in name, account or app.
    q: Option<String>,
    /// Slugs of apps, separated by commas.
    app: Option<String>,
    /// `me` or a person's id.
    owner: Option<String>,
    /// `ACTIVE`, `EXPIRED`, `ERROR`, `REVOKED`; several separated by commas.
    status: Option<String>,
    /// Only what is not active.
    attention: Option<bool>,
    /// Only what no flow names and nobody has used for thirty days.
    unused: Option<bool>,
    /// Only what runs out within this time and is not renewed by itself, e.g. `7d`, `12h`.
    expiring_within: Option<String>,
    /// What is in the trash instead.
    deleted: Option<bool>,
    /// `name`, `status`, `last_used`, `created`, `app`, `flows`; with `-` in front the other way round.
    sort: Option<String>,
}

fn odd_query(name: &str, message: &str) -> Problem {
    Problem::new(
        Code::BadRequest,
        format!("The query is not as expected: {name} {message}."),
    )
}

fn words(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl ConnectionListQuery {
    fn request(&self, actor: &Actor) -> Result<ConnectionListRequest, Problem> {
        let owner = match self.owner.as_deref() {
            None | Some("") => None,
            Some("me") => actor.user().cloned(),
            Some(id) => Some(
                id.parse()
                    .map_err(|_| odd_query("owner", "is `me` or a person's id"))?,
            ),
        };
        let statuses = words(self.status.as_deref())
            .iter()
            .map(|word| {
                word.to_ascii_uppercase()
                    .parse()
                    .map_err(|_| odd_query("status", "is ACTIVE, EXPIRED, ERROR or REVOKED"))
            })
            .collect::<Result<_, _>>()?;
        let expiring_within = self.expiring_within.as_deref().map(period).transpose()?;
        Ok(ConnectionListRequest {
            q: self.q.clone(),
            apps: words(self.app.as_deref()),
            owner,
            statuses,
            attention: self.attention.unwrap_or_default(),
            unused: self.unused.unwrap_or_default(),
            expiring_within,
            deleted: self.deleted.unwrap_or_default(),
        })
    }

    fn sort(&self) -> Result<ConnectionSort, Problem> {
        let text = self.sort.as_deref().unwrap_or("name");
        let (name, descending) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let by = match name {
            "name" => ConnectionOrder::Name,
            "status" => ConnectionOrder::Status,
            "last_used" => ConnectionOrder::LastUsed,
            "created" => ConnectionOrder::Created,
            "app" => ConnectionOrder::App,
            "flows" => ConnectionOrder::Flows,
            _ => {
                return Err(odd_query(
                    "sort",
                    "is name, status, last_used, created, app or flows, with - in front the other way round",
                ));
            }
        };
        Ok(ConnectionSort { by, descending })
    }
}

/// A number with `m`, `h`, `d` or `w` behind it.
fn period(text: &str) -> Result<std::time::Duration, Problem> {
    let odd = || {
        odd_query(
            "expiring_within",
            "is a number with m, h, d or w behind it, e.g. 7d",
        )
    };
    let unit = text.chars().last().ok_or_else(odd)?;
    let seconds: u64 = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return Err(odd()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| odd())?;
    Ok(std::time::Duration::from_secs(seconds * u64::from(number)))
}

/// List the project's connections
///
/// Only those the caller may see. The order is `sort`, then the id.
#[utoipa::path(get, path = "/connections", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionListQuery),
    responses((status = 200, body = ListAnswer<ConnectionAnswer>), (status = 400, body = ErrorAnswer),
        (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_list(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ConnectionListQuery>,
) -> ApiResult<Json<ListAnswer<ConnectionAnswer>>> {
    let (request, sort) = (query.request(&actor)?, query.sort()?);
    let page = list::page(query.limit, query.cursor)?;
    let paged = state
        .connector()
        .connections_list(&actor, &request, sort, &page)
        .await?;
    Ok(Json(paged.map(ConnectionAnswer::from).into()))
}

/// Numbers for the tabs of the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ConnectionCountsAnswer {
    all: i64,
    needs_attention: i64,
    expiring_soon: i64,
    unused: i64,
    mine: i64,
    deleted: i64,
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConnectionCountsQuery {
    /// Text in name, account or app.
    q: Option<String>,
    /// Slugs of apps, separated by commas.
    app: Option<String>,
    /// `me` or a person's id.
    owner: Option<String>,
}

/// Count the project's connections, under the same search as the list
#[utoipa::path(get, path = "/connections/counts", tag = "connections", security(("session" = []), ("key" = [])), params(ConnectionCountsQuery),
    responses((status = 200, body = ConnectionCountsAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_counts(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiQuery(query): ApiQuery<ConnectionCountsQuery>,
) -> ApiResult<Json<ConnectionCountsAnswer>> {
    let query = ConnectionListQuery {
        q: query.q,
        app: query.app,
        owner: query.owner,
        ..ConnectionListQuery::default()
    };
    let counts = state
        .connector()
        .connections_count(&actor, &query.request(&actor)?)
        .await?;
    Ok(Json(ConnectionCountsAnswer {
        all: counts.all,
        needs_attention: counts.needs_attention,
        expiring_soon: counts.expiring_soon,
        unused: counts.unused,
        mine: counts.mine,
        deleted: counts.deleted,
    }))
}

/// An app the project has connections of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppInUseAnswer {
    app: String,
    count: i64,
    last_used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppsInUseAnswer {
    data: Vec<AppInUseAnswer>,
}

/// List the apps the project has connections of, the one used last in front
#[utoipa::path(get, path = "/connections/apps", tag = "connections", security(("session" = []), ("key" = [])),
    responses((status = 200, body = AppsInUseAnswer), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn connection_apps(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
) -> ApiResult<Json<AppsInUseAnswer>> {
    let apps = state.connector().connection_apps(&actor).await?;
    let data = apps
        .into_iter()
        .map(|row| AppInUseAnswer {
            app: row.app,
            count: row.count,
            last_used_at: row.last_used_at,
        })
        .collect();
    Ok(Json(AppsInUseAnswer { data }))
}
