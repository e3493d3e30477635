//! Making runs, repeating and cancelling them.

use patchbay_model::{
    FlowId, ProjectId, RunId, RunKind, RunStatus, StepStatus, Timestamp, flow::FlowDocument,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;

use super::{Failure, JournalWrite, Run, RunBegin, RunChange, entity, run, step_entity, text};
use crate::{StoreResult, Tx};

/// The kind of a loop's line in the journal.
const LOOP: &str = "loop";

/// A run to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Whose.
    pub project: ProjectId,
    /// Of which flow.
    pub flow: FlowId,
    /// Of which version; `None` with `document` for a test.
    pub version: Option<i64>,
    /// Why.
    pub kind: RunKind,
    /// What starts it: `manual`, `schedule`, `webhook`, `app`, `flow`.
    pub trigger_kind: String,
    /// What the trigger brought.
    pub trigger: Value,
    /// The document of a test.
    pub document: Option<FlowDocument>,
    /// How many flows called each other to get here.
    pub depth: i64,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The caller's Idempotency-Key with a hash of what was asked under it.
    pub idempotency: Option<(String, String)>,
    /// When.
    pub at: Timestamp,
}

impl NewRun {
    /// The run as a worker has it that takes it from the beginning.
    pub fn as_taken(&self) -> Run {
        Run {
            id: self.id.clone(),
            project: self.project.clone(),
            flow: self.flow.clone(),
            version: self.version,
            kind: self.kind,
            status: RunStatus::Running,
            trigger_kind: self.trigger_kind.clone(),
            trigger: self.trigger.clone(),
            error: None,
            response: None,
            created: self.at,
            started: Some(self.at),
            finished: None,
            waiting_connection: None,
            wake_at: None,
            cancel_requested: false,
            depth: self.depth,
            retry_of: self.retry_of.clone(),
            revision: 1,
        }
    }
}

/// What became of a request to start a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Started {
    /// It is queued.
    New(Run),
    /// The same request was made before; this is its run.
    Before(Run),
    /// The key was used with another request.
    Mismatch,
}

/// Queues a run, once for each Idempotency-Key and flow.
pub async fn run_insert(tx: &Tx, new: &NewRun) -> StoreResult<Started> {
    if let Some((key, hash)) = &new.idempotency {
        let before = entity::Entity::find()
            .filter(entity::Column::Flow.eq(new.flow.as_str()))
            .filter(entity::Column::Project.eq(new.project.as_str()))
            .filter(entity::Column::IdempotencyKey.eq(key.as_str()))
            .one(&**tx)
            .await?;
        if let Some(row) = before {
            return Ok(if row.idempotency_hash.as_ref() == Some(hash) {
                Started::Before(run(&row)?)
            } else {
                Started::Mismatch
            });
        }
    }
    let row = row(new)?.insert(&**tx).await?;
    Ok(Started::New(run(&row)?))
}

/// Makes runs that their workers have from the beginning, under the first epochs of their fences: under way, or as they
/// are in the end where that is already known.
pub(super) async fn runs_insert_claimed(
    tx: &Tx,
    begun: &[(&RunBegin, &JournalWrite)],
) -> StoreResult<()> {
    let mut rows = Vec::with_capacity(begun.len());
    for (begin, write) in begun {
        let mut row = row(&begin.run)?;
        row.started_at = Set(Some(begin.run.at.millis()));
        row.lease_epoch = Set(write.fence.epoch);
        if let RunChange::End {
            status, error, at, ..
        } = &write.change
        {
            row.status = Set(status.as_str().to_owned());
            row.error = Set(error.as_ref().map(text).transpose()?);
            row.response = Set(write.response.as_ref().map(text).transpose()?);
            row.finished_at = Set(Some(at.millis()));
        } else {
            row.status = Set(RunStatus::Running.as_str().to_owned());
            row.lease_owner = Set(Some(write.fence.owner.clone()));
            row.lease_until = Set(Some(begin.lease_until.millis()));
        }
        rows.push(row);
    }
    entity::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// A queued run as a row.
fn row(new: &NewRun) -> StoreResult<entity::ActiveModel> {
    Ok(entity::ActiveModel {
        id: Set(new.id.to_string()),
        project: Set(new.project.to_string()),
        flow: Set(new.flow.to_string()),
        version: Set(new.version),
        kind: Set(new.kind.as_str().to_owned()),
        status: Set(RunStatus::Queued.as_str().to_owned()),
        trigger_kind: Set(new.trigger_kind.clone()),
        trigger_data: Set(text(&new.trigger)?),
        document: Set(new.document.as_ref().map(text).transpose()?),
        error: Set(None),
        response: Set(None),
        created_at: Set(new.at.millis()),
        started_at: Set(None),
        finished_at: Set(None),
        waiting_connection: Set(None),
        waiting_run: Set(None),
        wake_at: Set(None),
        lane: Set(None),
        lease_owner: Set(None),
        lease_epoch: Set(0),
        lease_until: Set(None),
        cancel_requested: Set(false),
        depth: Set(new.depth),
        retry_of: Set(new.retry_of.as_ref().map(ToString::to_string)),
        idempotency_key: Set(new.idempotency.as_ref().map(|(key, _)| key.clone())),
        idempotency_hash: Set(new.idempotency.as_ref().map(|(_, hash)| hash.clone())),
        revision: Set(1),
    })
}

/// Copies a run's journal to the run that repeats it from its failed step on: every step that has ended but the last
/// that failed, and loops as under way, so that they go on at the item that failed.
pub async fn steps_copy(tx: &Tx, from: &RunId, to: &RunId) -> StoreResult<()> {
    let ended = |row: &step_entity::Model| {
        row.status == StepStatus::Succeeded.as_str() || row.status == StepStatus::Failed.as_str()
    };
    let rows = step_entity::Entity::find()
        .filter(step_entity::Column::Run.eq(from.as_str()))
        .order_by_asc(step_entity::Column::Seq)
        .all(&**tx)
        .await?;
    let failed_last = rows
        .iter()
        .rev()
        .find(|row| row.kind != LOOP && row.status == StepStatus::Failed.as_str())
        .map(|row| row.path.clone());
    for row in rows {
        let looping = row.kind == LOOP && row.status != StepStatus::Succeeded.as_str();
        if !looping && (!ended(&row) || Some(&row.path) == failed_last.as_ref()) {
            continue;
        }
        let mut copy = row.into_active_model().reset_all();
        copy.run = Set(to.to_string());
        if looping {
            copy.status = Set(StepStatus::Running.as_str().to_owned());
            copy.error = Set(None);
            copy.output = Set(None);
            copy.duration_ms = Set(None);
        }
        step_entity::Entity::insert(copy)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// Stops a run: at once when no worker has it, else by asking the worker. `None` when there is no such run; a run that
/// has ended comes back as it is.
pub async fn run_cancel(
    tx: &Tx,
    project: &ProjectId,
    id: &RunId,
    at: Timestamp,
) -> StoreResult<Option<Run>> {
    let Some(row) = entity::Entity::find_by_id(id.as_str())
        .filter(entity::Column::Project.eq(project.as_str()))
        .lock_exclusive()
        .one(&**tx)
        .await?
    else {
        return Ok(None);
    };
    let status: RunStatus = super::parse(&row.status)?;
    if status.ended() {
        return run(&row).map(Some);
    }
    let revision = row.revision;
    let mut change = row.into_active_model();
    change.cancel_requested = Set(true);
    change.revision = Set(revision + 1);
    if status != RunStatus::Running {
        change.status = Set(RunStatus::Cancelled.as_str().to_owned());
        change.finished_at = Set(Some(at.millis()));
        change.waiting_connection = Set(None);
        change.waiting_run = Set(None);
        change.wake_at = Set(None);
        change.error = Set(Some(text(&Failure {
            code: "CANCELLED".to_owned(),
            message: "Somebody cancelled the run.".to_owned(),
        })?));
    }
    let row = change.update(&**tx).await?;
    if status != RunStatus::Running {
        super::waiting::parent_wake(tx, id).await?;
    }
    run(&row).map(Some)
}
