//! Published versions: listing, looking at one, taking one back into the draft.

use patchbay_model::{Actor, Code, FlowId, Problem, Right, flow::FlowDocument};
use patchbay_store::{
    Page, Paged,
    flows::{FlowVersion, draft_save, version_find, version_list},
    people::user_names,
};
use serde_json::json;

use super::{FlowView, PersonName, change::subject, flow_not_found};
use crate::{Runner, RunnerResult};

/// A published version.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// The version.
    pub version: FlowVersion,
    /// Who published it.
    pub published_by: PersonName,
    /// Whether it is the one that runs.
    pub current: bool,
}

impl Runner {
    /// A page of a flow's versions, newest first.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`.
    pub async fn version_list(
        &self,
        actor: &Actor,
        id: &FlowId,
        page: &Page,
    ) -> RunnerResult<Paged<VersionView>> {
        actor.require(Right::FlowView)?;
        let flow = self.flow_find(actor, id).await?;
        let db = self.store().reader();
        let versions = version_list(db, &actor.project, id, page).await?;
        let names = user_names(
            db,
            versions.items.iter().map(|version| &version.published_by),
        )
        .await?;
        Ok(versions.map(|version| VersionView {
            published_by: PersonName {
                id: version.published_by.clone(),
                name: names
                    .get(&version.published_by)
                    .cloned()
                    .unwrap_or_default(),
            },
            current: flow.head.published_version == Some(version.version),
            version,
        }))
    }

    /// A version with its document.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`, also for a version that is not there.
    pub async fn version_get(
        &self,
        actor: &Actor,
        id: &FlowId,
        number: i64,
    ) -> RunnerResult<(VersionView, FlowDocument)> {
        actor.require(Right::FlowView)?;
        let flow = self.flow_find(actor, id).await?;
        let db = self.store().reader();
        let (version, document) = version_find(db, &actor.project, id, number)
            .await?
            .ok_or_else(version_not_found)?;
        let mut names = user_names(db, [&version.published_by]).await?;
        let view = VersionView {
            published_by: PersonName {
                name: names.remove(&version.published_by).unwrap_or_default(),
                id: version.published_by.clone(),
            },
            current: flow.head.published_version == Some(version.version),
            version,
        };
        Ok((view, document))
    }

    /// Makes a version's document the draft. What runs does not change until the draft is published.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`, also for a version that is not there.
    pub async fn version_restore(
        &self,
        actor: &Actor,
        id: &FlowId,
        number: i64,
    ) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let (_, document) = self.version_get(actor, id, number).await?;
        let tx = self.store().begin().await?;
        let saved = draft_save(
            &tx,
            &actor.project,
            id,
            None,
            None,
            Some(&document),
            self.now(),
        )
        .await?;
        let flow = saved.ok_or_else(flow_not_found)?;
        self.audit(
            &tx,
            actor,
            "flow.restore_version",
            subject(&flow),
            json!({ "version": number }),
        )
        .await?;
        tx.commit().await?;
        self.view(actor, flow).await
    }
}

fn version_not_found() -> Problem {
    Problem::new(Code::FlowNotFound, "The flow has no such version.")
}
