//! The audit log: reading it, and writing to it from other rooms.

use std::time::Duration;

use patchbay_model::{Actor, Right};
use patchbay_store::{
    Page, Paged, Tx,
    audit::{AuditActor, AuditEntry, AuditFilter, AuditSubject, list},
};
use serde_json::Value;

use crate::{Access, AccessResult, project_entry};

impl Access {
    /// Notes in another room's write unit who did what to which thing of the actor's project.
    pub async fn audit_record(
        &self,
        tx: &Tx,
        actor: &Actor,
        action: &str,
        subject: AuditSubject,
        details: Value,
    ) -> AccessResult<()> {
        let mut entry = project_entry(&actor.project, AuditActor::from(actor), action, subject);
        entry.details = details;
        self.audit_append(tx, &entry).await
    }

    /// A page of the audit log of the actor's project, newest first, as far back as the plan reaches.
    pub async fn audit_list(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        page: &Page,
    ) -> AccessResult<Paged<AuditEntry>> {
        actor.require(Right::AuditView)?;
        let days = self.plan().await?.limits().audit_days;
        let since = self
            .now()
            .minus(Duration::from_secs(u64::from(days) * 24 * 3600));
        let filter = AuditFilter {
            since: Some(filter.since.map_or(since, |wanted| wanted.max(since))),
            ..filter
        };
        Ok(list(self.store().reader(), Some(&actor.project), &filter, page).await?)
    }
}
