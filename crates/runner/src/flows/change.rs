//! Making, saving, duplicating and deleting flows.

use patchbay_model::{Actor, Code, FlowId, Problem, Right, flow::FlowDocument};
use patchbay_store::{
    StoreError,
    audit::AuditSubject,
    flows::{Flow, NewFlow, draft_save, flow_delete, flow_insert, flow_rename},
};
use serde_json::json;

use super::{FlowView, flow_not_found, name_check};
use crate::{Runner, RunnerResult, runner::person, webhook_auth};

/// A flow to be made.
#[derive(Debug, Clone)]
pub struct NewFlowRequest {
    /// What people call it.
    pub name: String,
    /// Its first draft; a manual trigger and nothing else when left out.
    pub draft: Option<FlowDocument>,
}

/// What to change of a flow.
#[derive(Debug, Clone, Default)]
pub struct FlowChange {
    /// A new name.
    pub name: Option<String>,
    /// A new draft.
    pub draft: Option<FlowDocument>,
    /// The revision the draft was made from; a newer one is not overwritten.
    pub expected_revision: Option<i64>,
}

/// Bytes a document may have as JSON.
const DOCUMENT_BYTES: usize = 512 * 1024;

pub(super) fn subject(flow: &Flow) -> AuditSubject {
    AuditSubject::new("flow", &flow.head.id, flow.head.name.clone())
}

impl Runner {
    /// Makes a flow, inactive. Its draft need not be complete.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub async fn flow_create(&self, actor: &Actor, new: NewFlowRequest) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let mut draft = new.draft.unwrap_or_else(FlowDocument::empty);
        size_check(&draft)?;
        webhook_auth::secrets_hash(&mut draft, None);
        let flow = self
            .flow_insert_audited(actor, name_check(&new.name)?, draft, "flow.create")
            .await?;
        self.view(actor, flow).await
    }

    /// Makes a copy of a flow's draft, inactive.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`.
    pub async fn flow_duplicate(&self, actor: &Actor, id: &FlowId) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let flow = self.flow_find(actor, id).await?;
        let name: String = format!("{} (copy)", flow.head.name)
            .chars()
            .take(120)
            .collect();
        let copy = self
            .flow_insert_audited(actor, name, flow.draft, "flow.duplicate")
            .await?;
        self.view(actor, copy).await
    }

    async fn flow_insert_audited(
        &self,
        actor: &Actor,
        name: String,
        draft: FlowDocument,
        action: &str,
    ) -> RunnerResult<Flow> {
        let new = NewFlow {
            id: FlowId::new(),
            project: actor.project.clone(),
            name,
            draft,
            by: person(actor)?.clone(),
            at: self.now(),
        };
        let tx = self.store().begin().await?;
        let flow = flow_insert(&tx, &new).await?;
        self.audit(&tx, actor, action, subject(&flow), json!({}))
            .await?;
        tx.commit().await?;
        Ok(flow)
    }

    /// Saves the draft, the name, or both.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`; `REVISION_CONFLICT` when somebody else saved meanwhile; `VALIDATION_FAILED`.
    pub async fn flow_save(
        &self,
        actor: &Actor,
        id: &FlowId,
        change: FlowChange,
    ) -> RunnerResult<FlowView> {
        actor.require(Right::FlowEdit)?;
        let name = change.name.as_deref().map(name_check).transpose()?;
        let mut draft = change.draft;
        if let Some(draft) = &mut draft {
            size_check(draft)?;
            let before = self.flow_find(actor, id).await?;
            webhook_auth::secrets_hash(draft, Some(&before.draft));
        }
        let now = self.now();
        let tx = self.store().begin().await?;
        let saved = match (&draft, &name) {
            (None, Some(name)) if change.expected_revision.is_none() => {
                flow_rename(&tx, &actor.project, id, name, now).await
            }
            _ => {
                let expected = change.expected_revision;
                draft_save(
                    &tx,
                    &actor.project,
                    id,
                    expected,
                    name.as_deref(),
                    draft.as_ref(),
                    now,
                )
                .await
            }
        };
        let flow = match saved {
            Ok(flow) => flow.ok_or_else(flow_not_found)?,
            Err(StoreError::Conflict) => return Err(revision_conflict()),
            Err(error) => return Err(error.into()),
        };
        // Every keystroke saves a draft; the log keeps what others can notice.
        if let Some(name) = name {
            self.audit(
                &tx,
                actor,
                "flow.rename",
                subject(&flow),
                json!({ "name": name }),
            )
            .await?;
        }
        tx.commit().await?;
        self.view(actor, flow).await
    }

    /// Deletes a flow. Its runs stay readable.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`.
    pub async fn flow_remove(&self, actor: &Actor, id: &FlowId) -> RunnerResult<()> {
        actor.require(Right::FlowEdit)?;
        let flow = self.flow_find(actor, id).await?;
        let tx = self.store().begin().await?;
        if !flow_delete(&tx, &actor.project, id, self.now()).await? {
            return Err(flow_not_found());
        }
        self.audit(&tx, actor, "flow.delete", subject(&flow), json!({}))
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn revision_conflict() -> Problem {
    Problem::new(
        Code::RevisionConflict,
        "Somebody else saved this flow meanwhile. Load it again, then repeat your change.",
    )
}

fn size_check(document: &FlowDocument) -> RunnerResult<()> {
    let bytes = serde_json::to_vec(document).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > DOCUMENT_BYTES {
        return Err(Problem::field(
            "draft",
            format!(
                "The flow is larger than {} KiB; move parts of it into flows of their own.",
                DOCUMENT_BYTES / 1024
            ),
        ));
    }
    Ok(())
}
