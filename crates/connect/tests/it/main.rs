//! Connecting and managing, against providers on loopback.

mod bad_providers;
mod callback;
mod forms;
mod manage;
mod provider;
mod reconnect;
mod secrecy;
mod world;
