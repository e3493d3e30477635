//! The ways in: HTTP API, OpenAPI document, SSE, webhooks and the embedded dashboard.

pub mod app;
pub mod config;
mod front;
pub mod http;
mod lane;
pub mod listener;
pub mod routes;
pub mod sandbox;
pub mod state;
mod web;

pub use app::{router, sealed_router, worker_router};
pub use config::ServerConfig;
pub use front::Front;
pub use state::AppState;
