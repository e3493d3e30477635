//! The workspace, its people and projects, and the audit log.

#[allow(clippy::wildcard_imports)] // the vocabulary of migrations is meant to be taken whole
use sea_orm_migration::{prelude::*, schema::*};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (table, name, columns) in [
            ("sessions", "sessions_user", &["user_id"][..]),
            ("sessions", "sessions_expires", &["expires"]),
            ("login_attempts", "login_attempts_last", &["last"]),
            ("members", "members_user", &["user_id"]),
            (
                "invitations",
                "invitations_project",
                &["project_id", "email_key"],
            ),
            ("api_keys", "api_keys_project", &["project_id", "created"]),
            (
                "audit",
                "audit_subject",
                &["project_id", "subject_id", "seq"],
            ),
            ("audit", "audit_actor", &["project_id", "actor_id", "seq"]),
        ] {
            manager.create_index(index(table, name, columns)).await?;
        }
        let chain = index("audit", "audit_chain", &["project_id", "seq"])
            .unique()
            .to_owned();
        manager.create_index(chain).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "audit",
            "audit_heads",
            "api_keys",
            "invitations",
            "members",
            "projects",
            "login_attempts",
            "sessions",
            "users",
            "workspace",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn index(
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

fn id() -> ColumnDef {
    text("id").primary_key().to_owned()
}

fn tables() -> Vec<TableCreateStatement> {
    let to_user = |column: &'static str| {
        ForeignKey::create()
            .from_col(column)
            .to_tbl("users")
            .to_col("id")
            .to_owned()
    };
    let to_project = || {
        ForeignKey::create()
            .from_col("project_id")
            .to_tbl("projects")
            .to_col("id")
            .to_owned()
    };
    vec![
        Table::create()
            .table("workspace")
            .col(integer("id").primary_key())
            .col(text("instance_id"))
            .col(text("name"))
            .col(text("plan"))
            .col(big_integer("created"))
            .to_owned(),
        Table::create()
            .table("users")
            .col(id())
            .col(text("email"))
            .col(text_uniq("email_key"))
            .col(text("name"))
            .col(text_null("password_hash"))
            .col(boolean("is_owner"))
            .col(big_integer("created"))
            .col(boolean("disabled"))
            .to_owned(),
        Table::create()
            .table("sessions")
            .col(id())
            .col(blob_uniq("token_hash"))
            .col(text("user_id"))
            .col(big_integer("created"))
            .col(big_integer("last_used"))
            .col(big_integer("expires"))
            .col(text("user_agent"))
            .col(text("ip"))
            .foreign_key(&mut to_user("user_id"))
            .to_owned(),
        Table::create()
            .table("login_attempts")
            .col(blob("account").primary_key())
            .col(integer("failures"))
            .col(big_integer("last"))
            .col(big_integer_null("locked_until"))
            .to_owned(),
        Table::create()
            .table("projects")
            .col(id())
            .col(text("name"))
            .col(text_uniq("name_key"))
            .col(big_integer("created"))
            .col(big_integer_null("deleted"))
            .to_owned(),
        Table::create()
            .table("members")
            .col(text("project_id"))
            .col(text("user_id"))
            .col(text("role"))
            .col(big_integer("created"))
            .primary_key(Index::create().col("project_id").col("user_id"))
            .foreign_key(&mut to_project())
            .foreign_key(&mut to_user("user_id"))
            .to_owned(),
        Table::create()
            .table("invitations")
            .col(id())
            .col(text("project_id"))
            .col(text("email"))
            .col(text("email_key"))
            .col(text("role"))
            .col(blob_uniq("token_hash"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .col(big_integer_null("accepted"))
            .col(text("created_by"))
            .foreign_key(&mut to_project())
            .foreign_key(&mut to_user("created_by"))
            .to_owned(),
        Table::create()
            .table("api_keys")
            .col(id())
            .col(text("project_id"))
            .col(text("user_id"))
            .col(text("name"))
            .col(text("scope"))
            .col(blob_uniq("key_hash"))
            .col(text("hint"))
            .col(big_integer("created"))
            .col(big_integer_null("last_used"))
            .col(big_integer_null("revoked"))
            .foreign_key(&mut to_project())
            .foreign_key(&mut to_user("user_id"))
            .to_owned(),
        // An empty `project_id` is the workspace itself. No foreign keys: the log outlives what it tells of.
        Table::create()
            .table("audit")
            .col(id())
            .col(text("project_id"))
            .col(big_integer("seq"))
            .col(big_integer("at"))
            .col(text("actor_kind"))
            .col(text("actor_id"))
            .col(text("actor_name"))
            .col(text("action"))
            .col(text("subject_kind"))
            .col(text("subject_id"))
            .col(text("subject_name"))
            .col(text("details"))
            .col(text_null("host"))
            .col(integer("key_version"))
            .col(blob("chain"))
            .to_owned(),
        Table::create()
            .table("audit_heads")
            .col(text("project_id").primary_key())
            .col(big_integer("seq"))
            .col(integer("key_version"))
            .col(blob("chain"))
            .col(blob("seal"))
            .to_owned(),
    ]
}
