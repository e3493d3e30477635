//! Listing flows and looking at one.

use std::collections::HashMap;

use patchbay_model::{Actor, ConnectionId, FlowId, Right, flow::Trigger};
use patchbay_store::{
    Page, Paged,
    connections::{connections_apps_by_flow, connections_broken_by_flow},
    flows::{Flow, FlowFilter, FlowHead, flow_find, flow_list, version_document},
    people::user_names,
    polls::{PollStatus, poll_statuses},
    runs::{Run, last_runs},
};

use super::{FlowSummary, FlowView, LastRun, PersonName, Polling, flow_not_found};
use crate::{Runner, RunnerResult, worker::UNKNOWN_INTERVAL};

/// Which flows a list shows.
#[derive(Debug, Clone, Default)]
pub struct FlowQuery {
    /// Part of the name, any case.
    pub q: Option<String>,
    /// Only active, or only inactive ones.
    pub active: Option<bool>,
    /// Only those that use this connection.
    pub connection: Option<ConnectionId>,
}

impl Runner {
    /// A page of the project's flows, newest first.
    pub async fn flow_list(
        &self,
        actor: &Actor,
        query: FlowQuery,
        page: &Page,
    ) -> RunnerResult<Paged<FlowSummary>> {
        actor.require(Right::FlowView)?;
        let filter = FlowFilter {
            q: query.q,
            active: query.active,
            connection: query.connection,
        };
        let heads = flow_list(self.store().reader(), &actor.project, &filter, page).await?;
        Ok(Paged {
            items: self.summaries(actor, &heads.items).await?,
            cursor: heads.cursor,
            has_more: heads.has_more,
        })
    }

    /// A flow with its draft.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`.
    pub async fn flow_get(&self, actor: &Actor, id: &FlowId) -> RunnerResult<FlowView> {
        actor.require(Right::FlowView)?;
        let flow = self.flow_find(actor, id).await?;
        self.view(actor, flow).await
    }

    pub(crate) async fn flow_find(&self, actor: &Actor, id: &FlowId) -> RunnerResult<Flow> {
        flow_find(self.store().reader(), &actor.project, id)
            .await?
            .ok_or_else(flow_not_found)
    }

    pub(super) async fn view(&self, actor: &Actor, flow: Flow) -> RunnerResult<FlowView> {
        let db = self.store().reader();
        let published = match flow.head.published_version {
            Some(version) => version_document(db, &actor.project, &flow.head.id, version).await?,
            None => None,
        };
        // Who cannot mend anything is not told what to mend.
        let problems = if actor.can(Right::FlowEdit) {
            self.problems(actor, &flow.head.id, &flow.draft).await?
        } else {
            Vec::new()
        };
        let webhook = |trigger: &Trigger| matches!(trigger, Trigger::Webhook { .. });
        let hooked = webhook(&flow.draft.trigger)
            || published
                .as_ref()
                .is_some_and(|document| webhook(&document.trigger));
        let webhook_url =
            hooked.then(|| format!("{}/hooks/{}", self.inner.parts.public_url, flow.head.id));
        let summary = self
            .summaries(actor, std::slice::from_ref(&flow.head))
            .await?
            .pop()
            .ok_or_else(flow_not_found)?;
        Ok(FlowView {
            summary,
            draft_changed: published.as_ref() != Some(&flow.draft),
            draft: flow.draft,
            webhook_url,
            problems,
        })
    }

    async fn summaries(&self, actor: &Actor, heads: &[FlowHead]) -> RunnerResult<Vec<FlowSummary>> {
        let db = self.store().reader();
        let ids: Vec<FlowId> = heads.iter().map(|head| head.id.clone()).collect();
        let names = user_names(db, heads.iter().map(|head| &head.created_by)).await?;
        let mut last: HashMap<FlowId, Run> = last_runs(db, &actor.project, &ids).await?;
        let broken = connections_broken_by_flow(db, &actor.project, &ids).await?;
        let mut apps = connections_apps_by_flow(db, &actor.project, &ids).await?;
        let mut polled = poll_statuses(db, &actor.project, &ids).await?;
        Ok(heads
            .iter()
            .map(|head| FlowSummary {
                polling: polled.remove(&head.id).map(|status| self.polling(status)),
                broken_connections: broken.get(&head.id).copied().unwrap_or(0),
                last_run: last.remove(&head.id).map(|run| LastRun {
                    started_at: run.started.unwrap_or(run.created),
                    id: run.id,
                    status: run.status,
                }),
                created_by: PersonName {
                    id: head.created_by.clone(),
                    name: names.get(&head.created_by).cloned().unwrap_or_default(),
                },
                head: FlowHead {
                    apps: with_connected(&head.apps, apps.remove(&head.id).unwrap_or_default()),
                    ..head.clone()
                },
            })
            .collect())
    }

    fn polling(&self, status: PollStatus) -> Polling {
        let app = self.catalog().get(&status.app);
        let trigger = app
            .as_ref()
            .and_then(|app| app.triggers.get(&status.trigger));
        Polling {
            interval: trigger.map_or(UNKNOWN_INTERVAL, |trigger| trigger.interval),
            status,
        }
    }
}

/// The apps a flow's steps name, then those it only reaches through a connection, such as in an HTTP request.
fn with_connected(named: &[String], connected: Vec<String>) -> Vec<String> {
    let others = connected.into_iter().filter(|app| !named.contains(app));
    named.iter().cloned().chain(others).collect()
}
