//! The table `flows`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "flows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub project: String,
    pub name: String,
    /// The name in lower case, for searching.
    pub name_key: String,
    pub status: String,
    pub draft: String,
    pub draft_revision: i64,
    pub published_version: Option<i64>,
    pub trigger_kind: String,
    /// Slugs of the apps the flow uses, as a JSON list.
    pub apps: String,
    pub next_tick_at: Option<i64>,
    pub created_at: i64,
    pub created_by: String,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
