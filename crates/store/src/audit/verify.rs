//! Checking that nobody has changed the log behind our back.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use patchbay_model::ProjectId;

use super::{
    AuditKey, chain_name,
    entity::{entry, head},
};
use crate::{Db, StoreResult, people::stored};

/// Rows read at once.
const BATCH: u64 = 500;

/// Something in the log that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// This entry, or its link, is not the one that was written.
    #[error("entry {seq} was changed or moved")]
    Altered {
        /// Its place in the chain.
        seq: i64,
    },
    /// Entries are gone.
    #[error("the entries {from} to {to} are missing")]
    Missing {
        /// The first place without an entry.
        from: i64,
        /// The last place without an entry.
        to: i64,
    },
    /// The seal of the chain's end is not the one that was written.
    #[error(
        "the seal of its end was changed or removed, so that entries may be missing at the end"
    )]
    HeadAltered,
    /// An entry names a root version whose key is not there, so that nothing can be said about it.
    #[error("entry {seq} names root key {version}, which is not there")]
    KeyUnknown {
        /// Its place in the chain.
        seq: i64,
        /// The version.
        version: u16,
    },
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditReport {
    /// Entries looked at.
    pub entries: u64,
    /// What is wrong, in the order of the chain.
    pub faults: Vec<AuditFault>,
}

/// Every chain there is, also one whose sealed end is gone: `None` is that of the workspace.
pub async fn chains(db: &impl Db) -> StoreResult<Vec<Option<ProjectId>>> {
    let ends: Vec<String> = head::Entity::find()
        .select_only()
        .column(head::Column::ProjectId)
        .into_tuple()
        .all(db)
        .await?;
    let entries: Vec<String> = entry::Entity::find()
        .select_only()
        .column(entry::Column::ProjectId)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    let names: BTreeSet<String> = ends.into_iter().chain(entries).collect();
    names
        .into_iter()
        .map(|name| {
            (!name.is_empty())
                .then(|| stored("audit_heads", &name))
                .transpose()
        })
        .collect()
}

/// Goes through the chain of a project (`None`: of the workspace) and names everything that is not as it was written.
/// `key` gives the key of a root version.
pub async fn verify(
    db: &impl Db,
    project: Option<&ProjectId>,
    key: impl Fn(u16) -> Option<AuditKey>,
) -> StoreResult<AuditReport> {
    let name = chain_name(project);
    let mut report = AuditReport::default();
    let mut before: Vec<u8> = Vec::new();
    let mut last = 0_i64;
    loop {
        let rows = entry::Entity::find()
            .filter(entry::Column::ProjectId.eq(name))
            .filter(entry::Column::Seq.gt(last))
            .order_by_asc(entry::Column::Seq)
            .limit(BATCH)
            .all(db)
            .await?;
        let ended = (rows.len() as u64) < BATCH;
        for row in rows {
            report.entries += 1;
            let gap = row.seq != last + 1;
            if gap {
                report.faults.push(AuditFault::Missing {
                    from: last + 1,
                    to: row.seq - 1,
                });
            }
            let version = u16::try_from(row.key_version).unwrap_or(u16::MAX);
            match key(version) {
                None => report.faults.push(AuditFault::KeyUnknown {
                    seq: row.seq,
                    version,
                }),
                // After a gap the link before is not known, so the entry's own cannot be recomputed.
                Some(key) if !gap && key.link(&before, &row) != row.chain => {
                    report.faults.push(AuditFault::Altered { seq: row.seq });
                }
                Some(_) => {}
            }
            last = row.seq;
            before = row.chain;
        }
        if ended {
            break;
        }
    }
    let head = head::Entity::find_by_id(name).one(db).await?;
    check_head(name, head, last, &before, key, &mut report);
    Ok(report)
}

fn check_head(
    name: &str,
    head: Option<head::Model>,
    last: i64,
    chain: &[u8],
    key: impl Fn(u16) -> Option<AuditKey>,
    report: &mut AuditReport,
) {
    let Some(head) = head else {
        if last > 0 {
            report.faults.push(AuditFault::HeadAltered);
        }
        return;
    };
    let version = u16::try_from(head.key_version).unwrap_or(u16::MAX);
    let sealed = key(version).is_some_and(|key| key.seal(name, head.seq, &head.chain) == head.seal);
    if !sealed {
        report.faults.push(AuditFault::HeadAltered);
    } else if head.seq > last {
        report.faults.push(AuditFault::Missing {
            from: last + 1,
            to: head.seq,
        });
    } else if head.seq < last {
        // Entries after the sealed end: either the head was set back or they were put there.
        report.faults.push(AuditFault::HeadAltered);
    } else if head.chain != chain && !report.faults.contains(&AuditFault::Altered { seq: last }) {
        report.faults.push(AuditFault::Altered { seq: last });
    }
}
