//! The texts that searches look into, side by side and apart from the rows, so that a text which one connection in a
//! hundred thousand has, or none, is found by reading little; and an index over the few connections that are not active.
//!
//! A row of `connection_texts` is a block of a project's connections: `texts` is the JSON array of what stands in their
//! column `search`, `ids` their ids in the same order with a space behind each. Triggers keep it, whoever writes.
//!
//! On SQLite a block fills a page and holds those whose ids lie between its `first` and the next block's. Ids grow with
//! time, so it is nearly always the last one that grows. On PostgreSQL, where many write at once, a block is one
//! connection.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_connection_texts"
    }
}

/// All that lists of what is not active filter and sort by. Most connections are active: their writes do not touch it.
const ATTENTION: [&str; 11] = [
    "project",
    "trashed",
    "status",
    "id",
    "visibility",
    "owner",
    "name_key",
    "last_used_at",
    "created_at",
    "app",
    "flow_count",
];

const TABLE: &str = "CREATE TABLE connection_texts (project text NOT NULL, first text NOT NULL, texts text NOT NULL, \
     ids text NOT NULL, PRIMARY KEY (project, first))";

/// Blocks of so many connections as fill a page with usual names.
const SQLITE_FILL: &str = "INSERT INTO connection_texts (project, first, texts, ids) \
     SELECT project, min(id), json_group_array(search), group_concat(id || ' ', '') FROM \
     (SELECT project, id, search, (row_number() OVER (PARTITION BY project ORDER BY id) - 1) / 48 AS block \
     FROM connections) GROUP BY project, block";

/// A full block is split where the new id belongs: what is greater moves into the new block. 3,700 bytes leave room for
/// one more in a page of 4,096 (sqlite.org/fileformat2.html, section 1.6). An id and the space behind it are 32
/// characters.
const SQLITE_TRIGGERS: [&str; 3] = [
    "CREATE TRIGGER connection_texts_insert AFTER INSERT ON connections BEGIN \
     INSERT INTO connection_texts (project, first, texts, ids) \
     SELECT NEW.project, NEW.id, \
     coalesce((SELECT json_group_array(entry.value) FROM connection_texts AS full, json_each(full.texts) AS entry \
     WHERE full.project = NEW.project AND full.first = found.first \
     AND substr(full.ids, entry.key * 32 + 1, 31) > NEW.id), '[]'), \
     coalesce((SELECT group_concat(substr(full.ids, entry.key * 32 + 1, 32), '') \
     FROM connection_texts AS full, json_each(full.texts) AS entry \
     WHERE full.project = NEW.project AND full.first = found.first \
     AND substr(full.ids, entry.key * 32 + 1, 31) > NEW.id), '') \
     FROM (SELECT max(first) AS first FROM connection_texts WHERE project = NEW.project AND first <= NEW.id) AS found \
     WHERE NOT EXISTS (SELECT 1 FROM connection_texts AS roomy WHERE roomy.project = NEW.project \
     AND roomy.first = found.first AND octet_length(roomy.texts) + length(roomy.ids) < 3700); \
     UPDATE connection_texts SET \
     texts = (SELECT json_group_array(entry.value) FROM json_each(texts) AS entry \
     WHERE substr(ids, entry.key * 32 + 1, 31) < NEW.id), \
     ids = (SELECT group_concat(substr(ids, entry.key * 32 + 1, 32), '') FROM json_each(texts) AS entry \
     WHERE substr(ids, entry.key * 32 + 1, 31) < NEW.id) \
     WHERE project = NEW.project \
     AND first = (SELECT max(first) FROM connection_texts WHERE project = NEW.project AND first < NEW.id) \
     AND EXISTS (SELECT 1 FROM connection_texts AS fresh WHERE fresh.project = NEW.project \
     AND fresh.first = NEW.id AND fresh.ids <> ''); \
     UPDATE connection_texts SET texts = json_insert(texts, '$[#]', NEW.search), ids = ids || NEW.id || ' ' \
     WHERE project = NEW.project \
     AND first = (SELECT max(first) FROM connection_texts WHERE project = NEW.project AND first <= NEW.id); \
     END",
    "CREATE TRIGGER connection_texts_update AFTER UPDATE OF search ON connections \
     WHEN NEW.search <> OLD.search BEGIN \
     UPDATE connection_texts SET texts = json_set(texts, '$[' || ((instr(ids, NEW.id) - 1) / 32) || ']', NEW.search) \
     WHERE project = NEW.project AND instr(ids, NEW.id) > 0 \
     AND first = (SELECT max(first) FROM connection_texts WHERE project = NEW.project AND first <= NEW.id); \
     END",
    "CREATE TRIGGER connection_texts_delete AFTER DELETE ON connections BEGIN \
     UPDATE connection_texts SET texts = json_remove(texts, '$[' || ((instr(ids, OLD.id) - 1) / 32) || ']'), \
     ids = replace(ids, OLD.id || ' ', '') \
     WHERE project = OLD.project AND instr(ids, OLD.id) > 0 \
     AND first = (SELECT max(first) FROM connection_texts WHERE project = OLD.project AND first <= OLD.id); \
     DELETE FROM connection_texts WHERE project = OLD.project AND ids = '' \
     AND first = (SELECT max(first) FROM connection_texts WHERE project = OLD.project AND first <= OLD.id); \
     END",
];

const POSTGRES: [&str; 6] = [
    "INSERT INTO connection_texts (project, first, texts, ids) \
     SELECT project, id, json_build_array(search)::text, id || ' ' FROM connections",
    // Searches come before the server gets around to it.
    "ANALYZE connection_texts",
    "CREATE FUNCTION connection_texts_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF TG_OP = 'INSERT' THEN \
     INSERT INTO connection_texts (project, first, texts, ids) \
     VALUES (NEW.project, NEW.id, json_build_array(NEW.search)::text, NEW.id || ' '); \
     ELSIF TG_OP = 'UPDATE' THEN \
     UPDATE connection_texts SET texts = json_build_array(NEW.search)::text \
     WHERE project = NEW.project AND first = NEW.id; \
     ELSE \
     DELETE FROM connection_texts WHERE project = OLD.project AND first = OLD.id; \
     END IF; \
     RETURN NULL; END $$",
    "CREATE TRIGGER connection_texts_row AFTER INSERT OR DELETE ON connections \
     FOR EACH ROW EXECUTE FUNCTION connection_texts_keep()",
    "CREATE TRIGGER connection_texts_update AFTER UPDATE OF search ON connections \
     FOR EACH ROW WHEN (NEW.search IS DISTINCT FROM OLD.search) EXECUTE FUNCTION connection_texts_keep()",
    // Every write of a connection paid for it.
    "DROP INDEX IF EXISTS connections_search",
];

/// PostgreSQL finds text within text by its extension `pg_trgm`, which whoever may create things in the database may
/// add to it (postgresql.org/docs/current/pgtrgm.html). Where it is not installed or not allowed, and for one or two
/// letters, searching reads through `connection_texts`.
const TRIGRAMS: &str = "DO $$ BEGIN \
    CREATE EXTENSION IF NOT EXISTS pg_trgm; \
    CREATE INDEX connection_texts_trigrams ON connection_texts USING gin (texts gin_trgm_ops); \
    EXCEPTION WHEN OTHERS THEN \
    RAISE NOTICE 'searching connections goes without pg_trgm: %', SQLERRM; \
    END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(TABLE).await?;
        let statements: &[&str] = if manager.get_database_backend() == DbBackend::Sqlite {
            db.execute_unprepared(SQLITE_FILL).await?;
            &SQLITE_TRIGGERS
        } else {
            db.execute_unprepared(TRIGRAMS).await?;
            &POSTGRES
        };
        for statement in statements {
            db.execute_unprepared(statement).await?;
        }
        let mut attention = Index::create();
        attention.name("connections_attention").table("connections");
        for column in ATTENTION {
            attention.col(column);
        }
        attention.cond_where(Expr::col("status").ne(Expr::cust("'ACTIVE'")));
        manager.create_index(attention).await
    }
}
