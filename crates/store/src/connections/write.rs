//! Making and changing connections. Every function here changes one row of one project.

use patchbay_model::{
    AccountIdentity, AuthMethodKind, ConnectionId, ConnectionStatus, ProjectId, StatusReason,
    Timestamp, UserId, Visibility,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Map, Value};

use super::{
    entity::connection::{ActiveModel, Column, Entity},
    row::{ConnectionRow, IntentPhase, json, name_key, search_text},
};
use crate::{Db, StoreResult, Tx, database::is_sqlite};

/// A connection to be stored. It starts at generation 1; its credential is stored beside it in the same unit.
#[derive(Debug, Clone)]
pub struct ConnectionNew {
    /// A fresh id.
    pub id: ConnectionId,
    /// The project.
    pub project: ProjectId,
    /// Slug of the app.
    pub app: String,
    /// Name.
    pub name: String,
    /// Whose it is; also who made it.
    pub owner: UserId,
    /// Who may use it.
    pub visibility: Visibility,
    /// All that signing in yields.
    pub grant: Grant,
}

/// What signing in yields besides the secrets.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Id of the auth method in the manifest.
    pub auth_method: String,
    /// Its kind.
    pub kind: AuthMethodKind,
    /// How the connection is afterwards.
    pub status: ConnectionStatus,
    /// Why, if not simply active.
    pub status_reason: Option<StatusReason>,
    /// When the access token or key stops working.
    pub expires_at: Option<Timestamp>,
    /// Whether it can be renewed without a person.
    pub refreshable: bool,
    /// When it is to be renewed.
    pub next_refresh_at: Option<Timestamp>,
    /// The account.
    pub account: AccountIdentity,
    /// What was granted.
    pub scopes: Vec<String>,
    /// The hosts pinned.
    pub hosts: Vec<String>,
    /// Non-secret fields.
    pub settings: Map<String, Value>,
    /// The last four characters of a key.
    pub hint: Option<String>,
}

/// Stores a new connection.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when the name is taken.
pub async fn connection_insert(
    db: &impl Db,
    new: &ConnectionNew,
    now: Timestamp,
) -> StoreResult<()> {
    let grant = &new.grant;
    Entity::insert(ActiveModel {
        id: Set(new.id.to_string()),
        project: Set(new.project.to_string()),
        app: Set(new.app.clone()),
        auth_method: Set(grant.auth_method.clone()),
        kind: Set(grant.kind.to_string()),
        name: Set(new.name.clone()),
        name_key: Set(name_key(&new.name)),
        search: Set(search_text(&new.name, &grant.account, &new.app)),
        owner: Set(new.owner.to_string()),
        visibility: Set(new.visibility.to_string()),
        status: Set(grant.status.to_string()),
        status_reason: Set(grant.status_reason.map(|reason| reason.to_string())),
        provider_error: Set(None),
        status_since: Set(now.millis()),
        expires_at: Set(grant.expires_at.map(Timestamp::millis)),
        refreshable: Set(grant.refreshable),
        next_refresh_at: Set(grant.next_refresh_at.map(Timestamp::millis)),
        last_refreshed_at: Set(None),
        account_id: Set(grant.account.id.clone()),
        account_label: Set(grant.account.label.clone()),
        scopes: Set(json(&grant.scopes)?),
        hosts: Set(json(&grant.hosts)?),
        settings: Set(json(&grant.settings)?),
        hint: Set(grant.hint.clone()),
        last_used_at: Set(0),
        last_used_run: Set(None),
        last_used_flow: Set(None),
        use_count: Set(0),
        flow_count: Set(0),
        generation: Set(1),
        created_at: Set(now.millis()),
        created_by: Set(new.owner.to_string()),
        updated_at: Set(now.millis()),
        deleted_at: Set(None),
        trashed: Set(String::new()),
        lease_owner: Set(None),
        lease_epoch: Set(0),
        lease_until: Set(None),
        intent_attempt: Set(None),
        intent_at: Set(None),
        intent_phase: Set(IntentPhase::None.as_str().to_owned()),
        fail_class: Set(None),
        fail_count: Set(0),
        next_try_at: Set(None),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// One connection, also when it is in the trash.
pub async fn connection_get(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
) -> StoreResult<Option<ConnectionRow>> {
    Entity::find_by_id(id.as_str())
        .filter(Column::Project.eq(project.as_str()))
        .one(db)
        .await?
        .map(TryInto::try_into)
        .transpose()
}

/// One connection, kept from changing until the unit ends.
pub async fn connection_lock(
    tx: &Tx,
    project: &ProjectId,
    id: &ConnectionId,
) -> StoreResult<Option<ConnectionRow>> {
    Entity::find_by_id(id.as_str())
        .filter(Column::Project.eq(project.as_str()))
        .lock_exclusive()
        .one(&**tx)
        .await?
        .map(TryInto::try_into)
        .transpose()
}

/// The connections of these ids that the project has, in no particular order, also those in the trash.
pub async fn connections_get(
    db: &impl Db,
    project: &ProjectId,
    ids: &[ConnectionId],
) -> StoreResult<Vec<ConnectionRow>> {
    Entity::find()
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::Id.is_in(ids.iter().map(ConnectionId::as_str)))
        .all(db)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

pub(super) fn of(project: &ProjectId, id: &ConnectionId) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::Project.eq(project.as_str()))
}

async fn run(db: &impl Db, update: UpdateMany<Entity>) -> StoreResult<bool> {
    Ok(update.exec(db).await?.rows_affected > 0)
}

/// Gives it another name.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when the name is taken.
pub async fn connection_rename(
    db: &impl Db,
    row: &ConnectionRow,
    name: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(&row.project, &row.id)
        .col_expr(Column::Name, Expr::value(name))
        .col_expr(Column::NameKey, Expr::value(name_key(name)))
        .col_expr(
            Column::Search,
            Expr::value(search_text(name, &row.account, &row.app)),
        )
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// Sets who may use it.
pub async fn connection_visibility_set(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    visibility: Visibility,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(project, id)
        .col_expr(Column::Visibility, Expr::value(visibility.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// Hands it to another member.
pub async fn connection_owner_set(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    owner: &UserId,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(project, id)
        .col_expr(Column::Owner, Expr::value(owner.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// How a connection is to be marked.
#[derive(Debug, Clone, Copy)]
pub struct StatusChange<'a> {
    /// How it is.
    pub status: ConnectionStatus,
    /// Why.
    pub reason: Option<StatusReason>,
    /// What the provider said.
    pub provider_error: Option<&'a str>,
}

/// Marks how the connection is, if its credential is still of the generation the news is about and nobody withdrew it
/// here. Says whether it was marked. `status_since` moves only when the status changes.
pub async fn connection_status_set(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    generation: i64,
    change: StatusChange<'_>,
    now: Timestamp,
) -> StoreResult<bool> {
    let since = Expr::case(
        Column::Status.eq(change.status.as_str()),
        Expr::col(Column::StatusSince),
    )
    .finally(Expr::value(now.millis()));
    let update = of(project, id)
        .filter(Column::Generation.eq(generation))
        .filter(Column::Status.ne(ConnectionStatus::Revoked.as_str()))
        .col_expr(Column::StatusSince, since.into())
        .col_expr(Column::Status, Expr::value(change.status.as_str()))
        .col_expr(
            Column::StatusReason,
            Expr::value(change.reason.map(StatusReason::as_str)),
        )
        .col_expr(Column::ProviderError, Expr::value(change.provider_error))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await
}

/// Withdraws it: nothing that was read before can be used or stored any more, because the generation moves on.
pub async fn connection_revoke(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    reason: StatusReason,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(project, id)
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(
            Column::Status,
            Expr::value(ConnectionStatus::Revoked.as_str()),
        )
        .col_expr(Column::StatusReason, Expr::value(reason.as_str()))
        .col_expr(Column::ProviderError, Expr::value(None::<String>))
        .col_expr(Column::StatusSince, Expr::value(now.millis()))
        .col_expr(Column::NextRefreshAt, Expr::value(None::<i64>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::IntentPhase, Expr::value(IntentPhase::None.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// Puts a fresh sign-in in place of the old one. The id, name, owner, visibility and uses stay. Answers the new
/// generation, under which the credential is to be stored in the same unit. Call it on a row that is locked.
pub async fn connection_reconnect(
    tx: &Tx,
    row: &ConnectionRow,
    grant: &Grant,
    now: Timestamp,
) -> StoreResult<i64> {
    let generation = row.generation + 1;
    let update = of(&row.project, &row.id)
        .col_expr(Column::Generation, Expr::value(generation))
        .col_expr(Column::AuthMethod, Expr::value(grant.auth_method.clone()))
        .col_expr(Column::Kind, Expr::value(grant.kind.as_str()))
        .col_expr(Column::Status, Expr::value(grant.status.as_str()))
        .col_expr(
            Column::StatusReason,
            Expr::value(grant.status_reason.map(StatusReason::as_str)),
        )
        .col_expr(Column::ProviderError, Expr::value(None::<String>))
        .col_expr(Column::StatusSince, Expr::value(now.millis()))
        .col_expr(
            Column::ExpiresAt,
            Expr::value(grant.expires_at.map(Timestamp::millis)),
        )
        .col_expr(Column::Refreshable, Expr::value(grant.refreshable))
        .col_expr(
            Column::NextRefreshAt,
            Expr::value(grant.next_refresh_at.map(Timestamp::millis)),
        )
        .col_expr(Column::AccountId, Expr::value(grant.account.id.clone()))
        .col_expr(
            Column::AccountLabel,
            Expr::value(grant.account.label.clone()),
        )
        .col_expr(
            Column::Search,
            Expr::value(search_text(&row.name, &grant.account, &row.app)),
        )
        .col_expr(Column::Scopes, Expr::value(json(&grant.scopes)?))
        .col_expr(Column::Hosts, Expr::value(json(&grant.hosts)?))
        .col_expr(Column::Settings, Expr::value(json(&grant.settings)?))
        .col_expr(Column::Hint, Expr::value(grant.hint.clone()))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::IntentPhase, Expr::value(IntentPhase::None.as_str()))
        .col_expr(Column::FailClass, Expr::value(None::<String>))
        .col_expr(Column::FailCount, Expr::value(0_i64))
        .col_expr(Column::NextTryAt, Expr::value(None::<i64>))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(&**tx, update).await?;
    Ok(generation)
}

/// Notes what a check found out about the account.
pub async fn connection_account_set(
    db: &impl Db,
    row: &ConnectionRow,
    account: &AccountIdentity,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(&row.project, &row.id)
        .filter(Column::Generation.eq(row.generation))
        .col_expr(Column::AccountId, Expr::value(account.id.clone()))
        .col_expr(Column::AccountLabel, Expr::value(account.label.clone()))
        .col_expr(
            Column::Search,
            Expr::value(search_text(&row.name, account, &row.app)),
        )
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// Puts it into the trash, which frees its name.
pub async fn connection_trash(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(project, id)
        .col_expr(Column::DeletedAt, Expr::value(now.millis()))
        .col_expr(Column::Trashed, Expr::value(id.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// Takes it out of the trash.
///
/// # Errors
/// [`crate::StoreError::Duplicate`] when another connection has its name by now.
pub async fn connection_restore(
    db: &impl Db,
    project: &ProjectId,
    id: &ConnectionId,
    now: Timestamp,
) -> StoreResult<()> {
    let update = of(project, id)
        .col_expr(Column::DeletedAt, Expr::value(None::<i64>))
        .col_expr(Column::Trashed, Expr::value(""))
        .col_expr(Column::UpdatedAt, Expr::value(now.millis()));
    run(db, update).await.map(drop)
}

/// What has been in the trash since before `before`, oldest first.
pub async fn connections_purgeable(
    db: &impl Db,
    before: Timestamp,
    limit: u64,
) -> StoreResult<Vec<ConnectionRow>> {
    Entity::find()
        .filter(Column::DeletedAt.lt(before.millis()))
        .order_by_asc(Column::DeletedAt)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Removes a connection for good, with every generation of its credential.
pub async fn connection_purge(tx: &Tx, project: &ProjectId, id: &ConnectionId) -> StoreResult<()> {
    super::credentials_shred(&**tx, project, id).await?;
    super::usage::usages_forget(&**tx, project, id).await?;
    Entity::delete_many()
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::Project.eq(project.as_str()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Whether a connection that is not in the trash has this name, whatever the case.
pub async fn connection_name_taken(
    db: &impl Db,
    project: &ProjectId,
    name: &str,
) -> StoreResult<bool> {
    let id: Option<String> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::Trashed.eq(""))
        .filter(Column::NameKey.eq(name_key(name)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.is_some())
}

/// The names in use in the project that start like this one, whatever the case; for finding a free one.
pub async fn connection_names_like(
    db: &impl Db,
    project: &ProjectId,
    name: &str,
) -> StoreResult<Vec<String>> {
    let names = names_query(project, &name_key(name), is_sqlite(db));
    Ok(names.into_tuple().all(db).await?)
}

pub(super) fn names_query(project: &ProjectId, start: &str, bytewise: bool) -> Select<Entity> {
    let query = Entity::find()
        .select_only()
        .column(Column::NameKey)
        .filter(Column::Project.eq(project.as_str()))
        .filter(Column::Trashed.eq(""))
        .filter(Expr::col(Column::NameKey).like(super::filter::like_prefix(start)));
    if !bytewise {
        return query;
    }
    // SQLite makes no range of a pattern; in the order of bytes, which only it goes by, this is one.
    let end = format!("{start}{}", char::MAX);
    query
        .filter(Column::NameKey.gte(start))
        .filter(Column::NameKey.lte(end))
}
