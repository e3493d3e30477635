//! Connections of a project.

mod answer;
mod create;
mod list;
mod one;
mod reconnect;
mod replace;
mod state;

use utoipa_axum::router::OpenApiRouter;

use super::connection_usage;
use crate::AppState;

pub(crate) use answer::{AccountAnswer, ConnectionAnswer, ConnectionPath};

pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(list::router())
        .merge(create::router())
        .merge(one::router())
        .merge(state::router())
        .merge(reconnect::router())
        .merge(replace::router())
        .merge(connection_usage::router())
}
