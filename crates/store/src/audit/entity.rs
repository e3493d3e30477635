//! The tables of the audit log, as SeaORM sees them.

// The derives want `pub`; nothing of this leaves the crate.
#![allow(unreachable_pub)]

/// Entries.
pub(crate) mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub project_id: String,
        pub seq: i64,
        pub at: i64,
        pub actor_kind: String,
        pub actor_id: String,
        pub actor_name: String,
        pub action: String,
        pub subject_kind: String,
        pub subject_id: String,
        pub subject_name: String,
        pub details: String,
        pub host: Option<String>,
        pub key_version: i32,
        pub chain: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The newest link of each chain.
pub(super) mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_heads")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub project_id: String,
        pub seq: i64,
        pub key_version: i32,
        pub chain: Vec<u8>,
        pub seal: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
