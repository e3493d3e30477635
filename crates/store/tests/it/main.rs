//! Repository tests, each on SQLite and on PostgreSQL.

mod database;
