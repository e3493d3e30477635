//! Repository tests, each on SQLite and on PostgreSQL.

mod audit;
mod connections;
mod database;
mod idempotency;
mod people;
