//! Remembering uses, written to the database at most once a minute a connection.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use patchbay_model::{Actor, ConnectionId, FlowId, Principal, ProjectId, RunId, Timestamp};
use patchbay_store::connections::{UsedRecently, used_record};

use crate::{ConnectResult, Connector};

/// How long a use may wait before it is written.
const WRITE_AFTER: Duration = Duration::from_mins(1);
/// A connection's first use after a pause is written this soon, so that "last used" is right at a glance.
const FIRST_AFTER: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct UsedBuffer {
    pending: Mutex<HashMap<ConnectionId, Pending>>,
}

struct Pending {
    project: ProjectId,
    count: i64,
    last: Timestamp,
    run: Option<(FlowId, RunId)>,
    due: Timestamp,
    written: Option<Timestamp>,
}

impl UsedBuffer {
    fn note(&self, project: &ProjectId, connection: &ConnectionId, run: Option<(FlowId, RunId)>) {
        let now = Timestamp::now();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = pending
            .entry(connection.clone())
            .or_insert_with(|| Pending {
                project: project.clone(),
                count: 0,
                last: now,
                run: None,
                due: now,
                written: None,
            });
        if entry.count == 0 {
            let soonest = now.plus(FIRST_AFTER);
            entry.due = entry
                .written
                .map_or(soonest, |written| written.plus(WRITE_AFTER).max(soonest));
        }
        entry.count += 1;
        entry.last = now;
        if run.is_some() {
            entry.run = run;
        }
    }

    /// What is due, or everything; counts start again from zero.
    fn take(&self, everything: bool) -> Vec<UsedRecently> {
        let now = Timestamp::now();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let forget = now.minus(WRITE_AFTER);
        pending.retain(|_, entry| entry.count > 0 || entry.written.is_none_or(|at| at > forget));
        pending
            .iter_mut()
            .filter(|(_, entry)| entry.count > 0 && (everything || entry.due <= now))
            .map(|(connection, entry)| {
                entry.written = Some(now);
                UsedRecently {
                    project: entry.project.clone(),
                    connection: connection.clone(),
                    at: entry.last,
                    run: entry.run.take(),
                    count: std::mem::take(&mut entry.count),
                }
            })
            .collect()
    }

    fn put_back(&self, uses: Vec<UsedRecently>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for used in uses {
            if let Some(entry) = pending.get_mut(&used.connection) {
                entry.count += used.count;
                entry.run = entry.run.take().or(used.run);
            }
        }
    }
}

impl Connector {
    /// Notes that the actor sent a request with the connection's credential.
    pub fn used(&self, actor: &Actor, connection: &ConnectionId) {
        let run = match &actor.principal {
            Principal::Run { id, flow } => Some((flow.clone(), id.clone())),
            _ => None,
        };
        self.inner.used.note(&actor.project, connection, run);
    }

    /// Writes the uses that have waited long enough.
    pub(crate) async fn used_write_due(&self) -> ConnectResult<()> {
        self.used_write(false).await
    }

    /// Writes every use noted so far.
    pub async fn used_flush(&self) -> ConnectResult<()> {
        self.used_write(true).await
    }

    async fn used_write(&self, everything: bool) -> ConnectResult<()> {
        let uses = self.inner.used.take(everything);
        if uses.is_empty() {
            return Ok(());
        }
        let written = async {
            let tx = self.store().begin_uncounted().await?;
            used_record(&tx, &uses).await?;
            tx.commit().await
        }
        .await;
        if let Err(error) = written {
            self.inner.used.put_back(uses);
            return Err(error.into());
        }
        Ok(())
    }
}
