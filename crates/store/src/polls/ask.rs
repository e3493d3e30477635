//! Asking: who does, and what comes of it.

use std::time::Duration;

use patchbay_model::{FlowId, Timestamp};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};
use serde_json::Value;

use super::{
    ClaimedPoll, PollState,
    entity::{poll, poll_flow},
    json, parse, text,
};
use crate::{
    Db, StoreResult, Tx,
    database::is_sqlite,
    flows::{ACTIVE, entity as flow},
    runs::Failure,
};

/// What everything is held against that is written for a claimed question: a claim that was lost writes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollFence {
    /// Which question.
    pub id: String,
    /// Who claimed it.
    pub owner: String,
    /// Which claim.
    pub epoch: i64,
}

/// A flow that waits for the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Which flow.
    pub flow: FlowId,
    /// The version that runs.
    pub version: i64,
    /// Whether its beginning is set, so that news make runs.
    pub begun: bool,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub struct PollChange {
    /// How it goes from now on.
    pub state: PollState,
    /// Why it does not go.
    pub failure: Option<Failure>,
    /// What to remember instead; `None` keeps what is remembered.
    pub cursor: Option<Value>,
    /// Fingerprints of items that are known from now on, oldest first; `None` keeps those there are.
    pub seen: Option<Vec<String>>,
    /// Whether the app has answered.
    pub answered: bool,
    /// Whether all that the answer held is taken, so that flows that have just joined begin here.
    pub complete: bool,
    /// When it is asked next.
    pub next_at: Option<Timestamp>,
    /// When this is.
    pub at: Timestamp,
}

fn due(now: Timestamp) -> Condition {
    Condition::all()
        .add(poll::Column::NextAt.lte(now.millis()))
        .add(
            Condition::any()
                .add(poll::Column::LeaseUntil.is_null())
                .add(poll::Column::LeaseUntil.lt(now.millis())),
        )
}

/// Whether any question is due: cheap, asked before a write unit is opened. Over all projects: the clock knows none.
pub async fn polls_due(db: &impl Db, now: Timestamp) -> StoreResult<bool> {
    let one: Option<String> = poll::Entity::find()
        .select_only()
        .column(poll::Column::Id)
        .filter(due(now))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(one.is_some())
}

/// Takes up to `limit` questions that are due, the longest overdue first, for as long as `lease`.
pub async fn polls_claim(
    tx: &Tx,
    owner: &str,
    limit: u64,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Vec<ClaimedPoll>> {
    let mut query = poll::Entity::find()
        .filter(due(now))
        .order_by_asc(poll::Column::NextAt)
        .limit(limit);
    if !is_sqlite(&**tx) {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let mut out = Vec::new();
    for row in query.all(&**tx).await? {
        let epoch = row.lease_epoch + 1;
        out.push(ClaimedPoll {
            fence: PollFence {
                id: row.id.clone(),
                owner: owner.to_owned(),
                epoch,
            },
            project: parse(&row.project)?,
            connection: parse(&row.connection)?,
            app: row.app.clone(),
            trigger: row.trigger_key.clone(),
            input: json(&row.input)?,
            cursor: row.cursor.as_deref().map(json).transpose()?,
            seen: json(&row.seen)?,
            first: row.last_at.is_none(),
            failures: row.failures,
        });
        let mut change = row.into_active_model();
        change.lease_owner = Set(Some(owner.to_owned()));
        change.lease_epoch = Set(epoch);
        change.lease_until = Set(Some(now.plus(lease).millis()));
        change.update(&**tx).await?;
    }
    Ok(out)
}

async fn fenced(tx: &Tx, fence: &PollFence) -> StoreResult<Option<poll::Model>> {
    Ok(poll::Entity::find_by_id(fence.id.as_str())
        .filter(poll::Column::LeaseOwner.eq(fence.owner.as_str()))
        .filter(poll::Column::LeaseEpoch.eq(fence.epoch))
        .lock_exclusive()
        .one(&**tx)
        .await?)
}

/// The active flows that wait for the answers, locking the question until the unit ends. `None` when the claim is lost.
pub async fn poll_subscribers(tx: &Tx, fence: &PollFence) -> StoreResult<Option<Vec<Subscriber>>> {
    if fenced(tx, fence).await?.is_none() {
        return Ok(None);
    }
    let rows = poll_flow::Entity::find()
        .filter(poll_flow::Column::Poll.eq(fence.id.as_str()))
        .order_by_asc(poll_flow::Column::Flow)
        .all(&**tx)
        .await?;
    let flows = flow::Entity::find()
        .filter(flow::Column::Id.is_in(rows.iter().map(|row| row.flow.as_str())))
        .filter(flow::Column::Status.eq(ACTIVE))
        .filter(flow::Column::DeletedAt.is_null())
        .all(&**tx)
        .await?;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let version = flows
            .iter()
            .find(|flow| flow.id == row.flow)
            .and_then(|flow| flow.published_version);
        if let Some(version) = version {
            out.push(Subscriber {
                flow: parse(&row.flow)?,
                version,
                begun: row.begun,
            });
        }
    }
    Ok(Some(out))
}

/// Writes what came of asking and gives the question free. False when the claim is lost; then nothing may be committed.
pub async fn poll_write(tx: &Tx, fence: &PollFence, change: &PollChange) -> StoreResult<bool> {
    let Some(row) = fenced(tx, fence).await? else {
        return Ok(false);
    };
    let failures = match change.state {
        PollState::Polling => 0,
        PollState::Paused => row.failures,
        PollState::Failing => row.failures + 1,
    };
    let turned = row.state != change.state.as_str();
    let mut new = row.into_active_model();
    new.state = Set(change.state.as_str().to_owned());
    new.failure = Set(change.failure.as_ref().map(text).transpose()?);
    new.failures = Set(failures);
    if turned {
        new.since = Set(change.at.millis());
    }
    if let Some(cursor) = &change.cursor {
        new.cursor = Set(Some(text(cursor)?));
    }
    if let Some(seen) = &change.seen {
        new.seen = Set(text(seen)?);
    }
    if change.answered {
        new.last_at = Set(Some(change.at.millis()));
    }
    new.next_at = Set(change.next_at.map(Timestamp::millis));
    new.lease_owner = Set(None);
    new.lease_until = Set(None);
    new.update(&**tx).await?;
    if change.answered && change.complete {
        poll_flow::Entity::update_many()
            .col_expr(poll_flow::Column::Begun, Expr::value(true))
            .filter(poll_flow::Column::Poll.eq(fence.id.as_str()))
            .filter(poll_flow::Column::Begun.eq(false))
            .exec(&**tx)
            .await?;
    }
    Ok(true)
}

/// Gives a question free that was not asked, to be asked from `next_at` on; `None` leaves it as due as it was.
pub async fn poll_release(
    tx: &Tx,
    fence: &PollFence,
    next_at: Option<Timestamp>,
) -> StoreResult<bool> {
    let Some(row) = fenced(tx, fence).await? else {
        return Ok(false);
    };
    let mut new = row.into_active_model();
    if let Some(at) = next_at {
        new.next_at = Set(Some(at.millis()));
    }
    new.lease_owner = Set(None);
    new.lease_until = Set(None);
    new.update(&**tx).await?;
    Ok(true)
}

/// Gives free what anybody but `owner` had claimed: at the start of the only process a database has.
pub async fn poll_leases_forget(tx: &Tx, owner: &str) -> StoreResult<u64> {
    let done = poll::Entity::update_many()
        .col_expr(poll::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(poll::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(poll::Column::LeaseOwner.is_not_null())
        .filter(poll::Column::LeaseOwner.ne(owner))
        .exec(&**tx)
        .await?;
    Ok(done.rows_affected)
}
