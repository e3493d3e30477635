//! How many connections of each kind a project has, so that the tabs and the apps in use are counted without reading a
//! hundred thousand connections.
//!
//! `connection_tallies` holds numbers of connections that are alike in what is counted: `trashed` is empty or `x` there,
//! `flow_count` 0 or 1, and `count` how many they are. Triggers keep it, whoever writes. On SQLite there is one row for
//! each kind. On PostgreSQL writers would wait for each other at such a row, so each adds rows of +1 and −1, to be summed,
//! and one write in sixteen puts those of its kinds together that nobody else is just putting together.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_connection_tallies"
    }
}

const COLUMNS: &str = "project text NOT NULL, trashed text NOT NULL, app text NOT NULL, visibility text NOT NULL, \
     owner text NOT NULL, status text NOT NULL, flow_count integer NOT NULL, count bigint NOT NULL";

/// What makes connections alike.
const KIND: &str = "project, trashed, app, visibility, owner, status, flow_count";

/// The kind of a row that a trigger knows by this name.
fn kind_of(row: &str) -> String {
    format!(
        "{row}.project, CASE WHEN {row}.trashed = '' THEN '' ELSE 'x' END, {row}.app, {row}.visibility, {row}.owner, \
         {row}.status, CASE WHEN {row}.flow_count > 0 THEN 1 ELSE 0 END"
    )
}

fn fill() -> String {
    let kind = kind_of("connections");
    format!(
        "INSERT INTO connection_tallies ({KIND}, count) SELECT {kind}, count(*) FROM connections \
         GROUP BY 1, 2, 3, 4, 5, 6, 7"
    )
}

const COUNTED: &str = "UPDATE OF trashed, app, visibility, owner, status, flow_count";

fn sqlite() -> Vec<String> {
    let (old, new) = (kind_of("OLD"), kind_of("NEW"));
    let add = format!(
        "INSERT INTO connection_tallies ({KIND}, count) VALUES ({new}, 1) \
         ON CONFLICT ({KIND}) DO UPDATE SET count = count + 1;"
    );
    let take = format!(
        "UPDATE connection_tallies SET count = count - 1 WHERE ({KIND}) = ({old}); \
         DELETE FROM connection_tallies WHERE ({KIND}) = ({old}) AND count = 0;"
    );
    vec![
        format!("CREATE TABLE connection_tallies ({COLUMNS}, PRIMARY KEY ({KIND})) WITHOUT ROWID"),
        fill(),
        format!(
            "CREATE TRIGGER connection_tallies_insert AFTER INSERT ON connections BEGIN {add} END"
        ),
        format!(
            "CREATE TRIGGER connection_tallies_delete AFTER DELETE ON connections BEGIN {take} END"
        ),
        format!(
            "CREATE TRIGGER connection_tallies_update AFTER {COUNTED} ON connections \
             WHEN ({old}) <> ({new}) BEGIN {take} {add} END"
        ),
    ]
}

fn postgres() -> Vec<String> {
    let (old, new) = (kind_of("OLD"), kind_of("NEW"));
    let add = |kind: &str, count: i32| {
        format!("INSERT INTO connection_tallies ({KIND}, count) VALUES ({kind}, {count});")
    };
    let gather = |kind: &str| {
        format!(
            "WITH gone AS (DELETE FROM connection_tallies WHERE ctid = ANY (ARRAY( \
             SELECT ctid FROM connection_tallies WHERE ({KIND}) = ({kind}) FOR UPDATE SKIP LOCKED)) RETURNING *) \
             INSERT INTO connection_tallies ({KIND}, count) \
             SELECT {KIND}, sum(count) FROM gone GROUP BY {KIND} HAVING sum(count) <> 0;"
        )
    };
    vec![
        format!("CREATE TABLE connection_tallies ({COLUMNS})"),
        fill(),
        format!("CREATE INDEX connection_tallies_kind ON connection_tallies ({KIND})"),
        format!(
            "CREATE FUNCTION connection_tallies_keep() RETURNS trigger LANGUAGE plpgsql AS $$ \
             DECLARE gathering boolean := random() < 0.0625; BEGIN \
             IF TG_OP <> 'INSERT' THEN {} IF gathering THEN {} END IF; END IF; \
             IF TG_OP <> 'DELETE' THEN {} IF gathering THEN {} END IF; END IF; \
             RETURN NULL; END $$",
            add(&old, -1),
            gather(&old),
            add(&new, 1),
            gather(&new),
        ),
        "CREATE TRIGGER connection_tallies_row AFTER INSERT OR DELETE ON connections \
         FOR EACH ROW EXECUTE FUNCTION connection_tallies_keep()"
            .to_owned(),
        format!(
            "CREATE TRIGGER connection_tallies_update AFTER {COUNTED} ON connections \
             FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION connection_tallies_keep()"
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite_ = manager.get_database_backend() == DbBackend::Sqlite;
        for statement in if sqlite_ { sqlite() } else { postgres() } {
            manager
                .get_connection()
                .execute_unprepared(&statement)
                .await?;
        }
        // With the app, by which what was used lately is counted too.
        let unused = Index::drop()
            .name("connections_unused")
            .table("connections")
            .to_owned();
        manager.drop_index(unused).await?;
        let mut unused = index(
            "connections_unused",
            &[
                "project",
                "trashed",
                "last_used_at",
                "visibility",
                "owner",
                "app",
            ],
        );
        unused.cond_where(Expr::col("flow_count").eq(Expr::cust("0")));
        manager.create_index(unused).await?;
        // When each kind was used last is the end of a range. Sorting by app needs no more than app and id.
        let app = Index::drop()
            .name("connections_app")
            .table("connections")
            .to_owned();
        manager.drop_index(app).await?;
        manager
            .create_index(index(
                "connections_app",
                &["project", "trashed", "app", "id"],
            ))
            .await?;
        manager
            .create_index(index(
                "connections_app_used",
                &[
                    "project",
                    "trashed",
                    "app",
                    "visibility",
                    "owner",
                    "last_used_at",
                ],
            ))
            .await
    }
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("connections");
    for column in columns {
        index.col(*column);
    }
    index
}
