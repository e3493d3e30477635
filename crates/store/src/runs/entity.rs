//! The table `runs`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub project: String,
    pub flow: String,
    pub version: Option<i64>,
    pub kind: String,
    pub status: String,
    pub trigger_kind: String,
    pub trigger_data: String,
    /// The document of a test; live runs read their version's.
    pub document: Option<String>,
    pub error: Option<String>,
    pub response: Option<String>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub waiting_connection: Option<String>,
    pub waiting_run: Option<String>,
    pub wake_at: Option<i64>,
    /// Runs of one lane go on one after the other, oldest first.
    pub lane: Option<String>,
    pub lease_owner: Option<String>,
    pub lease_epoch: i64,
    pub lease_until: Option<i64>,
    pub cancel_requested: bool,
    pub depth: i64,
    pub retry_of: Option<String>,
    pub idempotency_key: Option<String>,
    pub idempotency_hash: Option<String>,
    /// Counts the changes, for those who watch.
    pub revision: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
