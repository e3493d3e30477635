//! One connection in place of another, in every document of a project.

use patchbay_model::{ConnectionId, FlowId, ProjectId, Timestamp, flow::FlowDocument};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::{document_read, document_write, entity, version_entity, write::usages_rebuild};
use crate::{StoreResult, Tx, polls::subscription_set};

/// Which document of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentOf {
    /// What people work on.
    Draft,
    /// The version that runs.
    Published(i64),
}

/// A document in which a connection was replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentChange {
    /// Of which flow.
    pub flow: FlowId,
    /// The flow's name.
    pub name: String,
    /// Whether the flow is active.
    pub active: bool,
    /// Which document.
    pub of: DocumentOf,
    /// Where: `trigger` or step ids.
    pub places: Vec<String>,
    /// The document as it was.
    pub previous: FlowDocument,
    /// The document as it is now: what it must still be for the change to be undone.
    pub current: FlowDocument,
}

/// Puts `to` wherever a draft or a published version of the project names `from`, and says what it changed.
///
/// Versions are changed in place, so that runs in flight and held ones follow as well. With `dry_run` nothing is
/// written. Connection rights and states are the caller's to check.
pub async fn documents_replace_connection(
    tx: &Tx,
    project: &ProjectId,
    from: &ConnectionId,
    to: &ConnectionId,
    at: Timestamp,
    dry_run: bool,
) -> StoreResult<Vec<DocumentChange>> {
    let mut out = Vec::new();
    let flows = entity::Entity::find()
        .filter(entity::Column::Project.eq(project.as_str()))
        .filter(entity::Column::DeletedAt.is_null())
        // The id stands in the text exactly as in the document; which places is decided on the parsed form.
        .filter(entity::Column::Draft.contains(from.as_str()))
        .order_by_asc(entity::Column::Id)
        .lock_exclusive()
        .all(&**tx)
        .await?;
    for row in flows {
        let previous = document_read(&row.draft)?;
        let mut current = previous.clone();
        let places = current.replace_connection(from, to);
        if places.is_empty() {
            continue;
        }
        let change = DocumentChange {
            flow: super::parse(&row.id)?,
            name: row.name.clone(),
            active: row.status == super::ACTIVE,
            of: DocumentOf::Draft,
            places,
            previous,
            current,
        };
        if !dry_run {
            draft_write(tx, project, row, &change.current, at).await?;
        }
        out.push(change);
    }
    let versions = version_entity::Entity::find()
        .filter(version_entity::Column::Project.eq(project.as_str()))
        .filter(version_entity::Column::Document.contains(from.as_str()))
        .order_by_asc(version_entity::Column::Flow)
        .order_by_asc(version_entity::Column::Version)
        .lock_exclusive()
        .all(&**tx)
        .await?;
    for row in versions {
        let Some(flow) = entity::Entity::find_by_id(&row.flow)
            .filter(entity::Column::DeletedAt.is_null())
            .one(&**tx)
            .await?
        else {
            continue;
        };
        // Older versions stay as they were: nothing starts them any more.
        if flow.published_version != Some(row.version) {
            continue;
        }
        let previous = document_read(&row.document)?;
        let mut current = previous.clone();
        let places = current.replace_connection(from, to);
        if places.is_empty() {
            continue;
        }
        let change = DocumentChange {
            flow: super::parse(&row.flow)?,
            name: flow.name,
            active: flow.status == super::ACTIVE,
            of: DocumentOf::Published(row.version),
            places,
            previous,
            current,
        };
        if !dry_run {
            version_write(tx, project, row, &change.current, at).await?;
        }
        out.push(change);
    }
    Ok(out)
}

/// Undoes a replacement. Documents that were changed since then are left alone and handed back.
pub async fn documents_restore(
    tx: &Tx,
    project: &ProjectId,
    changes: &[DocumentChange],
    at: Timestamp,
) -> StoreResult<Vec<DocumentChange>> {
    let mut left_alone = Vec::new();
    for change in changes {
        let restored = match change.of {
            DocumentOf::Draft => {
                let row = entity::Entity::find_by_id(change.flow.as_str())
                    .filter(entity::Column::Project.eq(project.as_str()))
                    .filter(entity::Column::DeletedAt.is_null())
                    .lock_exclusive()
                    .one(&**tx)
                    .await?;
                match row {
                    Some(row) if document_read(&row.draft)? == change.current => {
                        draft_write(tx, project, row, &change.previous, at).await?;
                        true
                    }
                    _ => false,
                }
            }
            DocumentOf::Published(version) => {
                let row = version_entity::Entity::find_by_id((change.flow.to_string(), version))
                    .filter(version_entity::Column::Project.eq(project.as_str()))
                    .lock_exclusive()
                    .one(&**tx)
                    .await?;
                match row {
                    Some(row) if document_read(&row.document)? == change.current => {
                        version_write(tx, project, row, &change.previous, at).await?;
                        true
                    }
                    _ => false,
                }
            }
        };
        if !restored {
            left_alone.push(change.clone());
        }
    }
    Ok(left_alone)
}

async fn draft_write(
    tx: &Tx,
    project: &ProjectId,
    row: entity::Model,
    document: &FlowDocument,
    at: Timestamp,
) -> StoreResult<()> {
    let flow: FlowId = super::parse(&row.id)?;
    let revision = row.draft_revision;
    let mut change = row.into_active_model();
    change.draft = Set(document_write(document)?);
    change.draft_revision = Set(revision + 1);
    change.updated_at = Set(at.millis());
    change.update(&**tx).await?;
    usages_rebuild(tx, project, &flow, Some(document), None).await
}

async fn version_write(
    tx: &Tx,
    project: &ProjectId,
    row: version_entity::Model,
    document: &FlowDocument,
    at: Timestamp,
) -> StoreResult<()> {
    let flow: FlowId = super::parse(&row.flow)?;
    let current = entity::Entity::find_by_id(&row.flow).one(&**tx).await?;
    let runs = current
        .as_ref()
        .is_some_and(|flow| flow.published_version == Some(row.version));
    let active = current.is_some_and(|flow| flow.status == super::ACTIVE);
    let mut change = row.into_active_model();
    change.document = Set(document_write(document)?);
    change.update(&**tx).await?;
    if runs {
        usages_rebuild(tx, project, &flow, None, Some(document)).await?;
        if active {
            subscription_set(tx, project, &flow, &document.trigger, at).await?;
        }
    }
    Ok(())
}
