//! Migrations, one Rust file a change, oldest first. Applied ones are never edited.

// The trait was written without the lifetime of `SchemaManager`; naming it makes another signature.
#![allow(elided_lifetimes_in_paths)]

mod m0001_people;
mod m0002_connections;
mod m0003_flows;
mod m0004_idempotency;
mod m0005_polls;
mod m0006_run_indexes;
mod m0007_change_counts;
mod m0008_connection_lists;
mod m0009_connection_texts;
mod m0010_connection_tallies;
mod m0011_nodes;
mod m0012_connection_texts_listed;

use sea_orm_migration::prelude::*;

/// Every migration there is.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_connections::Migration),
            Box::new(m0003_flows::Migration),
            Box::new(m0004_idempotency::Migration),
            Box::new(m0005_polls::Migration),
            Box::new(m0006_run_indexes::Migration),
            Box::new(m0007_change_counts::Migration),
            Box::new(m0008_connection_lists::Migration),
            Box::new(m0009_connection_texts::Migration),
            Box::new(m0010_connection_tallies::Migration),
            Box::new(m0011_nodes::Migration),
            Box::new(m0012_connection_texts_listed::Migration),
        ]
    }
}
