//! Reading the log.

use patchbay_model::{ProjectId, Timestamp};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use super::{
    AuditActor, AuditEntry, AuditSubject, chain_name,
    entity::entry::{Column, Entity, Model},
};
use crate::{Db, Page, Paged, StoreResult, people::stored};

/// Which entries; an unset field leaves nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The id of who did it.
    pub actor: Option<String>,
    /// `connection.create`, or `connection` for everything done to connections.
    pub action: Option<String>,
    /// The id of what it was done to, or its kind.
    pub subject: Option<String>,
    /// Not before this.
    pub since: Option<Timestamp>,
}

pub(super) fn read(row: Model) -> StoreResult<AuditEntry> {
    Ok(AuditEntry {
        id: stored("audit", &row.id)?,
        seq: row.seq,
        at: Timestamp::from_millis(row.at),
        actor: AuditActor {
            kind: row.actor_kind,
            id: row.actor_id,
            name: row.actor_name,
        },
        action: row.action,
        subject: AuditSubject {
            kind: row.subject_kind,
            id: row.subject_id,
            name: row.subject_name,
        },
        // Text that somebody put there past us is shown as text, so that the log stays readable.
        details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
        host: row.host,
    })
}

/// A page of the log of a project (`None`: of the workspace), newest first.
pub async fn list(
    db: &impl Db,
    project: Option<&ProjectId>,
    filter: &AuditFilter,
    page: &Page,
) -> StoreResult<Paged<AuditEntry>> {
    let mut query = Entity::find().filter(Column::ProjectId.eq(chain_name(project)));
    if let Some(actor) = &filter.actor {
        query = query.filter(Column::ActorId.eq(actor));
    }
    if let Some(action) = &filter.action {
        let of_noun = format!("{}.", action.replace(['%', '\\'], ""));
        query = query.filter(
            Condition::any()
                .add(Column::Action.eq(action))
                .add(Column::Action.starts_with(of_noun)),
        );
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(
            Condition::any()
                .add(Column::SubjectId.eq(subject))
                .add(Column::SubjectKind.eq(subject)),
        );
    }
    if let Some(since) = filter.since {
        query = query.filter(Column::At.gte(since.millis()));
    }
    if let Some(seq) = page.after::<i64>()? {
        query = query.filter(Column::Seq.lt(seq));
    }
    let rows = query
        .order_by_desc(Column::Seq)
        .limit(page.fetch())
        .all(db)
        .await?;
    let items = rows
        .into_iter()
        .map(read)
        .collect::<StoreResult<Vec<_>>>()?;
    Ok(page.finish(items, |last| last.seq))
}
