//! One connection in place of another in every flow, as one change that can be taken back.

use std::time::Duration;

use patchbay_model::{Actor, Code, ConnectionId, FlowId, Problem, Right, Timestamp};
use patchbay_store::{
    StoreError,
    connections::{UndoRow, UsageVersion, connection_get, undo_insert, undo_take},
    flows::{DocumentChange, DocumentOf, documents_replace_connection, documents_restore},
    runs::held_release,
};
use serde_json::json;

use crate::{ConnectResult, ConnectionEventKind, Connector, credential::not_found};

/// How long a replacement can be taken back.
const UNDO: Duration = Duration::from_hours(24);

/// A document in which the connection was (or would be) replaced.
#[derive(Debug, Clone)]
pub struct ReplacedFlow {
    /// Which flow.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// Draft or published.
    pub version: UsageVersion,
    /// `trigger` or ids of steps.
    pub steps: Vec<String>,
}

/// What a replacement changed.
#[derive(Debug, Clone)]
pub struct ReplaceOutcome {
    /// Where.
    pub flows: Vec<ReplacedFlow>,
    /// Takes it back, for a day; `None` when nothing was changed.
    pub undo_token: Option<String>,
}

fn unreadable() -> StoreError {
    StoreError::Corrupt {
        table: "connection_undos",
        what: "changes".to_owned(),
    }
}

fn shown(changes: &[DocumentChange]) -> Vec<ReplacedFlow> {
    changes
        .iter()
        .map(|change| ReplacedFlow {
            id: change.flow.clone(),
            name: change.name.clone(),
            version: match change.of {
                DocumentOf::Draft => UsageVersion::Draft,
                DocumentOf::Published(_) => UsageVersion::Published,
            },
            steps: change.places.clone(),
        })
        .collect()
}

impl Connector {
    /// Puts `with` wherever a flow names `id`, in drafts and published versions alike. With `dry_run` it only says
    /// where.
    pub async fn connection_replace(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        with: &ConnectionId,
        dry_run: bool,
    ) -> ConnectResult<ReplaceOutcome> {
        actor.require(Right::ConnectionReplace)?;
        let from = self.row_seen(actor, id).await?;
        let to = self.row_seen(actor, with).await?;
        if to.deleted_at.is_some() {
            return Err(super::trash::in_trash(&to).into());
        }
        if from.id == to.id {
            return Err(Problem::field(
                "with",
                "Choose another connection than the one to replace.",
            )
            .into());
        }
        if from.app != to.app {
            return Err(Problem::field("with", "Choose a connection of the same app.").into());
        }
        if !self.may_use(actor, &to).await? {
            return Err(Problem::new(
                Code::Forbidden,
                "That connection is private to its owner, so flows of the project cannot be switched to it.",
            )
            .into());
        }
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        let changes =
            documents_replace_connection(&tx, &actor.project, id, with, now, dry_run).await?;
        let flows = shown(&changes);
        if dry_run || changes.is_empty() {
            tx.rollback().await?;
            return Ok(ReplaceOutcome {
                flows,
                undo_token: None,
            });
        }
        let token = crate::random::token();
        let undo = UndoRow {
            token_hash: crate::random::hash(&token),
            project: actor.project.clone(),
            from: id.clone(),
            to: with.clone(),
            changes: serde_json::to_string(&changes).map_err(|_| unreadable())?,
            expires_at: now.plus(UNDO),
        };
        undo_insert(&*tx, &undo, now).await?;
        let details = json!({
            "with": { "id": with, "name": to.name },
            "flows": flows.iter().map(|flow| &flow.id).collect::<Vec<_>>(),
        });
        self.audit(&tx, actor, "connection.replace", (id, &from.name), details)
            .await?;
        // Runs held for the old one go on with the new one, also if this process ends now: nothing else may ever let them
        // go, for the old one often goes into the trash.
        held_release(&tx, &actor.project, id).await?;
        tx.commit().await?;
        self.emit(&from, ConnectionEventKind::Changed);
        self.emit(&to, ConnectionEventKind::Usable);
        Ok(ReplaceOutcome {
            flows,
            undo_token: Some(token),
        })
    }

    /// Takes a replacement back. Documents that were changed since stay as they are; the answer tells what was
    /// restored.
    ///
    /// # Errors
    /// `UNDO_EXPIRED` when the token was used or is a day old.
    pub async fn connection_replace_undo(
        &self,
        actor: &Actor,
        token: &str,
    ) -> ConnectResult<Vec<ReplacedFlow>> {
        actor.require(Right::ConnectionReplace)?;
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        let undo = undo_take(&tx, &actor.project, &crate::random::hash(token), now)
            .await?
            .ok_or_else(|| {
                Problem::new(
                    Code::UndoExpired,
                    "This replacement was undone already or is more than a day old.",
                )
            })?;
        let changes: Vec<DocumentChange> =
            serde_json::from_str(&undo.changes).map_err(|_| unreadable())?;
        let left = documents_restore(&tx, &actor.project, &changes, now).await?;
        let restored: Vec<DocumentChange> = changes
            .into_iter()
            .filter(|change| {
                !left
                    .iter()
                    .any(|alone| alone.flow == change.flow && alone.of == change.of)
            })
            .collect();
        let from = connection_get(&*tx, &actor.project, &undo.from)
            .await?
            .ok_or_else(not_found)?;
        let details = json!({ "with": undo.to, "leftAlone": left.len() });
        self.audit(
            &tx,
            actor,
            "connection.replace_undo",
            (&undo.from, &from.name),
            details,
        )
        .await?;
        tx.commit().await?;
        self.emit(&from, ConnectionEventKind::Changed);
        Ok(shown(&restored))
    }
}
