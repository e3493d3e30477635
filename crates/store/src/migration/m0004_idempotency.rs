//! Answers kept for repeated requests.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::{prelude::*, schema::*};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_idempotency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("idempotency")
                    .col(text("id").primary_key())
                    .col(text("fingerprint"))
                    .col(integer_null("status"))
                    .col(text_null("content_type"))
                    .col(blob_null("body"))
                    .col(big_integer("created"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idempotency_created")
                    .table("idempotency")
                    .col("created")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("idempotency").to_owned())
            .await
    }
}
