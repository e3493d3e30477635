//! Drop-downs of actions, loaded through a connection.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use patchbay_catalog::OptionItem;
use patchbay_model::{Code, ConnectionId, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    AppState,
    http::{ApiPath, ApiQuery, ApiResult, ProjectActor, error::ErrorAnswer},
};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(connection_options))
}

#[derive(Deserialize)]
struct OptionsPath {
    id: String,
    option: String,
}

/// The lines of a drop-down.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct OptionsAnswer {
    data: Vec<OptionAnswer>,
}

/// One line of a drop-down.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct OptionAnswer {
    /// What is chosen.
    #[schema(value_type = Object)]
    value: Value,
    /// What is shown.
    label: String,
}

impl From<OptionItem> for OptionAnswer {
    fn from(item: OptionItem) -> Self {
        Self {
            value: item.value,
            label: item.label,
        }
    }
}

/// Load the lines of a drop-down
///
/// `option` is the name that a property of an action's input gives in `options`. Query parameters are what the form
/// holds so far; lines may depend on it.
#[utoipa::path(
    get,
    path = "/connections/{id}/options/{option}",
    tag = "connections",
    security(("session" = []), ("key" = [])),
    params(
        ("id" = String, Path, description = "The connection."),
        ("option" = String, Path, description = "The list's name in the app's manifest."),
    ),
    responses(
        (status = 200, body = OptionsAnswer),
        (status = 401, body = ErrorAnswer),
        (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer),
        (status = 502, body = ErrorAnswer),
    ),
)]
async fn connection_options(
    State(state): State<AppState>,
    ProjectActor(actor): ProjectActor,
    ApiPath(OptionsPath { id, option }): ApiPath<OptionsPath>,
    ApiQuery(input): ApiQuery<BTreeMap<String, String>>,
) -> ApiResult<Json<OptionsAnswer>> {
    let connection: ConnectionId = id.parse().map_err(|_| {
        Problem::new(
            Code::ConnectionNotFound,
            "There is no such connection in this project.",
        )
    })?;
    let input: Value = input
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    let items = state
        .gateway()
        .options_load(&actor, &connection, &option, &input)
        .await?;
    Ok(Json(OptionsAnswer {
        data: items.into_iter().map(OptionAnswer::from).collect(),
    }))
}
