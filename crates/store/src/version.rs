//! Which changes of the tables a database has seen, compared with those this build knows.

use sea_orm::{DatabaseConnection, EntityTrait};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};

use crate::{StoreResult, migration::Migrator};

/// The state of a database's tables. Names are those of the migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseVersion {
    /// Applied, oldest first.
    pub applied: Vec<String>,
    /// Known to this build and not applied yet; the next start of the server does that.
    pub pending: Vec<String>,
    /// Applied by a newer version; this build must not use the database.
    pub unknown: Vec<String>,
}

impl DatabaseVersion {
    /// Whether this build can use the tables as they are.
    pub fn is_current(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }

    /// Whether Patchbay never made tables here.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty()
    }

    pub(crate) async fn read(db: &DatabaseConnection) -> StoreResult<Self> {
        let known: Vec<String> = Migrator::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        let mut applied = Vec::new();
        if SchemaManager::new(db).has_table("seaql_migrations").await? {
            let rows = seaql_migrations::Entity::find().all(db).await?;
            applied = rows.into_iter().map(|row| row.version).collect();
            applied.sort();
        }
        let without = |names: &[String], others: &[String]| {
            let rest = names.iter().filter(|name| !others.contains(name));
            rest.cloned().collect::<Vec<_>>()
        };
        Ok(Self {
            pending: without(&known, &applied),
            unknown: without(&applied, &known),
            applied,
        })
    }
}
