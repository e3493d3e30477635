//! Keys, connections with their credentials and uses, OAuth clients and connect sessions.
#![allow(elided_lifetimes_in_paths)] // the signature sea-orm-migration asks for

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        keyring(manager).await?;
        connections(manager).await?;
        credentials(manager).await?;
        usages(manager).await?;
        oauth_clients(manager).await?;
        connect_sessions(manager).await?;
        connection_undos(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "connection_undos",
            "connect_sessions",
            "oauth_clients",
            "connection_usages",
            "orphan_tokens",
            "credentials",
            "connections",
            "key_deks",
            "key_roots",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn text(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.text().not_null();
    column
}

fn text_null(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.text().null();
    column
}

fn number(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.big_integer().not_null();
    column
}

fn number_null(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.big_integer().null();
    column
}

fn flag(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.boolean().not_null();
    column
}

fn blob(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.blob().not_null();
    column
}

fn blob_null(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.blob().null();
    column
}

fn primary(columns: &[&str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(Alias::new(*column));
    }
    key.primary();
    key.take()
}

async fn table(
    manager: &SchemaManager<'_>,
    name: &str,
    columns: Vec<ColumnDef>,
    key: &[&str],
) -> Result<(), DbErr> {
    let mut create = Table::create();
    create.table(Alias::new(name));
    for mut column in columns {
        create.col(&mut column);
    }
    create.primary_key(&mut primary(key));
    manager.create_table(create).await
}

async fn index(
    manager: &SchemaManager<'_>,
    on: &str,
    name: &str,
    columns: &[&str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut create = Index::create();
    create.name(name).table(Alias::new(on));
    for column in columns {
        create.col(Alias::new(*column));
    }
    if unique {
        create.unique();
    }
    manager.create_index(create).await
}

async fn keyring(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "key_roots",
        vec![
            number("version"),
            text("kek_id"),
            blob("wrapped"),
            number("created_at"),
        ],
        &["version"],
    )
    .await?;
    table(
        manager,
        "key_deks",
        vec![
            text("dek_id"),
            text("project"),
            number("root_version"),
            number("version"),
            blob("wrapped"),
            number("created_at"),
        ],
        &["dek_id"],
    )
    .await?;
    // Two nodes that make a project's first key at once: one of them loses and reads the winner's.
    index(
        manager,
        "key_deks",
        "key_deks_project",
        &["project", "version"],
        true,
    )
    .await
}

async fn connections(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "connections",
        vec![
            text("id"),
            text("project"),
            text("app"),
            text("auth_method"),
            text("kind"),
            text("name"),
            text("name_key"),
            text("search"),
            text("owner"),
            text("visibility"),
            text("status"),
            text_null("status_reason"),
            text_null("provider_error"),
            number("status_since"),
            number_null("expires_at"),
            flag("refreshable"),
            number_null("next_refresh_at"),
            number_null("last_refreshed_at"),
            text_null("account_id"),
            text_null("account_label"),
            text("scopes"),
            text("hosts"),
            text("settings"),
            text_null("hint"),
            number("last_used_at"),
            text_null("last_used_run"),
            text_null("last_used_flow"),
            number("use_count"),
            number("flow_count"),
            number("generation"),
            number("created_at"),
            text("created_by"),
            number("updated_at"),
            number_null("deleted_at"),
            text("trashed"),
            text_null("lease_owner"),
            number("lease_epoch"),
            number_null("lease_until"),
            text_null("intent_attempt"),
            number_null("intent_at"),
            text("intent_phase"),
            text_null("fail_class"),
            number("fail_count"),
            number_null("next_try_at"),
        ],
        &["id"],
    )
    .await?;
    // `trashed` is empty while the connection lives and its id afterwards, so a name in the trash is free.
    index(
        manager,
        "connections",
        "connections_name",
        &["project", "trashed", "name_key"],
        true,
    )
    .await?;
    for (name, column) in [
        ("connections_status", "status"),
        ("connections_last_used", "last_used_at"),
        ("connections_created", "created_at"),
        ("connections_app", "app"),
        ("connections_flows", "flow_count"),
        ("connections_expires", "expires_at"),
    ] {
        index(
            manager,
            "connections",
            name,
            &["project", "trashed", column, "id"],
            false,
        )
        .await?;
    }
    // Holds all that the counts of the list need, so that they are read from the index alone.
    index(
        manager,
        "connections",
        "connections_counts",
        &[
            "project",
            "trashed",
            "owner",
            "visibility",
            "status",
            "last_used_at",
            "flow_count",
            "expires_at",
            "refreshable",
            "app",
        ],
        false,
    )
    .await?;
    index(
        manager,
        "connections",
        "connections_refresh",
        &["trashed", "status", "next_refresh_at"],
        false,
    )
    .await?;
    index(
        manager,
        "connections",
        "connections_expiry",
        &["trashed", "status", "expires_at"],
        false,
    )
    .await?;
    index(
        manager,
        "connections",
        "connections_intent",
        &["intent_phase"],
        false,
    )
    .await?;
    index(
        manager,
        "connections",
        "connections_deleted",
        &["deleted_at"],
        false,
    )
    .await
}

async fn credentials(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "credentials",
        vec![
            text("connection"),
            number("generation"),
            text("part"),
            text("project"),
            blob("sealed"),
            number("created_at"),
        ],
        &["connection", "generation", "part"],
    )
    .await?;
    table(
        manager,
        "orphan_tokens",
        vec![
            text("id"),
            text("project"),
            text("connection"),
            number("generation"),
            blob("sealed"),
            number("created_at"),
            number("expires_at"),
        ],
        &["id"],
    )
    .await?;
    index(
        manager,
        "orphan_tokens",
        "orphan_tokens_connection",
        &["connection"],
        false,
    )
    .await
}

async fn usages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "connection_usages",
        vec![
            text("flow"),
            text("version"),
            text("step"),
            text("project"),
            text("connection"),
            text_null("step_name"),
            text("path"),
        ],
        &["flow", "version", "step"],
    )
    .await?;
    index(
        manager,
        "connection_usages",
        "connection_usages_connection",
        &["connection", "flow", "version"],
        false,
    )
    .await
}

async fn oauth_clients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "oauth_clients",
        vec![
            text("project"),
            text("app"),
            text("client_id"),
            blob_null("secret"),
            text_null("scopes"),
            text("endpoints"),
            flag("tls12"),
            number("revision"),
            number("updated_at"),
            text("updated_by"),
        ],
        &["project", "app"],
    )
    .await
}

async fn connect_sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "connect_sessions",
        vec![
            text("id"),
            text("project"),
            text("user_id"),
            text("browser"),
            text("app"),
            text("auth_method"),
            text_null("name"),
            text("visibility"),
            text("settings"),
            text_null("state_hash"),
            blob_null("verifier"),
            text("snapshot"),
            blob_null("client_secret"),
            text_null("reconnect"),
            text_null("return_to"),
            text("state"),
            text_null("error"),
            text_null("account_id"),
            text_null("account_label"),
            text_null("connection"),
            text_null("held"),
            blob_null("held_secret"),
            number("created_at"),
            number("expires_at"),
            number("updated_at"),
        ],
        &["id"],
    )
    .await?;
    index(
        manager,
        "connect_sessions",
        "connect_sessions_state",
        &["state_hash"],
        true,
    )
    .await?;
    index(
        manager,
        "connect_sessions",
        "connect_sessions_expires",
        &["expires_at"],
        false,
    )
    .await
}

async fn connection_undos(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "connection_undos",
        vec![
            text("token_hash"),
            text("project"),
            text("from_connection"),
            text("to_connection"),
            text("changes"),
            number("created_at"),
            number("expires_at"),
        ],
        &["token_hash"],
    )
    .await
}
