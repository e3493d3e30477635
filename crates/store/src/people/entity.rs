//! The tables of people, as SeaORM sees them.

// The derives want `pub`; nothing of this leaves the crate.
#![allow(unreachable_pub)]

macro_rules! entity {
    ($(#[$doc:meta])* $module:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(/// The one row of the workspace.
    workspace, "workspace", {
    #[sea_orm(primary_key, auto_increment = false)] id: i32,
    instance_id: String,
    name: String,
    plan: String,
    created: i64,
});

entity!(/// People with an account.
    users, "users", {
    #[sea_orm(primary_key, auto_increment = false)] id: String,
    email: String,
    email_key: String,
    name: String,
    password_hash: Option<String>,
    is_owner: bool,
    created: i64,
    disabled: bool,
});

entity!(/// Signed-in browsers.
    sessions, "sessions", {
    #[sea_orm(primary_key, auto_increment = false)] id: String,
    token_hash: Vec<u8>,
    user_id: String,
    created: i64,
    last_used: i64,
    expires: i64,
    user_agent: String,
    ip: String,
});

entity!(/// Failed password checks by account, whether it exists or not.
    login_attempts, "login_attempts", {
    #[sea_orm(primary_key, auto_increment = false)] account: Vec<u8>,
    failures: i32,
    last: i64,
    locked_until: Option<i64>,
});

entity!(/// Projects; deleted ones stay as tombstones.
    projects, "projects", {
    #[sea_orm(primary_key, auto_increment = false)] id: String,
    name: String,
    name_key: String,
    created: i64,
    deleted: Option<i64>,
});

entity!(/// Who is in which project.
    members, "members", {
    #[sea_orm(primary_key, auto_increment = false)] project_id: String,
    #[sea_orm(primary_key, auto_increment = false)] user_id: String,
    role: String,
    created: i64,
});

entity!(/// Links that let somebody in once.
    invitations, "invitations", {
    #[sea_orm(primary_key, auto_increment = false)] id: String,
    project_id: String,
    email: String,
    email_key: String,
    role: String,
    token_hash: Vec<u8>,
    created: i64,
    expires: i64,
    accepted: Option<i64>,
    created_by: String,
});

entity!(/// API keys, by the hash of the key.
    api_keys, "api_keys", {
    #[sea_orm(primary_key, auto_increment = false)] id: String,
    project_id: String,
    user_id: String,
    name: String,
    scope: String,
    key_hash: Vec<u8>,
    hint: String,
    created: i64,
    last_used: Option<i64>,
    revoked: Option<i64>,
});
