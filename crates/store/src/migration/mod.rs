//! Migrations, one Rust file a change, oldest first. Applied ones are never edited.

use sea_orm_migration::prelude::*;

/// Every migration there is.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}
