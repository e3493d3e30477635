//! The tables `polls` and `poll_flows`.

pub mod poll {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "polls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub project: String,
        pub connection: String,
        pub app: String,
        pub trigger_key: String,
        pub input: String,
        pub cursor: Option<String>,
        /// Fingerprints of items, as a JSON list.
        pub seen: String,
        pub state: String,
        pub failure: Option<String>,
        pub failures: i64,
        pub since: i64,
        pub last_at: Option<i64>,
        pub next_at: Option<i64>,
        pub lease_owner: Option<String>,
        pub lease_epoch: i64,
        pub lease_until: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod poll_flow {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "poll_flows")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub flow: String,
        pub project: String,
        pub poll: String,
        /// Whether the flow's beginning is set: only what comes after it makes runs.
        pub begun: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
