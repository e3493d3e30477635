//! The audit log: who did what to what, when. Entries are only ever added.
//!
//! The entries of a project (and those of the workspace itself) form a chain: each carries an HMAC over itself and
//! over the one before, and the newest is sealed in a row of its own. Whoever can write to the database but has not
//! the key cannot change, reorder or remove an entry without [`verify`] naming it (threat S-32).

mod chain;
mod entity;
mod list;
mod verify;

use patchbay_model::{Actor, AuditId, Principal, ProjectId, Timestamp};
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, sea_query::OnConflict};
use serde_json::Value;

use crate::{StoreResult, Tx};

pub use chain::AuditKey;
pub(crate) use entity::entry as entry_entity;
pub use list::{AuditFilter, list};
pub use verify::{AuditFault, AuditReport, chains, verify};

/// The label the vault derives the audit key by.
pub const AUDIT_KEY_LABEL: &str = "audit";

/// Who did it, as the log remembers them even after they are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditActor {
    /// `user`, `key`, `run` or `system`.
    pub kind: String,
    /// Their id; empty for `system`.
    pub id: String,
    /// Their name at that time.
    pub name: String,
}

impl AuditActor {
    /// Patchbay itself, or its operator at the command line.
    pub fn system() -> Self {
        Self {
            kind: "system".to_owned(),
            id: String::new(),
            name: "Patchbay".to_owned(),
        }
    }
}

impl From<&Principal> for AuditActor {
    fn from(principal: &Principal) -> Self {
        let (kind, id, name) = match principal {
            Principal::User { id, name } => ("user", id.to_string(), name.clone()),
            Principal::Key { id, name, .. } => ("key", id.to_string(), name.clone()),
            Principal::Run { id, flow } => ("run", id.to_string(), flow.to_string()),
            Principal::System => return Self::system(),
        };
        Self {
            kind: kind.to_owned(),
            id,
            name,
        }
    }
}

impl From<&Actor> for AuditActor {
    fn from(actor: &Actor) -> Self {
        Self::from(&actor.principal)
    }
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSubject {
    /// `connection`, `flow`, `member`, `key`, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its name at that time.
    pub name: String,
}

impl AuditSubject {
    /// A subject of a kind.
    pub fn new(kind: &str, id: impl ToString, name: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_string(),
            name: name.into(),
        }
    }
}

/// An entry about to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEntry {
    /// In which project; `None` concerns the workspace as a whole.
    pub project: Option<ProjectId>,
    /// By whom.
    pub actor: AuditActor,
    /// Noun and verb, `connection.create`.
    pub action: String,
    /// To what.
    pub subject: AuditSubject,
    /// What changed, shape by action; never a secret.
    pub details: Value,
    /// The host a credential was used for.
    pub host: Option<String>,
}

impl NewAuditEntry {
    /// Something an actor did in their project, without particulars.
    pub fn new(actor: &Actor, action: &str, subject: AuditSubject) -> Self {
        Self {
            project: Some(actor.project.clone()),
            actor: AuditActor::from(actor),
            action: action.to_owned(),
            subject,
            details: Value::Object(serde_json::Map::new()),
            host: None,
        }
    }

    /// The same with particulars.
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// The same with the host a credential was used for.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Which.
    pub id: AuditId,
    /// Its place in the chain, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: AuditActor,
    /// Noun and verb.
    pub action: String,
    /// To what.
    pub subject: AuditSubject,
    /// What changed.
    pub details: Value,
    /// The host a credential was used for.
    pub host: Option<String>,
}

/// What a chain is called in the database: the project's id, or nothing for the workspace.
fn chain_name(project: Option<&ProjectId>) -> &str {
    project.map_or("", ProjectId::as_str)
}

/// Adds an entry in the write unit of the change it tells of, so that neither is there without the other.
///
/// Appends of one project wait for each other until the write unit ends: do it last.
pub async fn append(tx: &Tx, key: &AuditKey, new: &NewAuditEntry) -> StoreResult<AuditId> {
    let scope = chain_name(new.project.as_ref());
    let start = entity::head::ActiveModel {
        project_id: Set(scope.to_owned()),
        seq: Set(0),
        key_version: Set(0),
        chain: Set(Vec::new()),
        seal: Set(Vec::new()),
    };
    entity::head::Entity::insert(start)
        .on_conflict(
            OnConflict::column(entity::head::Column::ProjectId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&**tx)
        .await?;
    let head = entity::head::Entity::find_by_id(scope)
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or(crate::StoreError::Conflict)?;

    let id = AuditId::new();
    let mut row = entity::entry::Model {
        id: id.to_string(),
        project_id: scope.to_owned(),
        seq: head.seq + 1,
        at: Timestamp::now().millis(),
        actor_kind: new.actor.kind.clone(),
        actor_id: new.actor.id.clone(),
        actor_name: new.actor.name.clone(),
        action: new.action.clone(),
        subject_kind: new.subject.kind.clone(),
        subject_id: new.subject.id.clone(),
        subject_name: new.subject.name.clone(),
        details: new.details.to_string(),
        host: new.host.clone(),
        key_version: i32::from(key.version()),
        chain: Vec::new(),
    };
    row.chain = key.link(&head.chain, &row);
    let head = entity::head::ActiveModel {
        project_id: Set(scope.to_owned()),
        seq: Set(row.seq),
        key_version: Set(row.key_version),
        chain: Set(row.chain.clone()),
        seal: Set(key.seal(scope, row.seq, &row.chain)),
    };
    entity::entry::Entity::insert(entity::entry::ActiveModel::from(row))
        .exec_without_returning(&**tx)
        .await?;
    entity::head::Entity::update(head)
        .exec_without_returning(&**tx)
        .await?;
    Ok(id)
}
