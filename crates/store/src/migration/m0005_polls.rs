//! Questions that are asked of apps now and then, and the flows that wait for the answers.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::{prelude::*, schema::*};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_polls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("polls")
                    .col(text("id").primary_key())
                    .col(text("project"))
                    .col(text("connection"))
                    .col(text("app"))
                    .col(text("trigger_key"))
                    .col(text("input"))
                    .col(text_null("cursor"))
                    .col(text("seen"))
                    .col(text("state"))
                    .col(text_null("failure"))
                    .col(big_integer("failures"))
                    .col(big_integer("since"))
                    .col(big_integer_null("last_at"))
                    .col(big_integer_null("next_at"))
                    .col(text_null("lease_owner"))
                    .col(big_integer("lease_epoch"))
                    .col(big_integer_null("lease_until"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("poll_flows")
                    .col(text("flow").primary_key())
                    .col(text("project"))
                    .col(text("poll"))
                    .col(boolean("begun"))
                    .to_owned(),
            )
            .await?;
        for (name, table, columns) in [
            ("polls_next", "polls", &["next_at"][..]),
            ("polls_connection", "polls", &["connection", "state"]),
            ("poll_flows_poll", "poll_flows", &["poll"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["poll_flows", "polls"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
