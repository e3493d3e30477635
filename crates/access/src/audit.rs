//! Reading the audit log.

use std::time::Duration;

use patchbay_model::{Actor, Right};
use patchbay_store::{
    Page, Paged,
    audit::{AuditEntry, AuditFilter, list},
};

use crate::{Access, AccessResult};

impl Access {
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
