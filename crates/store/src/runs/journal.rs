//! Writing what happened, under the fence of a lease.

use std::collections::{HashMap, HashSet};

use patchbay_model::{ConnectionId, RunId, RunStatus, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait, UpdateMany,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict},
};
use serde_json::Value;

use super::{Failure, NewRun, RunStep, entity, step_entity, text};
use crate::{StoreResult, Tx};

/// Who may write about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Which run.
    pub run: RunId,
    /// The worker that claimed it.
    pub owner: String,
    /// The epoch of its claim.
    pub epoch: i64,
}

/// How the run goes on after a journal write.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum RunChange {
    /// The worker keeps it.
    #[default]
    Keep,
    /// It ended.
    End {
        /// How.
        status: RunStatus,
        /// Why, when badly.
        error: Option<Failure>,
        /// When.
        at: Timestamp,
        /// Whether another run may wait for this one.
        child: bool,
    },
    /// It waits for a time to come, or for another run to end and at the latest until then.
    Wait {
        /// Until when.
        until: Timestamp,
        /// Until this run has ended.
        run: Option<RunId>,
    },
    /// It is held for a connection.
    Hold {
        /// Which one.
        connection: ConnectionId,
    },
    /// It goes back to the queue.
    Requeue,
}

/// One write: lines of the journal, and what becomes of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalWrite {
    /// Who writes.
    pub fence: Fence,
    /// Lines to add or to bring up to date, found by their path.
    pub steps: Vec<RunStep>,
    /// What becomes of the run.
    pub change: RunChange,
    /// The answer for whoever triggered the run; the first one stays.
    pub response: Option<Value>,
    /// The run itself, when this is the first that is written of it.
    pub begin: Option<Box<RunBegin>>,
}

/// A run that its worker has from the beginning: it is written together with the first of what happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunBegin {
    /// The run. Without an Idempotency-Key: that is asked for by [`super::run_insert`].
    pub run: NewRun,
    /// How long the worker's claim holds, if it goes on.
    pub lease_until: Timestamp,
}

/// Rows that one statement inserts at most; databases count parameters.
const ROWS: usize = 200;

/// Writes. False, and nothing written, when the run belongs to somebody else by now.
pub async fn journal_write(tx: &Tx, write: &JournalWrite) -> StoreResult<bool> {
    let written = journal_write_many(tx, &[write]).await?;
    Ok(written.first() == Some(&true))
}

/// Writes for several runs, each at most once: new runs in one statement and lines in another, since each statement
/// costs about as much as what it writes. Answers for each as [`journal_write`] does.
pub async fn journal_write_many(tx: &Tx, writes: &[&JournalWrite]) -> StoreResult<Vec<bool>> {
    let begun: Vec<_> = writes
        .iter()
        .filter_map(|write| Some((&**write.begin.as_ref()?, *write)))
        .collect();
    for rows in begun.chunks(ROWS) {
        super::start::runs_insert_claimed(tx, rows).await?;
    }
    let ended = runs_end(tx, writes).await?;
    let mut written = Vec::with_capacity(writes.len());
    for write in writes {
        let done = match Manner::of(write) {
            Manner::Begins => true,
            Manner::Ends => ended.contains(&write.fence.run),
            Manner::Other => run_write(tx, write).await?,
        };
        written.push(done);
    }
    let mut lines = HashMap::new();
    for (write, written) in writes.iter().zip(&written) {
        if *written {
            for step in &write.steps {
                // A line that comes twice counts as it was last.
                lines.insert((&write.fence.run, step.path.as_str()), step);
            }
        }
    }
    let lines: Vec<_> = lines
        .into_iter()
        .map(|((run, _), step)| (run, step))
        .collect();
    for rows in lines.chunks(ROWS) {
        steps_write(tx, rows).await?;
    }
    Ok(written)
}

/// How a write changes its run.
#[derive(PartialEq)]
enum Manner {
    /// It makes it, and that says all.
    Begins,
    /// It ends it, and no other run waits for that.
    Ends,
    /// Anything else.
    Other,
}

impl Manner {
    fn of(write: &JournalWrite) -> Self {
        let begins = write.begin.is_some();
        match &write.change {
            RunChange::Keep if begins && write.response.is_none() => Self::Begins,
            RunChange::End { child: false, .. } if begins => Self::Begins,
            RunChange::End { child: false, .. } => Self::Ends,
            _ => Self::Other,
        }
    }
}

/// Ends the runs of [`Manner::Ends`] whose fences hold, those that end alike in one statement. Answers which they were.
async fn runs_end(tx: &Tx, writes: &[&JournalWrite]) -> StoreResult<HashSet<RunId>> {
    let mut alike: HashMap<_, Vec<_>> = HashMap::new();
    for write in writes
        .iter()
        .filter(|write| Manner::of(write) == Manner::Ends)
    {
        if let RunChange::End {
            status, error, at, ..
        } = &write.change
        {
            let key = (
                write.fence.owner.as_str(),
                write.fence.epoch,
                status.as_str(),
            );
            alike.entry(key).or_default().push((*write, error, at));
        }
    }
    let mut ended = HashSet::new();
    for ((owner, epoch, status), all) in alike {
        for some in all.chunks(ROWS) {
            let mut finished = CaseStatement::new();
            let mut errors = CaseStatement::new().finally(Expr::value(None::<String>));
            let mut responses = CaseStatement::new().finally(Expr::col(entity::Column::Response));
            let (mut failing, mut responding) = (false, false);
            for (write, error, at) in some {
                let it = || Expr::col(entity::Column::Id).eq(write.fence.run.as_str());
                finished = finished.case(it(), Expr::value(at.millis()));
                if let Some(error) = error {
                    failing = true;
                    errors = errors.case(it(), Expr::value(text(error)?));
                }
                if let Some(response) = &write.response {
                    responding = true;
                    let first =
                        Expr::col(entity::Column::Response).if_null(Expr::value(text(response)?));
                    responses = responses.case(it(), first);
                }
            }
            let mut update =
                fenced(owner, epoch).col_expr(entity::Column::FinishedAt, finished.into());
            if failing {
                update = update.col_expr(entity::Column::Error, errors.into());
            }
            if responding {
                update = update.col_expr(entity::Column::Response, responses.into());
            }
            for (column, value) in let_go(status) {
                update = update.col_expr(column, value);
            }
            let ids = some.iter().map(|(write, ..)| write.fence.run.as_str());
            let mut query = update.filter(entity::Column::Id.is_in(ids)).into_query();
            query.returning_col(entity::Column::Id);
            for row in tx.query_all(&query).await? {
                ended.insert(super::parse(&row.try_get_by_index::<String>(0)?)?);
            }
        }
    }
    Ok(ended)
}

/// A change of runs that `owner` has under `epoch`.
fn fenced(owner: &str, epoch: i64) -> UpdateMany<entity::Entity> {
    entity::Entity::update_many()
        .col_expr(
            entity::Column::Revision,
            Expr::col(entity::Column::Revision).add(1),
        )
        .filter(entity::Column::LeaseOwner.eq(owner))
        .filter(entity::Column::LeaseEpoch.eq(epoch))
        .filter(entity::Column::Status.eq(RunStatus::Running.as_str()))
}

/// What is written of a run that its worker gives out of hand.
fn let_go(status: &str) -> [(entity::Column, Expr); 3] {
    [
        (entity::Column::Status, Expr::value(status)),
        (entity::Column::LeaseOwner, Expr::value(None::<String>)),
        (entity::Column::LeaseUntil, Expr::value(None::<i64>)),
    ]
}

/// What becomes of the run, under its fence.
async fn run_write(tx: &Tx, write: &JournalWrite) -> StoreResult<bool> {
    let mut update = fenced(&write.fence.owner, write.fence.epoch)
        .filter(entity::Column::Id.eq(write.fence.run.as_str()));
    if let Some(response) = &write.response {
        update = update.col_expr(
            entity::Column::Response,
            Expr::col(entity::Column::Response).if_null(Expr::value(text(response)?)),
        );
    }
    let mut wake_parent = false;
    let more: Vec<(entity::Column, Expr)> = match &write.change {
        RunChange::Keep => Vec::new(),
        RunChange::End {
            status,
            error,
            at,
            child,
        } => {
            wake_parent = *child;
            let mut more = let_go(status.as_str()).to_vec();
            more.push((
                entity::Column::Error,
                Expr::value(error.as_ref().map(text).transpose()?),
            ));
            more.push((entity::Column::FinishedAt, Expr::value(at.millis())));
            more
        }
        RunChange::Wait { until, run } => {
            let mut more = let_go(RunStatus::Waiting.as_str()).to_vec();
            more.push((entity::Column::WakeAt, Expr::value(until.millis())));
            more.push((
                entity::Column::WaitingRun,
                Expr::value(run.as_ref().map(ToString::to_string)),
            ));
            more
        }
        RunChange::Hold { connection } => {
            let mut more = let_go(RunStatus::Held.as_str()).to_vec();
            more.push((
                entity::Column::WaitingConnection,
                Expr::value(connection.as_str()),
            ));
            more
        }
        RunChange::Requeue => let_go(RunStatus::Queued.as_str()).to_vec(),
    };
    for (column, value) in more {
        update = update.col_expr(column, value);
    }
    if update.exec(&**tx).await?.rows_affected != 1 {
        return Ok(false);
    }
    if wake_parent {
        super::waiting::parent_wake(tx, &write.fence.run).await?;
    }
    Ok(true)
}

fn line(run: &RunId, step: &RunStep) -> StoreResult<step_entity::ActiveModel> {
    Ok(step_entity::ActiveModel {
        run: Set(run.to_string()),
        path: Set(step.path.clone()),
        seq: Set(step.seq),
        step: Set(step.step.clone()),
        kind: Set(step.kind.clone()),
        name: Set(step.name.clone()),
        status: Set(step.status.as_str().to_owned()),
        input: Set(step.input.as_ref().map(text).transpose()?),
        output: Set(step.output.as_ref().map(text).transpose()?),
        error: Set(step.error.as_ref().map(text).transpose()?),
        attempts: Set(step.attempts),
        started_at: Set(step.started.millis()),
        duration_ms: Set(step.duration_ms),
        wake_at: Set(step.wake_at.map(Timestamp::millis)),
    })
}

async fn steps_write(tx: &Tx, steps: &[(&RunId, &RunStep)]) -> StoreResult<()> {
    use step_entity::Column;
    let rows = steps
        .iter()
        .map(|(run, step)| line(run, step))
        .collect::<StoreResult<Vec<_>>>()?;
    step_entity::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([Column::Run, Column::Path])
                .update_columns([
                    Column::Status,
                    Column::Input,
                    Column::Output,
                    Column::Error,
                    Column::Attempts,
                    Column::StartedAt,
                    Column::DurationMs,
                    Column::WakeAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
