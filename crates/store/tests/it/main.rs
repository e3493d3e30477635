//! Repository tests, each on SQLite and on PostgreSQL.

mod audit;
mod backup;
mod connection_lists;
mod connections;
mod database;
mod flows;
mod idempotency;
mod nodes;
mod people;
mod polls;
mod runs;
