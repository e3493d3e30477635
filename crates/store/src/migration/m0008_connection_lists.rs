//! Indexes that lists, counts and the renewal schedule read alone, so that a hundred thousand connections in a project
//! stay quick to list and cost nothing while nobody asks.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_connection_lists"
    }
}

/// Replaced by those below.
const GONE: [&str; 6] = [
    "connections_status",
    "connections_app",
    "connections_expires",
    "connections_counts",
    "connections_refresh",
    "connections_expiry",
];

/// Every column a list filters or sorts by, in the order of names; then what is looked at most in front, because SQLite finds
/// a column by going through those before it. PostgreSQL limits an entry to 2,704 bytes and an account may have any
/// name, so [`SEARCH`] stands in it on SQLite only.
const LISTED: [&str; 14] = [
    "project",
    "trashed",
    "name_key",
    "id",
    SEARCH,
    "status",
    "flow_count",
    "last_used_at",
    "refreshable",
    "expires_at",
    "visibility",
    "owner",
    "app",
    "created_at",
];
const SEARCH: &str = "search";

/// Visibility and owner stand behind what is counted, because what is not visible is not counted.
const WHOLE: [(&str, &[&str]); 3] = [
    (
        "connections_status",
        &["project", "trashed", "status", "id", "visibility", "owner"],
    ),
    (
        "connections_app",
        &[
            "project",
            "trashed",
            "app",
            "id",
            "visibility",
            "owner",
            "last_used_at",
        ],
    ),
    (
        "connections_owner",
        &["project", "trashed", "owner", "visibility"],
    ),
];

/// Indexes over the rows where a column has a value: name, columns, that column.
const PARTIAL: [(&str, &[&str], &str); 5] = [
    (
        "connections_expiring",
        &[
            "project",
            "trashed",
            "refreshable",
            "status",
            "expires_at",
            "visibility",
            "owner",
        ],
        "expires_at",
    ),
    (
        "connections_expiry",
        &["trashed", "status", "refreshable", "expires_at"],
        "expires_at",
    ),
    (
        "connections_refresh",
        &["trashed", "next_refresh_at"],
        "next_refresh_at",
    ),
    (
        "connections_next_try",
        &["trashed", "next_try_at"],
        "next_try_at",
    ),
    (
        "connections_failed",
        &["trashed", "status", "expires_at"],
        "fail_class",
    ),
];

/// PostgreSQL finds text within text by its extension `pg_trgm`, which whoever may create things in the database may
/// add to it (postgresql.org/docs/current/pgtrgm.html). Where it is not installed or not allowed, searching reads the
/// project's rows.
const TRIGRAMS: &str = "DO $$ BEGIN \
    CREATE EXTENSION IF NOT EXISTS pg_trgm; \
    CREATE INDEX connections_search ON connections USING gin (search gin_trgm_ops); \
    EXCEPTION WHEN OTHERS THEN \
    RAISE NOTICE 'searching connections goes without pg_trgm: %', SQLERRM; \
    END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in GONE {
            manager
                .drop_index(Index::drop().name(name).table("connections").to_owned())
                .await?;
        }
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let mut listed = LISTED.to_vec();
        listed.retain(|column| sqlite || *column != SEARCH);
        manager
            .create_index(index("connections_listed", &listed))
            .await?;
        for (name, columns) in WHOLE {
            manager.create_index(index(name, columns)).await?;
        }
        for (name, columns, on) in PARTIAL {
            let mut partial = index(name, columns);
            partial.cond_where(Expr::col(on).is_not_null());
            manager.create_index(partial).await?;
        }
        let mut unused = index(
            "connections_unused",
            &["project", "trashed", "last_used_at", "visibility", "owner"],
        );
        unused.cond_where(Expr::col("flow_count").eq(Expr::cust("0")));
        manager.create_index(unused).await?;
        if !sqlite {
            manager
                .get_connection()
                .execute_unprepared(TRIGRAMS)
                .await?;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use patchbay_model::{
        AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, ProjectId, Timestamp,
        UserId, Visibility,
    };

    use super::*;
    use crate::{
        Page, Store, StoreConfig,
        connections::{
            ConnectionFilter, ConnectionNew, ConnectionOrder, ConnectionSort, Grant,
            connection_insert, connections_list,
        },
        migration::Migrator,
        testing::postgres_database,
    };

    fn connection(project: &ProjectId, name: &str) -> ConnectionNew {
        ConnectionNew {
            id: ConnectionId::new(),
            project: project.clone(),
            app: "acme".to_owned(),
            name: name.to_owned(),
            owner: UserId::new(),
            visibility: Visibility::Project,
            grant: Grant {
                auth_method: "api_key".to_owned(),
                kind: AuthMethodKind::ApiKey,
                status: ConnectionStatus::Active,
                status_reason: None,
                expires_at: None,
                refreshable: false,
                next_refresh_at: None,
                account: AccountIdentity {
                    id: None,
                    label: Some("long ".repeat(20_000)),
                },
                scopes: Vec::new(),
                hosts: Vec::new(),
                settings: serde_json::Map::new(),
                hint: None,
            },
        }
    }

    async fn migrated_with_rows(config: &StoreConfig) {
        let before = Migrator::migrations()
            .iter()
            .position(|migration| migration.name() == Migration.name())
            .expect("this migration");
        let store = Store::attach(config).await.expect("it opens");
        Migrator::up(store.reader(), Some(before as u32))
            .await
            .expect("the tables as they were");
        let project = ProjectId::new();
        let insert = async |store: &Store, name: &str| {
            let new = connection(&project, name);
            connection_insert(store.reader(), &new, Timestamp::now())
                .await
                .expect("a connection");
        };
        insert(&store, "before").await;
        store.close().await.expect("it closes");
        let store = Store::open(config).await.expect("it is brought up to date");
        insert(&store, "behind").await;
        let sort = ConnectionSort {
            by: ConnectionOrder::Name,
            descending: true,
        };
        for (q, count) in [("be", 2), ("BEFORE", 1), ("long long", 2), ("none", 0)] {
            let filter = ConnectionFilter {
                q: Some(q.to_owned()),
                ..ConnectionFilter::default()
            };
            let page = Page::default();
            let paged = connections_list(store.reader(), &project, &filter, sort, &page).await;
            assert_eq!(paged.expect("a list").items.len(), count, "{q}");
        }
    }

    #[tokio::test]
    async fn rows_of_before_are_listed_afterwards() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("patchbay.db");
        std::fs::write(&path, []).expect("an empty database");
        migrated_with_rows(&StoreConfig::Sqlite { path }).await;
        migrated_with_rows(&StoreConfig::Postgres {
            url: postgres_database().await,
            max_connections: 2,
        })
        .await;
    }
}
