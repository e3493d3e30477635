//! Seeing connections.

use std::{collections::BTreeMap, time::Duration};

use patchbay_model::{Actor, ConnectionId, ConnectionStatus, FlowId, Right, Timestamp, UserId};
use patchbay_store::{
    Page, Paged,
    audit::{self, AuditEntry, AuditFilter},
    connections::{
        AppInUse, ConnectionCounts, ConnectionRow, ConnectionSort, TabLimits, Usage, UsageVersion,
        connection_apps, connection_get, connections_count, connections_list, usages,
    },
    flows::flow_heads,
    runs::{Run, held_count, last_runs},
};

use super::view::{ConnectionView, EXPIRING_SOON};
use crate::{ConnectResult, Connector, credential::not_found};

/// A connection nobody has used for this long, and no flow names, counts as unused.
const UNUSED_AFTER: Duration = Duration::from_hours(30 * 24);

/// Which connections to list.
#[derive(Debug, Clone, Default)]
pub struct ConnectionListRequest {
    /// Text in name, account or app.
    pub q: Option<String>,
    /// Slugs of apps.
    pub apps: Vec<String>,
    /// Somebody's.
    pub owner: Option<UserId>,
    /// In one of these states.
    pub statuses: Vec<ConnectionStatus>,
    /// Not active.
    pub attention: bool,
    /// Named by no flow and not used lately.
    pub unused: bool,
    /// Run out within this time and are not renewed.
    pub expiring_within: Option<Duration>,
    /// In the trash.
    pub deleted: bool,
}

/// A flow's document that names a connection.
#[derive(Debug, Clone)]
pub struct UsedBy {
    /// Which flow.
    pub flow: FlowId,
    /// Its name.
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// Its draft or its published version.
    pub version: UsageVersion,
    /// The steps.
    pub steps: Vec<Usage>,
    /// Its last run.
    pub last_run: Option<Run>,
}

/// What a connection is used by.
#[derive(Debug, Clone)]
pub struct Usages {
    /// Documents that name it.
    pub flows: Vec<UsedBy>,
    /// Runs held for it.
    pub held_runs: u64,
}

impl Connector {
    /// A page of the connections the actor may see.
    pub async fn connections_list(
        &self,
        actor: &Actor,
        request: &ConnectionListRequest,
        sort: ConnectionSort,
        page: &Page,
    ) -> ConnectResult<Paged<ConnectionView>> {
        actor.require(Right::ConnectionView)?;
        let now = Timestamp::now();
        let mut filter = self.seen(actor).await?;
        filter.q.clone_from(&request.q);
        filter.apps.clone_from(&request.apps);
        filter.owner.clone_from(&request.owner);
        filter.statuses.clone_from(&request.statuses);
        filter.attention = request.attention;
        filter.deleted = request.deleted;
        filter.unused_since = request.unused.then(|| now.minus(UNUSED_AFTER));
        filter.expiring_before = request.expiring_within.map(|within| now.plus(within));
        let paged =
            connections_list(self.store().reader(), &actor.project, &filter, sort, page).await?;
        Ok(Paged {
            items: self.connection_views(actor, paged.items).await?,
            cursor: paged.cursor,
            has_more: paged.has_more,
        })
    }

    /// How many connections stand under each tab, under the search, apps and owner of the request.
    pub async fn connections_count(
        &self,
        actor: &Actor,
        request: &ConnectionListRequest,
    ) -> ConnectResult<ConnectionCounts> {
        actor.require(Right::ConnectionView)?;
        let now = Timestamp::now();
        let mut filter = self.seen(actor).await?;
        filter.q.clone_from(&request.q);
        filter.apps.clone_from(&request.apps);
        filter.owner.clone_from(&request.owner);
        let tabs = TabLimits {
            expiring_before: now.plus(EXPIRING_SOON),
            unused_since: now.minus(UNUSED_AFTER),
            me: actor.user().cloned(),
        };
        Ok(connections_count(self.store().reader(), &actor.project, &filter, &tabs).await?)
    }

    /// The apps of the connections the actor may see, the one used last in front.
    pub async fn connection_apps(&self, actor: &Actor) -> ConnectResult<Vec<AppInUse>> {
        actor.require(Right::ConnectionView)?;
        let filter = self.seen(actor).await?;
        Ok(connection_apps(self.store().reader(), &actor.project, &filter).await?)
    }

    /// One connection, also from the trash.
    pub async fn connection_get(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionView> {
        let row = self.row_seen(actor, id).await?;
        self.connection_view(actor, row).await
    }

    /// The flows that name it, and the runs held for it.
    pub async fn connection_usage(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<Usages> {
        let row = self.row_seen(actor, id).await?;
        self.usage_of(&row).await
    }

    pub(crate) async fn usage_of(&self, row: &ConnectionRow) -> ConnectResult<Usages> {
        let reader = self.store().reader();
        let mut grouped: BTreeMap<(FlowId, UsageVersion), Vec<Usage>> = BTreeMap::new();
        for usage in usages(reader, &row.project, &row.id).await? {
            grouped
                .entry((usage.flow.clone(), usage.version))
                .or_default()
                .push(usage);
        }
        let ids: Vec<FlowId> = {
            let mut ids: Vec<FlowId> = grouped.keys().map(|(flow, _)| flow.clone()).collect();
            ids.dedup();
            ids
        };
        let heads = flow_heads(reader, &row.project, &ids).await?;
        let runs = last_runs(reader, &row.project, &ids).await?;
        let flows = grouped
            .into_iter()
            .filter_map(|((flow, version), steps)| {
                let head = heads.iter().find(|head| head.id == flow)?;
                Some(UsedBy {
                    name: head.name.clone(),
                    active: head.active,
                    last_run: runs.get(&flow).cloned(),
                    flow,
                    version,
                    steps,
                })
            })
            .collect();
        Ok(Usages {
            flows,
            held_runs: held_count(reader, &row.project, &row.id).await?,
        })
    }

    /// What was done to it, newest first. Whoever sees the connection sees this.
    pub async fn connection_activity(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        page: &Page,
    ) -> ConnectResult<Paged<AuditEntry>> {
        let row = self.row_seen(actor, id).await?;
        let filter = AuditFilter {
            subject: Some(row.id.to_string()),
            ..AuditFilter::default()
        };
        Ok(audit::list(self.store().reader(), Some(&actor.project), &filter, page).await?)
    }

    /// A connection the actor may know of; also one in the trash.
    pub(crate) async fn row_seen(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionRow> {
        actor.require(Right::ConnectionView)?;
        let row = connection_get(self.store().reader(), &actor.project, id)
            .await?
            .ok_or_else(not_found)?;
        if !self.may_see(actor, &row).await? {
            return Err(not_found().into());
        }
        Ok(row)
    }

    /// A connection the actor may change, not in the trash.
    pub(crate) async fn row_managed(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_seen(actor, id).await?;
        actor.require_manage(&row.owner)?;
        if row.deleted_at.is_some() {
            return Err(super::trash::in_trash(&row).into());
        }
        Ok(row)
    }
}
