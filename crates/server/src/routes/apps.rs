//! The app catalog: what can be connected, how, and what it can do.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use patchbay_catalog::{
    Action, App, AuthMethod, Category, Field, Idempotent, Setting, Summary, Trigger, TriggerKind,
};
use patchbay_model::{Code, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{
        ApiError, ApiPath, ApiQuery, ApiResult, ListAnswer, SignedInOrKey, error::ErrorAnswer, list,
    },
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(app_list))
        .routes(routes!(app_categories))
        .routes(routes!(app_get))
        .routes(routes!(app_icon))
}

/// What the list shows of an app.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppSummary {
    slug: String,
    name: String,
    category: String,
    description: String,
    aliases: Vec<String>,
    /// Address of the icon, an SVG.
    icon: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_color: Option<String>,
    /// Ways in, the preferred one first.
    auth_methods: Vec<AppMethodSummary>,
    action_count: usize,
    trigger_count: usize,
}

/// One way into an app, in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppMethodSummary {
    /// Names the method among the app's own.
    id: String,
    method: String,
    /// What a connection's `type` will be.
    #[serde(rename = "type")]
    kind: String,
    title: String,
}

/// Everything there is to know of an app.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppDetail {
    slug: String,
    name: String,
    category: String,
    description: String,
    aliases: Vec<String>,
    icon: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_color: Option<String>,
    action_count: usize,
    trigger_count: usize,
    docs_url: Option<String>,
    /// Non-secret fields asked for when connecting.
    settings: Vec<AppSetting>,
    /// Hosts a credential may be sent to, as templates over the settings.
    hosts: Vec<String>,
    auth_methods: Vec<AppMethod>,
    actions: Vec<AppAction>,
    triggers: Vec<AppTrigger>,
}

/// A non-secret field asked for when connecting.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppSetting {
    name: String,
    title: String,
    pattern: Option<String>,
    example: Option<String>,
    help: Option<String>,
    default: Option<String>,
    required: bool,
}

/// A field of a credential.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppField {
    name: String,
    title: String,
    secret: bool,
    pattern: Option<String>,
    help: Option<String>,
    help_url: Option<String>,
    placeholder: Option<String>,
    required: bool,
    /// Whether it has several lines, as a key file does.
    multiline: bool,
}

/// One way into an app.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct AppMethod {
    id: String,
    method: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    fields: Vec<AppField>,
    scopes: Vec<String>,
    setup_url: Option<String>,
    /// What an admin does there to register the OAuth client.
    setup_help: Option<String>,
    /// Names of the settings it needs; all of them when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<String>>,
}

/// Something a flow step can do with an app.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppAction {
    key: String,
    title: String,
    description: Option<String>,
    /// JSON Schema; the builder draws the form from it.
    #[schema(value_type = Object)]
    input: Value,
    /// Whether it may be sent twice without harm.
    idempotent: bool,
}

/// Something in an app that can start a flow.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AppTrigger {
    key: String,
    title: String,
    description: Option<String>,
    /// `poll` or `webhook`.
    kind: String,
    /// Seconds between two polls.
    interval: u32,
    #[schema(value_type = Object)]
    input: Value,
}

/// How many apps there are in each category.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CategoryCount {
    name: String,
    count: usize,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AppListQuery {
    /// Words to search for in name, aliases, category and description.
    q: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Rows in a page, 1 to 100; 10 when left out.
    limit: Option<u32>,
    /// Where the page starts: the `cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct AppPath {
    /// The app's slug, e.g. `slack`.
    slug: String,
}

/// List apps, best match first; by name when nothing is searched for.
#[utoipa::path(get, path = "/apps", tag = "Apps", params(AppListQuery),
    responses((status = 200, body = ListAnswer<AppSummary>), (status = 400, body = ErrorAnswer), (status = 401, body = ErrorAnswer)))]
async fn app_list(
    State(state): State<AppState>,
    _caller: SignedInOrKey,
    ApiQuery(query): ApiQuery<AppListQuery>,
) -> ApiResult<axum::Json<ListAnswer<AppSummary>>> {
    let category = query.category.as_deref().map(parse_category).transpose()?;
    let page = list::page(query.limit, query.cursor)?;
    let found = state
        .catalog()
        .search(query.q.as_deref().unwrap_or_default(), category);
    let paged = page.slice(found, |summary| summary.slug.clone())?;
    Ok(axum::Json(
        paged.map(|summary| AppSummary::from(&*summary)).into(),
    ))
}

/// List the categories and how many apps each has.
#[utoipa::path(get, path = "/apps/categories", tag = "Apps",
    responses((status = 200, body = ListAnswer<CategoryCount>), (status = 401, body = ErrorAnswer)))]
async fn app_categories(
    State(state): State<AppState>,
    _caller: SignedInOrKey,
) -> axum::Json<ListAnswer<CategoryCount>> {
    let counts = state
        .catalog()
        .categories()
        .into_iter()
        .map(|(category, count)| CategoryCount {
            name: category.as_str().to_owned(),
            count,
        });
    axum::Json(ListAnswer::whole(counts.collect()))
}

/// Show one app: ways in, fields, actions and triggers.
#[utoipa::path(get, path = "/apps/{slug}", tag = "Apps", params(AppPath),
    responses((status = 200, body = AppDetail), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn app_get(
    State(state): State<AppState>,
    _caller: SignedInOrKey,
    ApiPath(path): ApiPath<AppPath>,
) -> ApiResult<axum::Json<AppDetail>> {
    let app = state
        .catalog()
        .get(&path.slug)
        .ok_or_else(|| app_not_found(&path.slug))?;
    Ok(axum::Json(AppDetail::from(&*app)))
}

/// The app's icon.
#[utoipa::path(get, path = "/apps/{slug}/icon.svg", tag = "Apps", params(AppPath),
    responses((status = 200, content_type = "image/svg+xml"), (status = 404, body = ErrorAnswer)))]
async fn app_icon(
    State(state): State<AppState>,
    ApiPath(path): ApiPath<AppPath>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let icon = state
        .catalog()
        .icon(&path.slug)
        .ok_or_else(|| app_not_found(&path.slug))?;
    let tag = format!("\"{}\"", icon_tag(&icon.svg));
    let fresh = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(icon.svg.into_owned()).into_response()
    };
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("image/svg+xml"),
    );
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    // An icon opened by itself runs nothing and loads nothing.
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn icon_tag(svg: &[u8]) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, svg);
    data_encoding::HEXLOWER.encode(&hash.as_ref()[..12])
}

fn app_not_found(slug: &str) -> ApiError {
    ApiError(Problem::new(
        Code::AppNotFound,
        format!("There is no app `{slug}` in the catalog. GET /api/v1/apps lists them."),
    ))
}

fn parse_category(text: &str) -> Result<Category, ApiError> {
    Category::ALL
        .iter()
        .copied()
        .find(|category| category.as_str() == text)
        .ok_or_else(|| {
            ApiError(Problem::new(
                Code::BadRequest,
                format!("category: there is no category `{text}`. GET /api/v1/apps/categories lists them."),
            ))
        })
}

fn icon_url(slug: &str) -> String {
    format!("/api/v1/apps/{slug}/icon.svg")
}

impl From<&Summary> for AppSummary {
    fn from(app: &Summary) -> Self {
        Self {
            icon: icon_url(&app.slug),
            slug: app.slug.clone(),
            name: app.name.clone(),
            category: app.category.as_str().to_owned(),
            description: app.description.clone(),
            aliases: app.aliases.clone(),
            brand_color: app.brand_color.clone(),
            auth_methods: app
                .auth_methods
                .iter()
                .map(|method| AppMethodSummary {
                    id: method.id.clone(),
                    method: method.kind.as_str().to_owned(),
                    kind: method.kind.type_name(),
                    title: method.title.clone(),
                })
                .collect(),
            action_count: app.action_count,
            trigger_count: app.trigger_count,
        }
    }
}

impl From<&App> for AppDetail {
    fn from(app: &App) -> Self {
        Self {
            slug: app.slug.clone(),
            name: app.name.clone(),
            category: app.category.as_str().to_owned(),
            description: app.description.clone(),
            aliases: app.aliases.clone(),
            icon: icon_url(&app.slug),
            brand_color: app.brand_color.clone(),
            action_count: app.actions.len(),
            trigger_count: app.triggers.len(),
            docs_url: app.docs_url.clone(),
            settings: app.settings.iter().map(AppSetting::from).collect(),
            hosts: app.host_templates().map(str::to_owned).collect(),
            auth_methods: app.auth.iter().map(AppMethod::from).collect(),
            actions: app.actions.values().map(AppAction::from).collect(),
            triggers: app.triggers.values().map(AppTrigger::from).collect(),
        }
    }
}

impl From<&Setting> for AppSetting {
    fn from(setting: &Setting) -> Self {
        Self {
            name: setting.name.clone(),
            title: setting.title.clone(),
            pattern: setting.pattern.clone(),
            example: setting.example.clone(),
            help: setting.help.clone(),
            default: setting.default.clone(),
            required: setting.required,
        }
    }
}

impl From<&Field> for AppField {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            title: field.title.clone(),
            secret: field.secret,
            pattern: field.pattern.clone(),
            help: field.help.clone(),
            help_url: field.help_url.clone(),
            placeholder: field.placeholder.clone(),
            required: field.required,
            multiline: field.multiline,
        }
    }
}

impl From<&AuthMethod> for AppMethod {
    fn from(method: &AuthMethod) -> Self {
        Self {
            id: method.id.clone(),
            method: method.kind.as_str().to_owned(),
            kind: method.kind.type_name(),
            title: method.title.clone(),
            fields: method.fields.iter().map(AppField::from).collect(),
            scopes: method
                .oauth
                .iter()
                .flat_map(|oauth| &oauth.scopes)
                .map(|scope| scope.source().to_owned())
                .collect(),
            setup_url: method
                .oauth
                .as_ref()
                .and_then(|oauth| oauth.setup_url.clone()),
            setup_help: method
                .oauth
                .as_ref()
                .and_then(|oauth| oauth.setup_help.clone()),
            settings: method.settings.clone(),
        }
    }
}

impl From<&Action> for AppAction {
    fn from(action: &Action) -> Self {
        Self {
            key: action.key.clone(),
            title: action.title.clone(),
            description: action.description.clone(),
            input: action.input.schema().clone(),
            idempotent: !matches!(action.idempotent, Idempotent::No),
        }
    }
}

impl From<&Trigger> for AppTrigger {
    fn from(trigger: &Trigger) -> Self {
        Self {
            key: trigger.key.clone(),
            title: trigger.title.clone(),
            description: trigger.description.clone(),
            kind: match trigger.kind {
                TriggerKind::Poll => "poll".to_owned(),
                TriggerKind::Webhook => "webhook".to_owned(),
            },
            interval: trigger.interval,
            input: trigger.input.schema().clone(),
        }
    }
}
