//! The tables of connections as SeaORM sees them.

pub mod connection {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "connections")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub project: String,
        pub app: String,
        pub auth_method: String,
        pub kind: String,
        pub name: String,
        pub name_key: String,
        pub search: String,
        pub owner: String,
        pub visibility: String,
        pub status: String,
        pub status_reason: Option<String>,
        pub provider_error: Option<String>,
        pub status_since: i64,
        pub expires_at: Option<i64>,
        pub refreshable: bool,
        pub next_refresh_at: Option<i64>,
        pub last_refreshed_at: Option<i64>,
        pub account_id: Option<String>,
        pub account_label: Option<String>,
        pub scopes: String,
        pub hosts: String,
        pub settings: String,
        pub hint: Option<String>,
        pub last_used_at: i64,
        pub last_used_run: Option<String>,
        pub last_used_flow: Option<String>,
        pub use_count: i64,
        pub flow_count: i64,
        pub generation: i64,
        pub created_at: i64,
        pub created_by: String,
        pub updated_at: i64,
        pub deleted_at: Option<i64>,
        pub trashed: String,
        pub lease_owner: Option<String>,
        pub lease_epoch: i64,
        pub lease_until: Option<i64>,
        pub intent_attempt: Option<String>,
        pub intent_at: Option<i64>,
        pub intent_phase: String,
        pub fail_class: Option<String>,
        pub fail_count: i64,
        pub next_try_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod credential {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credentials")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub connection: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub generation: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: String,
        pub project: String,
        pub sealed: Vec<u8>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod orphan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orphan_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub project: String,
        pub connection: String,
        pub generation: i64,
        pub sealed: Vec<u8>,
        pub created_at: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod usage {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "connection_usages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub flow: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub step: String,
        pub project: String,
        pub connection: String,
        pub step_name: Option<String>,
        pub path: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod undo {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "connection_undos")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub project: String,
        pub from_connection: String,
        pub to_connection: String,
        pub changes: String,
        pub created_at: i64,
        pub expires_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
