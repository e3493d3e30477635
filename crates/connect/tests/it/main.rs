//! Connecting and managing, against providers on loopback.

mod bad_providers;
mod callback;
mod forms;
mod grants;
mod learnt;
mod manage;
mod provider;
mod reconnect;
mod refresh;
mod refresh_crash;
mod refresh_failures;
mod refresh_nodes;
mod refresh_provider;
mod refresh_revoked;
mod refresh_world;
mod secrecy;
mod world;
