//! The ways in: HTTP API, OpenAPI document, SSE, webhooks and the embedded dashboard.

pub mod app;
pub mod config;
pub mod http;
pub mod listener;
pub mod routes;
pub mod sandbox;
pub mod state;
mod web;

pub use app::{router, sealed_router, worker_router};
pub use config::ServerConfig;
pub use state::AppState;
