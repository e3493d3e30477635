//! Publishing, switching on and off.

use patchbay_model::{Actor, Code, FlowId, Problem, Right, flow::FlowDocument};
use patchbay_store::{
    StoreError,
    flows::{flow_publish, flow_switch, version_document},
};
use serde_json::json;

use super::{
    FlowView,
    change::{revision_conflict, subject},
    flow_not_found,
};
use crate::{Runner, RunnerResult, Schedule, runner::person};

impl Runner {
    /// Makes the draft the version that runs, and switches the flow on.
    ///
    /// # Errors
    /// `FLOW_INVALID` with every problem; `FLOW_NOT_FOUND`.
    pub async fn flow_publish(&self, actor: &Actor, id: &FlowId) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let by = person(actor)?;
        let flow = self.flow_find(actor, id).await?;
        let problems = self.problems(actor, id, &flow.draft).await?;
        if !problems.is_empty() {
            let first = &problems[0];
            let place = first.step.as_deref().unwrap_or("the trigger");
            return Err(Problem::new(
                Code::FlowInvalid,
                format!(
                    "The flow cannot be published yet: {} thing(s) to mend, the first in {place}: {}",
                    problems.len(),
                    first.message
                ),
            )
            .with_details(json!({ "problems": problems })));
        }
        let now = self.now();
        let tick = next_tick(&flow.draft, now)?;
        let tx = self.store().begin().await?;
        let revision = flow.head.draft_revision;
        let published = match flow_publish(&tx, &actor.project, id, revision, by, tick, now).await {
            Ok(flow) => flow.ok_or_else(flow_not_found)?,
            Err(StoreError::Conflict) => return Err(revision_conflict()),
            Err(error) => return Err(error.into()),
        };
        let details = json!({ "version": published.head.published_version });
        self.audit(&tx, actor, "flow.publish", subject(&published), details)
            .await?;
        tx.commit().await?;
        self.view(actor, published).await
    }

    /// Switches a published flow on or off. Runs under way go on.
    ///
    /// # Errors
    /// `FLOW_NOT_PUBLISHED`; `FLOW_NOT_FOUND`.
    pub async fn flow_switch(
        &self,
        actor: &Actor,
        id: &FlowId,
        active: bool,
    ) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let flow = self.flow_find(actor, id).await?;
        let now = self.now();
        let tick = match flow.head.published_version {
            Some(version) if active => {
                let document =
                    version_document(self.store().reader(), &actor.project, id, version).await?;
                document
                    .map(|document| next_tick(&document, now))
                    .transpose()?
                    .flatten()
            }
            None if active => {
                return Err(Problem::new(
                    Code::FlowNotPublished,
                    "Publish the flow first; then it can be switched on.",
                ));
            }
            _ => None,
        };
        let tx = self.store().begin().await?;
        let switched = flow_switch(&tx, &actor.project, id, active, tick, now)
            .await?
            .ok_or_else(flow_not_found)?;
        let action = if active {
            "flow.enable"
        } else {
            "flow.disable"
        };
        self.audit(&tx, actor, action, subject(&switched), json!({}))
            .await?;
        tx.commit().await?;
        self.view(actor, switched).await
    }
}

/// When the document's schedule is due next.
fn next_tick(
    document: &FlowDocument,
    now: patchbay_model::Timestamp,
) -> RunnerResult<Option<patchbay_model::Timestamp>> {
    let schedule = Schedule::of(&document.trigger).map_err(|error| {
        Problem::new(
            Code::FlowInvalid,
            format!("The schedule cannot be used: {error}."),
        )
    })?;
    Ok(schedule.and_then(|schedule| schedule.next(now)))
}
