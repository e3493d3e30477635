//! Deleting, taking back, and removing for good.

use std::{collections::HashSet, time::Duration};

use patchbay_model::{Actor, Code, ConnectionId, Problem, Timestamp};
use patchbay_store::{
    StoreError,
    connections::{
        ConnectionRow, UsageVersion, connection_lock, connection_purge, connection_restore,
        connection_trash, connections_purgeable,
    },
};
use serde_json::json;

use crate::{
    ConnectResult, ConnectionEventKind, Connector, credential::not_found, save::name_taken,
};

/// How long a deleted connection can be taken back.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// How many are removed in one write unit.
const BATCH: u64 = 100;

pub(crate) fn in_trash(row: &ConnectionRow) -> Problem {
    Problem::new(
        Code::ConnectionDeleted,
        format!(
            "The connection {} is in the trash. Restore it first.",
            row.name
        ),
    )
}

impl Connector {
    /// Puts it into the trash. Its credential stays sealed there for thirty days and is not used.
    ///
    /// # Errors
    /// `CONNECTION_IN_USE` with the flows, when active flows name it and `force` is not set.
    pub async fn connection_delete(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        force: bool,
    ) -> ConnectResult<()> {
        let row = self.row_seen(actor, id).await?;
        actor.require_manage(&row.owner)?;
        if row.deleted_at.is_some() {
            return Err(not_found().into());
        }
        let usage = self.usage_of(&row).await?;
        let active: Vec<_> = usage
            .flows
            .iter()
            .filter(|flow| flow.active && flow.version == UsageVersion::Published)
            .collect();
        if !active.is_empty() && !force {
            let names: Vec<&str> = active.iter().map(|flow| flow.name.as_str()).collect();
            let flows: Vec<_> = active
                .iter()
                .map(|flow| {
                    json!({
                        "id": flow.flow,
                        "name": flow.name,
                        "status": "ACTIVE",
                        "version": flow.version.as_str(),
                        "steps": flow.steps.iter().map(|step| &step.step).collect::<Vec<_>>(),
                    })
                })
                .collect();
            return Err(Problem::new(
                Code::ConnectionInUse,
                format!(
                    "Deleting {} would break active flows: {}. Update or deactivate them first, or send force=true.",
                    row.name,
                    names.join(", ")
                ),
            )
            .with_details(json!({ "flows": flows, "heldRuns": usage.held_runs }))
            .into());
        }
        let tx = self.store().begin().await?;
        let locked = connection_lock(&tx, &row.project, id)
            .await?
            .ok_or_else(not_found)?;
        if locked.deleted_at.is_some() {
            return Err(not_found().into());
        }
        connection_trash(&*tx, &row.project, id, Timestamp::now()).await?;
        // A flow may name it in its draft and in what is published.
        let flows: HashSet<_> = usage.flows.iter().map(|flow| &flow.flow).collect();
        let details = json!({ "forced": !active.is_empty(), "flows": flows.len() });
        self.audit(&tx, actor, "connection.delete", (id, &row.name), details)
            .await?;
        tx.commit().await?;
        self.emit(&row, ConnectionEventKind::Broken);
        Ok(())
    }

    /// Takes it out of the trash.
    ///
    /// # Errors
    /// `CONNECTION_NAME_TAKEN` when its name was given away meanwhile.
    pub async fn connection_restore(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_seen(actor, id).await?;
        actor.require_manage(&row.owner)?;
        if row.deleted_at.is_none() {
            return Err(
                Problem::new(Code::Conflict, "This connection is not in the trash.").into(),
            );
        }
        let tx = self.store().begin().await?;
        connection_restore(&*tx, &row.project, id, Timestamp::now())
            .await
            .map_err(|error| match error {
                StoreError::Duplicate => name_taken(&row.name),
                other => other.into(),
            })?;
        self.audit(&tx, actor, "connection.restore", (id, &row.name), json!({}))
            .await?;
        tx.commit().await?;
        let row = self.row(&row.project, id).await?;
        self.emit(&row, ConnectionEventKind::Usable);
        Ok(row)
    }

    /// Removes what has been in the trash for thirty days, with its credentials. Says how many.
    pub(crate) async fn trash_empty(&self) -> ConnectResult<u64> {
        let before = Timestamp::now().minus(KEPT);
        let rows = connections_purgeable(self.store().reader(), before, BATCH).await?;
        for row in &rows {
            let tx = self.store().begin().await?;
            connection_purge(&tx, &row.project, &row.id).await?;
            let system = Actor::system(row.project.clone());
            self.audit(
                &tx,
                &system,
                "connection.purge",
                (&row.id, &row.name),
                json!({}),
            )
            .await?;
            tx.commit().await?;
        }
        if !rows.is_empty() {
            self.store().log_empty().await?;
        }
        Ok(rows.len() as u64)
    }
}
