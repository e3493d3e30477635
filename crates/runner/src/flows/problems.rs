//! What keeps a draft from being published, seen from its project.

use std::collections::{HashMap, HashSet};

use patchbay_flow::{FlowProblem, KnownConnection, Surroundings, check};
use patchbay_model::{
    Actor, ConnectionId, FlowId,
    flow::{FlowDocument, StepKind},
};
use patchbay_store::flows::flow_find;

use crate::{Runner, RunnerResult, Schedule};

impl Runner {
    /// Everything that is wrong with a document for whoever wants to publish it.
    pub(crate) async fn problems(
        &self,
        actor: &Actor,
        id: &FlowId,
        document: &FlowDocument,
    ) -> RunnerResult<Vec<FlowProblem>> {
        let named: Vec<ConnectionId> = document
            .connections()
            .into_iter()
            .map(|(_, connection)| connection)
            .collect();
        let known: HashMap<ConnectionId, KnownConnection> = self
            .inner
            .parts
            .connector
            .connections_pickable(actor, &named)
            .await?
            .into_iter()
            .map(|row| {
                let known = KnownConnection {
                    app: row.app,
                    name: row.name,
                };
                (row.id, known)
            })
            .collect();
        let flows = self.flows_there(actor, id, document).await?;
        Ok(check(
            document,
            &Surroundings {
                catalog: self.catalog(),
                connection: &|connection| known.get(connection).cloned(),
                flow: &|flow| flows.contains(flow),
                schedule: &|cron, timezone| {
                    Schedule::parse(cron, timezone)
                        .map(drop)
                        .map_err(|error| format!("{error}."))
                },
            },
        ))
    }

    /// Which of the flows that the document runs are in the project.
    async fn flows_there(
        &self,
        actor: &Actor,
        id: &FlowId,
        document: &FlowDocument,
    ) -> RunnerResult<HashSet<FlowId>> {
        let mut there = HashSet::from([id.clone()]);
        for at in document.walk() {
            let Some(wanted) = (at.step.kind == StepKind::RunFlow)
                .then(|| at.step.input.get("flow")?.as_str()?.parse::<FlowId>().ok())
                .flatten()
            else {
                continue;
            };
            let found = flow_find(self.store().reader(), &actor.project, &wanted).await?;
            if found.is_some() {
                there.insert(wanted);
            }
        }
        Ok(there)
    }
}
