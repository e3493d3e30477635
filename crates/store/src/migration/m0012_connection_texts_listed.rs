//! What lists by name need beside the text, side by side with it: PostgreSQL finds who has a text by its trigrams, in no
//! order, and would have to read as many wide rows to put them in one. `connection_texts` says plainly there what it is, a
//! row a connection: `first` is its id and `texts` what stands in its column `search`.
//!
//! One and two letters, which make no trigram, are found by an index of their own.
//!
//! SQLite, where it stays as it is, reads through `connections_listed`, which has all of that.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0012_connection_texts_listed"
    }
}

const POSTGRES: [&str; 9] = [
    // Filled anew rather than changed, which would leave as much behind as there is.
    "TRUNCATE connection_texts",
    "ALTER TABLE connection_texts DROP COLUMN ids, ADD COLUMN name_key text NOT NULL, ADD COLUMN trashed text NOT NULL, \
     ADD COLUMN visibility text NOT NULL, ADD COLUMN owner text NOT NULL, ADD COLUMN app text NOT NULL",
    "INSERT INTO connection_texts (project, first, texts, name_key, trashed, visibility, owner, app) \
     SELECT project, id, search, name_key, trashed, visibility, owner, app \
     FROM connections",
    "CREATE FUNCTION connection_pairs(texts text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ \
     SELECT coalesce(array_agg(DISTINCT pair), '{}') FROM \
     (SELECT letter, letter || lead(letter) OVER (ORDER BY at) AS two \
     FROM unnest(string_to_array(texts, NULL)) WITH ORDINALITY AS of (letter, at)) AS letters, \
     LATERAL (VALUES (letter), (two)) AS of (pair) WHERE pair IS NOT NULL $$",
    "CREATE INDEX connection_texts_pairs ON connection_texts USING gin (connection_pairs(texts))",
    "ANALYZE connection_texts",
    "CREATE OR REPLACE FUNCTION connection_texts_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF TG_OP = 'INSERT' THEN \
     INSERT INTO connection_texts (project, first, texts, name_key, trashed, visibility, owner, app) \
     VALUES (NEW.project, NEW.id, NEW.search, NEW.name_key, NEW.trashed, NEW.visibility, NEW.owner, NEW.app); \
     ELSIF TG_OP = 'UPDATE' THEN \
     UPDATE connection_texts SET texts = NEW.search, name_key = NEW.name_key, trashed = NEW.trashed, visibility = NEW.visibility, owner = NEW.owner, app = NEW.app \
     WHERE project = NEW.project AND first = NEW.id; \
     ELSE \
     DELETE FROM connection_texts WHERE project = OLD.project AND first = OLD.id; \
     END IF; \
     RETURN NULL; END $$",
    "DROP TRIGGER connection_texts_update ON connections",
    "CREATE TRIGGER connection_texts_update AFTER UPDATE OF search, name_key, trashed, visibility, owner, app \
     ON connections FOR EACH ROW WHEN ((NEW.search, NEW.name_key, NEW.trashed, NEW.visibility, NEW.owner, NEW.app) \
     IS DISTINCT FROM (OLD.search, OLD.name_key, OLD.trashed, OLD.visibility, OLD.owner, OLD.app)) \
     EXECUTE FUNCTION connection_texts_keep()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for statement in POSTGRES {
                manager
                    .get_connection()
                    .execute_unprepared(statement)
                    .await?;
            }
        }
        Ok(())
    }
}
