//! Deleting, taking back, and destroying: at once, or when the time in the trash is over.

use std::{collections::HashSet, time::Duration};

use patchbay_model::{Actor, Code, ConnectionId, Problem, Timestamp};
use patchbay_store::{
    StoreError, Tx,
    connections::{
        ConnectionRow, UsageVersion, connection_lock, connection_purge, connection_restore,
        connection_trash, connections_purgeable,
    },
};
use serde_json::json;

use crate::{
    ConnectResult, ConnectionEventKind, Connector, credential::not_found, save::name_taken,
};

/// How long a deleted connection can be taken back, unless somebody has it destroyed before that.
pub(super) const KEPT: Duration = Duration::from_hours(30 * 24);
/// How many are removed in one round.
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
    /// Puts it into the trash. Its credential stays sealed there, unused, for thirty days or until somebody has it
    /// destroyed; runs that need it are held as long.
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
        // Somebody may have had it destroyed meanwhile.
        connection_lock(&tx, &row.project, id)
            .await?
            .ok_or_else(not_found)?;
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
        // One that does not work is tried all the same, so that what waits for it says what it waits for now.
        let kind = if row.status.usable() {
            ConnectionEventKind::Usable
        } else {
            ConnectionEventKind::Changed
        };
        self.emit(&row, kind);
        Ok(row)
    }

    /// Destroys one that is in the trash, with its credential, without waiting for the thirty days to pass.
    ///
    /// # Errors
    /// `CONFLICT` when it is not in the trash.
    pub async fn connection_destroy(&self, actor: &Actor, id: &ConnectionId) -> ConnectResult<()> {
        let row = self.row_seen(actor, id).await?;
        actor.require_manage(&row.owner)?;
        let tx = self.store().begin().await?;
        let row = connection_lock(&tx, &row.project, id)
            .await?
            .ok_or_else(not_found)?;
        if row.deleted_at.is_none() {
            return Err(Problem::new(
                Code::Conflict,
                format!(
                    "{} is not in the trash. Delete it first; then it can be destroyed.",
                    row.name
                ),
            )
            .into());
        }
        self.purge(tx, actor, &row, "connection.destroy").await?;
        self.emit(&row, ConnectionEventKind::Broken);
        // It is destroyed whatever becomes of this; the log is emptied again by and by.
        if let Err(error) = self.store().log_empty().await {
            tracing::warn!(connection = %row.id, %error, "the database's log was not emptied");
        }
        Ok(())
    }

    /// Removes what has been in the trash for thirty days, with its credentials. Says how many.
    pub async fn trash_empty(&self) -> ConnectResult<u64> {
        let before = Timestamp::now().minus(KEPT);
        let due = connections_purgeable(self.store().reader(), before, BATCH).await?;
        let mut purged = 0;
        for row in &due {
            let tx = self.store().begin().await?;
            // Somebody may have taken it back, or had it destroyed, since it was read.
            let Some(row) = connection_lock(&tx, &row.project, &row.id)
                .await?
                .filter(|row| row.deleted_at.is_some_and(|at| at < before))
            else {
                continue;
            };
            let system = Actor::system(row.project.clone());
            self.purge(tx, &system, &row, "connection.purge").await?;
            purged += 1;
        }
        if purged > 0 {
            self.store().log_empty().await?;
        }
        Ok(purged)
    }

    /// Removes one that is locked, with every generation of its credential.
    async fn purge(
        &self,
        tx: Tx,
        actor: &Actor,
        row: &ConnectionRow,
        action: &str,
    ) -> ConnectResult<()> {
        connection_purge(&tx, &row.project, &row.id).await?;
        self.audit(&tx, actor, action, (&row.id, &row.name), json!({}))
            .await?;
        Ok(tx.commit().await?)
    }
}
