//! Making, changing, publishing and deleting flows.

use patchbay_model::{FlowId, ProjectId, Timestamp, UserId, flow::FlowDocument};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::{
    ACTIVE, Flow, INACTIVE, apps_of, corrupt, document_write, entity, full, read::version_document,
    version_entity,
};
use crate::{
    StoreError, StoreResult, Tx,
    connections::{UsageVersion, usages_flow_forget, usages_replace},
    polls::{subscription_remove, subscription_set},
};

/// A flow to be made.
#[derive(Debug, Clone)]
pub struct NewFlow {
    /// Its id.
    pub id: FlowId,
    /// In which project.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
    /// Its first draft.
    pub draft: FlowDocument,
    /// Who makes it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

async fn locked(tx: &Tx, project: &ProjectId, id: &FlowId) -> StoreResult<Option<entity::Model>> {
    Ok(entity::Entity::find_by_id(id.as_str())
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::DeletedAt.is_null())
        .lock_exclusive()
        .one(&**tx)
        .await?)
}

/// Rebuilds what the draft, and the published version if given, use.
pub(super) async fn usages_rebuild(
    tx: &Tx,
    project: &ProjectId,
    flow: &FlowId,
    draft: Option<&FlowDocument>,
    published: Option<&FlowDocument>,
) -> StoreResult<()> {
    if let Some(document) = draft {
        usages_replace(tx, project, flow, UsageVersion::Draft, Some(document)).await?;
    }
    if let Some(document) = published {
        usages_replace(tx, project, flow, UsageVersion::Published, Some(document)).await?;
    }
    Ok(())
}

/// Makes a flow, inactive.
pub async fn flow_insert(tx: &Tx, new: &NewFlow) -> StoreResult<Flow> {
    let row = entity::ActiveModel {
        id: Set(new.id.to_string()),
        project: Set(new.project.to_string()),
        name: Set(new.name.clone()),
        name_key: Set(new.name.to_lowercase()),
        status: Set(INACTIVE.to_owned()),
        draft: Set(document_write(&new.draft)?),
        draft_revision: Set(1),
        published_version: Set(None),
        trigger_kind: Set(new.draft.trigger.kind().to_owned()),
        apps: Set(serde_json::to_string(&apps_of(&new.draft)).map_err(corrupt)?),
        next_tick_at: Set(None),
        created_at: Set(new.at.millis()),
        created_by: Set(new.by.to_string()),
        updated_at: Set(new.at.millis()),
        deleted_at: Set(None),
    }
    .insert(&**tx)
    .await?;
    usages_rebuild(tx, &new.project, &new.id, Some(&new.draft), None).await?;
    full(&row)
}

/// Saves the draft. `None` when there is no such flow.
///
/// # Errors
/// [`StoreError::Conflict`] when `expected` is given and is not the draft's revision any more.
pub async fn draft_save(
    tx: &Tx,
    project: &ProjectId,
    id: &FlowId,
    expected: Option<i64>,
    name: Option<&str>,
    draft: Option<&FlowDocument>,
    at: Timestamp,
) -> StoreResult<Option<Flow>> {
    let Some(row) = locked(tx, project, id).await? else {
        return Ok(None);
    };
    if expected.is_some_and(|expected| expected != row.draft_revision) {
        return Err(StoreError::Conflict);
    }
    let published = row.published_version.is_some();
    let revision = row.draft_revision;
    let mut change = row.into_active_model();
    if let Some(name) = name {
        change.name = Set(name.to_owned());
        change.name_key = Set(name.to_lowercase());
    }
    if let Some(draft) = draft {
        change.draft = Set(document_write(draft)?);
        if !published {
            change.trigger_kind = Set(draft.trigger.kind().to_owned());
        }
        change.apps = Set(serde_json::to_string(&apps_of(draft)).map_err(corrupt)?);
        usages_rebuild(tx, project, id, Some(draft), None).await?;
    }
    change.draft_revision = Set(revision + 1);
    change.updated_at = Set(at.millis());
    full(&change.update(&**tx).await?).map(Some)
}

/// Renames a flow without touching its draft's revision. `None` when there is no such flow.
pub async fn flow_rename(
    tx: &Tx,
    project: &ProjectId,
    id: &FlowId,
    name: &str,
    at: Timestamp,
) -> StoreResult<Option<Flow>> {
    let Some(row) = locked(tx, project, id).await? else {
        return Ok(None);
    };
    let mut change = row.into_active_model();
    change.name = Set(name.to_owned());
    change.name_key = Set(name.to_lowercase());
    change.updated_at = Set(at.millis());
    full(&change.update(&**tx).await?).map(Some)
}

/// Makes the draft the version that runs, and switches the flow on. A flow that polls goes on from where it was if it
/// asks the same as before. `None` when there is no such flow.
///
/// # Errors
/// [`StoreError::Conflict`] when the draft is not the one that was checked.
pub async fn flow_publish(
    tx: &Tx,
    project: &ProjectId,
    id: &FlowId,
    checked_revision: i64,
    by: &UserId,
    next_tick_at: Option<Timestamp>,
    at: Timestamp,
) -> StoreResult<Option<Flow>> {
    let Some(row) = locked(tx, project, id).await? else {
        return Ok(None);
    };
    if row.draft_revision != checked_revision {
        return Err(StoreError::Conflict);
    }
    let version = row.published_version.unwrap_or(0) + 1;
    version_entity::ActiveModel {
        flow: Set(row.id.clone()),
        version: Set(version),
        project: Set(row.project.clone()),
        document: Set(row.draft.clone()),
        published_at: Set(at.millis()),
        published_by: Set(by.to_string()),
    }
    .insert(&**tx)
    .await?;
    let draft = super::document_read(&row.draft)?;
    usages_rebuild(tx, project, id, None, Some(&draft)).await?;
    subscription_set(tx, project, id, &draft.trigger, at).await?;
    let mut change = row.into_active_model();
    change.published_version = Set(Some(version));
    change.status = Set(ACTIVE.to_owned());
    change.trigger_kind = Set(draft.trigger.kind().to_owned());
    change.next_tick_at = Set(next_tick_at.map(Timestamp::millis));
    change.updated_at = Set(at.millis());
    full(&change.update(&**tx).await?).map(Some)
}

/// Switches a flow on or off. One that polls begins anew when it is switched on. `None` when there is no such flow.
pub async fn flow_switch(
    tx: &Tx,
    project: &ProjectId,
    id: &FlowId,
    active: bool,
    next_tick_at: Option<Timestamp>,
    at: Timestamp,
) -> StoreResult<Option<Flow>> {
    let Some(row) = locked(tx, project, id).await? else {
        return Ok(None);
    };
    let published = match row.published_version {
        Some(version) if active => version_document(&**tx, project, id, version).await?,
        _ => None,
    };
    match published {
        Some(document) => subscription_set(tx, project, id, &document.trigger, at).await?,
        None => subscription_remove(tx, project, id).await?,
    }
    let mut change = row.into_active_model();
    change.status = Set(if active { ACTIVE } else { INACTIVE }.to_owned());
    change.next_tick_at = Set(next_tick_at.filter(|_| active).map(Timestamp::millis));
    change.updated_at = Set(at.millis());
    full(&change.update(&**tx).await?).map(Some)
}

/// Deletes a flow: it is gone for everybody, its runs stay. False when there is no such flow.
pub async fn flow_delete(
    tx: &Tx,
    project: &ProjectId,
    id: &FlowId,
    at: Timestamp,
) -> StoreResult<bool> {
    let Some(row) = locked(tx, project, id).await? else {
        return Ok(false);
    };
    let mut change = row.into_active_model();
    change.status = Set(INACTIVE.to_owned());
    change.next_tick_at = Set(None);
    change.deleted_at = Set(Some(at.millis()));
    change.updated_at = Set(at.millis());
    change.update(&**tx).await?;
    usages_flow_forget(tx, project, id).await?;
    subscription_remove(tx, project, id).await?;
    Ok(true)
}
