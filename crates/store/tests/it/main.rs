//! Repository tests, each on SQLite and on PostgreSQL.

mod audit;
mod database;
mod idempotency;
mod people;
