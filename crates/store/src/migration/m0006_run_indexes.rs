//! Fewer and smaller indexes on runs.
//!
//! Nearly every row is a run that has ended. What is only asked of runs that have not ended, or wait for something, is
//! indexed for those alone, so that a run costs few index entries on its way. Lines of a run's journal are found by the
//! run, which the primary key does.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::prelude::*;

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_run_indexes"
    }
}

const GONE: [&str; 8] = [
    "runs_queue",
    "runs_wake",
    "runs_lease",
    "runs_held",
    "runs_waiting_run",
    "runs_lane",
    "runs_idempotency",
    "run_steps_order",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in GONE {
            manager
                .drop_index(Index::drop().name(name).to_owned())
                .await?;
        }
        partial(manager, "runs_open", &["status", "id"], "finished_at", true).await?;
        for (name, columns, on) in [
            ("runs_wake", &["status", "wake_at"][..], "wake_at"),
            (
                "runs_held",
                &["waiting_connection", "status", "id"],
                "waiting_connection",
            ),
            ("runs_waiting_run", &["waiting_run"], "waiting_run"),
            ("runs_lane", &["lane", "status", "id"], "lane"),
        ] {
            partial(manager, name, columns, on, false).await?;
        }
        let mut unique = index("runs_idempotency", &["flow", "idempotency_key"]);
        unique
            .unique()
            .cond_where(Expr::col("idempotency_key").is_not_null());
        manager.create_index(unique).await
    }
}

/// An index over the rows where a column has a value, or has none.
async fn partial(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: &[&'static str],
    on: &'static str,
    null: bool,
) -> Result<(), DbErr> {
    let mut index = index(name, columns);
    let column = Expr::col(on);
    index.cond_where(if null {
        column.is_null()
    } else {
        column.is_not_null()
    });
    manager.create_index(index).await
}

fn index(name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("runs");
    for column in columns {
        index.col(*column);
    }
    index
}
