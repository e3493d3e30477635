//! A connection with all that is shown beside it.

use std::{collections::HashMap, time::Duration};

use patchbay_model::{Actor, ConnectionId, ConnectionStatus, FlowId, Timestamp, UserId};
use patchbay_store::{
    connections::ConnectionRow, flows::flow_heads, people::user_names, runs::held_counts,
};

use super::trash::KEPT;
use crate::{
    ConnectResult, Connector,
    sight::{self, Can},
};

/// How long before its end a connection that is not renewed by itself counts as expiring soon.
pub(crate) const EXPIRING_SOON: Duration = Duration::from_hours(7 * 24);

/// A connection as people see it.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// The connection itself.
    pub row: ConnectionRow,
    /// Name of the app, or its slug when the catalog has it no more.
    pub app_name: String,
    /// Name of the owner.
    pub owner_name: String,
    /// Name of who made it.
    pub creator_name: String,
    /// Name of the flow that used it last.
    pub last_used_flow: Option<String>,
    /// Runs held for it.
    pub held_runs: u64,
    /// Whether it runs out soon and nobody renews it.
    pub expiring_soon: bool,
    /// When its credential is destroyed, if it is in the trash.
    pub destroyed_at: Option<Timestamp>,
    /// What the one who asks may do with it.
    pub can: Can,
}

impl Connector {
    /// The connection as the actor sees it.
    pub async fn connection_view(
        &self,
        actor: &Actor,
        row: ConnectionRow,
    ) -> ConnectResult<ConnectionView> {
        let mut views = self.connection_views(actor, vec![row]).await?;
        views
            .pop()
            .ok_or_else(|| crate::credential::not_found().into())
    }

    /// The same for several, with one question to the database for each kind of name.
    pub(crate) async fn connection_views(
        &self,
        actor: &Actor,
        rows: Vec<ConnectionRow>,
    ) -> ConnectResult<Vec<ConnectionView>> {
        let reader = self.store().reader();
        let people: Vec<&UserId> = rows
            .iter()
            .flat_map(|row| [&row.owner, &row.created_by])
            .collect();
        let people = user_names(reader, people).await?;
        let flows: Vec<FlowId> = rows
            .iter()
            .filter_map(|row| row.last_used_flow.clone())
            .collect();
        let flows: HashMap<FlowId, String> = flow_heads(reader, &actor.project, &flows)
            .await?
            .into_iter()
            .map(|head| (head.id, head.name))
            .collect();
        let ids: Vec<ConnectionId> = rows.iter().map(|row| row.id.clone()).collect();
        let held = held_counts(reader, &actor.project, &ids).await?;
        let plan_shares = self.plan_shares().await?;
        let now = Timestamp::now();
        let name = |id: &UserId| {
            people
                .get(id)
                .cloned()
                .unwrap_or_else(|| "A former member".to_owned())
        };
        Ok(rows
            .into_iter()
            .map(|row| ConnectionView {
                app_name: self
                    .inner
                    .catalog
                    .get(&row.app)
                    .map_or_else(|| row.app.clone(), |app| app.name.clone()),
                owner_name: name(&row.owner),
                creator_name: name(&row.created_by),
                last_used_flow: row
                    .last_used_flow
                    .as_ref()
                    .and_then(|id| flows.get(id).cloned()),
                held_runs: held.get(&row.id).copied().unwrap_or_default(),
                expiring_soon: expiring_soon(&row, now),
                destroyed_at: row.deleted_at.map(|at| at.plus(KEPT)),
                can: sight::can(actor, &row.owner, row.visibility, plan_shares),
                row,
            })
            .collect())
    }
}

fn expiring_soon(row: &ConnectionRow, now: Timestamp) -> bool {
    row.status == ConnectionStatus::Active
        && !row.refreshable
        && row
            .expires_at
            .is_some_and(|at| at < now.plus(EXPIRING_SOON))
}
