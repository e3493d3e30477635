//! Flows and their published versions.
//!
//! A draft is changed in place under a revision number; a version is written once, when it is published. The one thing
//! that ever changes a version is [`documents_replace_connection`], so that runs in flight follow the replacement too.

pub(crate) mod entity;
mod read;
mod replace;
mod ticks;
mod version_entity;
mod write;

use patchbay_model::{FlowId, ProjectId, Timestamp, UserId, flow::FlowDocument};

use crate::{StoreError, StoreResult};

pub use read::{
    FlowFilter, flow_find, flow_heads, flow_list, flow_locate, version_document, version_find,
    version_list,
};
pub use replace::{DocumentChange, DocumentOf, documents_replace_connection, documents_restore};
pub use ticks::{DueFlow, tick_set, tick_take, ticks_due};
pub use write::{
    NewFlow, draft_save, flow_delete, flow_insert, flow_publish, flow_rename, flow_switch,
};

/// What a list shows of a flow: everything but its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowHead {
    /// Which flow.
    pub id: FlowId,
    /// Whose.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
    /// Whether its trigger starts runs.
    pub active: bool,
    /// How often the draft was saved.
    pub draft_revision: i64,
    /// The version that runs.
    pub published_version: Option<i64>,
    /// What starts it: the kind of the published trigger, else of the draft's.
    pub trigger_kind: String,
    /// Slugs of the apps it uses.
    pub apps: Vec<String>,
    /// When its schedule is due next.
    pub next_tick_at: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: UserId,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// A flow with its draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// All but the documents.
    pub head: FlowHead,
    /// What people work on.
    pub draft: FlowDocument,
}

/// A published version.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowVersion {
    /// Of which flow.
    pub flow: FlowId,
    /// Counted from 1.
    pub version: i64,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: UserId,
}

pub(crate) const ACTIVE: &str = "ACTIVE";
const INACTIVE: &str = "INACTIVE";

pub(crate) fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        table: "flows",
        what: what.to_string(),
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> StoreResult<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(corrupt)
}

fn document_read(text: &str) -> StoreResult<FlowDocument> {
    serde_json::from_str(text).map_err(corrupt)
}

fn document_write(document: &FlowDocument) -> StoreResult<String> {
    serde_json::to_string(document).map_err(corrupt)
}

fn head(row: &entity::Model) -> StoreResult<FlowHead> {
    Ok(FlowHead {
        id: parse(&row.id)?,
        project: parse(&row.project)?,
        name: row.name.clone(),
        active: row.status == ACTIVE,
        draft_revision: row.draft_revision,
        published_version: row.published_version,
        trigger_kind: row.trigger_kind.clone(),
        apps: serde_json::from_str(&row.apps).map_err(corrupt)?,
        next_tick_at: row.next_tick_at.map(Timestamp::from_millis),
        created: Timestamp::from_millis(row.created_at),
        created_by: parse(&row.created_by)?,
        updated: Timestamp::from_millis(row.updated_at),
    })
}

fn full(row: &entity::Model) -> StoreResult<Flow> {
    Ok(Flow {
        head: head(row)?,
        draft: document_read(&row.draft)?,
    })
}

fn version(row: &version_entity::Model) -> StoreResult<FlowVersion> {
    Ok(FlowVersion {
        flow: parse(&row.flow)?,
        version: row.version,
        published_at: Timestamp::from_millis(row.published_at),
        published_by: parse(&row.published_by)?,
    })
}

/// The slugs of the apps a document uses, in order, each once.
fn apps_of(document: &FlowDocument) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let of_trigger = match &document.trigger {
        patchbay_model::flow::Trigger::App { app, .. } => Some(app.clone()),
        _ => None,
    };
    let of_steps = document
        .walk()
        .into_iter()
        .filter_map(|at| at.step.app.clone());
    for slug in of_trigger.into_iter().chain(of_steps) {
        if !out.contains(&slug) {
            out.push(slug);
        }
    }
    out
}
