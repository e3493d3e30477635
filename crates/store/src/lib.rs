//! The only SQL of Patchbay.
//!
//! [`Store`] opens a SQLite file or a PostgreSQL database and hands out readers and the writer. One module a group of
//! tables holds the functions; each takes a [`Db`] first and, where rows belong to a project, the project second.
//! Plain structs come back: no SeaORM type leaves this room.

pub mod audit;
pub mod backup;
mod changes;
pub mod connect_sessions;
pub mod connections;
mod database;
mod error;
mod facts;
pub mod flows;
pub mod idempotency;
pub mod keyring;
mod lock;
mod migration;
mod nodes;
pub mod oauth_clients;
mod page;
pub mod people;
pub mod polls;
pub mod runs;
#[cfg(feature = "testing")]
pub mod testing;
mod version;

pub use database::{Db, Engine, Store, StoreConfig, Tx};
pub use error::{StoreError, StoreResult};
pub use facts::DatabaseFacts;
pub use lock::{DataLock, DataLockError};
pub use page::{Page, PageLimitError, Paged};
pub use version::DatabaseVersion;
