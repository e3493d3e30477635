//! Flows with their versions, runs with their steps.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[allow(elided_lifetimes_in_paths)] // the trait's own signature
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        flows(manager).await?;
        flow_versions(manager).await?;
        runs(manager).await?;
        run_steps(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["run_steps", "runs", "flow_versions", "flows"] {
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
    let mut primary = Index::create();
    for column in key {
        primary.col(Alias::new(*column));
    }
    create.primary_key(primary.primary());
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

async fn flows(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "flows",
        vec![
            text("id"),
            text("project"),
            text("name"),
            text("name_key"),
            text("status"),
            text("draft"),
            number("draft_revision"),
            number_null("published_version"),
            text("trigger_kind"),
            text("apps"),
            number_null("next_tick_at"),
            number("created_at"),
            text("created_by"),
            number("updated_at"),
            number_null("deleted_at"),
        ],
        &["id"],
    )
    .await?;
    index(manager, "flows", "flows_project", &["project", "id"], false).await?;
    index(manager, "flows", "flows_tick", &["next_tick_at"], false).await
}

async fn flow_versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "flow_versions",
        vec![
            text("flow"),
            number("version"),
            text("project"),
            text("document"),
            number("published_at"),
            text("published_by"),
        ],
        &["flow", "version"],
    )
    .await
}

async fn runs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "runs",
        vec![
            text("id"),
            text("project"),
            text("flow"),
            number_null("version"),
            text("kind"),
            text("status"),
            text("trigger_kind"),
            text("trigger_data"),
            text_null("document"),
            text_null("error"),
            text_null("response"),
            number("created_at"),
            number_null("started_at"),
            number_null("finished_at"),
            text_null("waiting_connection"),
            text_null("waiting_run"),
            number_null("wake_at"),
            text_null("lane"),
            text_null("lease_owner"),
            number("lease_epoch"),
            number_null("lease_until"),
            flag("cancel_requested"),
            number("depth"),
            text_null("retry_of"),
            text_null("idempotency_key"),
            text_null("idempotency_hash"),
            number("revision"),
        ],
        &["id"],
    )
    .await?;
    for (name, columns) in [
        ("runs_project", &["project", "id"][..]),
        ("runs_project_status", &["project", "status", "id"]),
        ("runs_flow", &["flow", "kind", "id"]),
        ("runs_queue", &["status", "id"]),
        ("runs_wake", &["status", "wake_at"]),
        ("runs_lease", &["status", "lease_until"]),
        ("runs_held", &["waiting_connection", "status", "id"]),
        ("runs_waiting_run", &["waiting_run"]),
        ("runs_lane", &["lane", "status", "id"]),
    ] {
        index(manager, "runs", name, columns, false).await?;
    }
    // Two calls with one Idempotency-Key make one run, also when they come at the same moment.
    index(
        manager,
        "runs",
        "runs_idempotency",
        &["flow", "idempotency_key"],
        true,
    )
    .await
}

async fn run_steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(
        manager,
        "run_steps",
        vec![
            text("run"),
            text("path"),
            number("seq"),
            text("step"),
            text("kind"),
            text_null("name"),
            text("status"),
            text_null("input"),
            text_null("output"),
            text_null("error"),
            number("attempts"),
            number("started_at"),
            number_null("duration_ms"),
            number_null("wake_at"),
        ],
        &["run", "path"],
    )
    .await?;
    index(
        manager,
        "run_steps",
        "run_steps_order",
        &["run", "seq"],
        false,
    )
    .await
}
