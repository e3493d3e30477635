//! What an operator wants to know about the database itself.

use patchbay_model::Timestamp;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryOrder, QuerySelect, Statement,
};

use crate::{Engine, Store, StoreResult, audit::entry_entity};

/// Facts about the database behind a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// The engine's version as it says it, e.g. `3.50.2` or `17.5`.
    pub engine_version: String,
    /// PostgreSQL only: the major version.
    pub postgres_major: Option<i32>,
    /// PostgreSQL only: the setting `synchronous_commit`.
    pub synchronous_commit: Option<String>,
    /// What time it is by the database server; on SQLite that is this machine's own clock.
    pub now: Timestamp,
    /// When the newest entry of the audit log was written.
    pub newest_entry: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct PostgresRow {
    version: String,
    number: i32,
    commit: String,
    now: i64,
}

impl Store {
    /// Asks the database about itself.
    pub async fn facts(&self) -> StoreResult<DatabaseFacts> {
        let newest: Option<i64> = entry_entity::Entity::find()
            .select_only()
            .column(entry_entity::Column::At)
            .order_by_desc(entry_entity::Column::At)
            .into_tuple()
            .one(self.reader())
            .await?;
        let newest_entry = newest.map(Timestamp::from_millis);
        if self.engine() == Engine::Sqlite {
            let statement = Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version()");
            let row = self.reader().query_one_raw(statement).await?;
            let version = row.and_then(|row| row.try_get_by_index::<String>(0).ok());
            return Ok(DatabaseFacts {
                engine_version: version.unwrap_or_default(),
                postgres_major: None,
                synchronous_commit: None,
                now: Timestamp::now(),
                newest_entry,
            });
        }
        let statement = Statement::from_string(
            DbBackend::Postgres,
            "SELECT current_setting('server_version') AS version, \
             current_setting('server_version_num')::int AS number, \
             current_setting('synchronous_commit') AS commit, \
             (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now",
        );
        let row = PostgresRow::find_by_statement(statement)
            .one(self.reader())
            .await?
            .ok_or(crate::StoreError::Conflict)?;
        Ok(DatabaseFacts {
            engine_version: row.version,
            postgres_major: Some(row.number / 10_000),
            synchronous_commit: Some(row.commit),
            now: Timestamp::from_millis(row.now),
            newest_entry,
        })
    }
}
