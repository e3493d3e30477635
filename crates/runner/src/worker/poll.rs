//! Asking apps for news, and starting the runs they make.
//!
//! The loop: claim what is due, ask, then in one write unit queue a run for each new item and flow and move the
//! position. Whatever ends in between (a crash, a lost lease) leaves the position where it was, so an item is neither
//! lost nor run twice.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use patchbay_catalog::PollItem;
use patchbay_connect::UseError;
use patchbay_flow::{item_data, limits::OUTPUT_BYTES};
use patchbay_gateway::{GatewayError, PollAnswer, PollRequest};
use patchbay_model::{
    Actor, ConnectionId, Principal, Problem, ProjectId, Role, RunId, RunKind, Timestamp,
};
use patchbay_store::{
    Engine, StoreResult,
    connections::connection_get,
    polls::{
        ClaimedPoll, PollChange, PollState, paused_connections, poll_leases_forget, poll_release,
        poll_subscribers, poll_write, polls_claim, polls_due, polls_hasten, polls_resume,
    },
    runs::{Failure, NewRun, run_insert},
};
use rand::RngExt;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::Runner;

/// How often is looked for what is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Apps a process asks at once.
const AT_ONCE: usize = 16;
/// How long asking may take, with all pages and details.
const LIMIT: Duration = Duration::from_secs(120);
/// How long a claim holds; longer than asking may take.
const LEASE: Duration = Duration::from_secs(150);
/// After this long no further item's details are fetched: what is there is run first.
const DETAILS_WITHIN: Duration = Duration::from_secs(60);
/// Pages that are read at once.
const PAGES: usize = 10;
/// New items that are run at once; the rest follows right after.
const BATCH: usize = 100;
/// How soon the rest follows.
const SOON: Duration = Duration::from_secs(1);
/// Items that are remembered beyond those of the last answer.
const REMEMBERED: usize = 2_000;
/// Longest time between two tries of a question that fails.
const LONGEST: Duration = Duration::from_hours(1);
/// Seconds between two polls of a trigger that is not in the catalog any more.
pub(crate) const UNKNOWN_INTERVAL: u32 = 60;

/// Patchbay asking for flows: like a run it may use what published flows name, and nothing else an editor may not.
fn asker(project: &ProjectId) -> Actor {
    Actor {
        principal: Principal::System,
        project: project.clone(),
        role: Role::Editor,
    }
}

/// What became of asking.
enum Asked {
    /// The app answered.
    News(News),
    /// The question could not be put.
    Failed(Trouble),
}

/// What of an answer is to be run.
struct News {
    /// What each run's trigger brings, oldest first.
    items: Vec<Value>,
    cursor: Option<Value>,
    seen: Vec<String>,
    /// Whether everything in the answer is taken.
    complete: bool,
    /// Whether asking at once brings more.
    more: bool,
    /// What ended the fetching of details.
    trouble: Option<Trouble>,
}

/// Why an app was not asked to the end.
enum Trouble {
    /// A person has to mend the connection.
    Paused(Failure),
    /// The app wants to be left alone for a while.
    Later(Duration),
    /// Something else, which may pass.
    Failing(Failure, Option<Duration>),
}

impl Trouble {
    fn of(error: GatewayError) -> Self {
        let retry_after = error.retry_after();
        let paused = !error.is_ours()
            && matches!(&error, GatewayError::Unusable(unusable)
            if matches!(**unusable, UseError::Unusable { .. } | UseError::Deleted { .. } | UseError::Refused(_)));
        if let GatewayError::Paced { wait, .. } = error {
            return Self::Later(wait);
        }
        let problem = Problem::from(error);
        let failure = Failure {
            code: problem.code.as_str().to_owned(),
            message: problem.message,
        };
        if paused {
            return Self::Paused(failure);
        }
        Self::Failing(failure, retry_after)
    }
}

impl Runner {
    /// Asks apps what flows wait for.
    pub(super) async fn polls(self) {
        self.polls_recover().await;
        let room = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            if let Err(error) = self.polls_once(&room).await {
                tracing::warn!(%error, "what apps are to be asked cannot be read; trying again");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// A SQLite file has one process: what is claimed was claimed by one that has ended.
    async fn polls_recover(&self) {
        if self.store().engine() != Engine::Sqlite {
            return;
        }
        let forget = async {
            let tx = self.store().begin_uncounted().await?;
            poll_leases_forget(&tx, &self.inner.node).await?;
            tx.commit().await
        };
        if let Err(error) = forget.await {
            tracing::warn!(%error, "polls that were cut off go on when their leases have run out");
        }
    }

    async fn polls_once(&self, room: &Arc<Semaphore>) -> StoreResult<()> {
        let free = room.available_permits();
        if free == 0 || !polls_due(self.store().reader(), self.now()).await? {
            return Ok(());
        }
        let tx = self.store().begin_uncounted().await?;
        let claimed = polls_claim(&tx, &self.inner.node, free as u64, self.now(), LEASE).await?;
        tx.commit().await?;
        for poll in claimed {
            // There is room for each: nobody else takes any.
            let permit = Arc::clone(room).acquire_owned().await;
            let runner = self.clone();
            self.inner.tasks.spawn(async move {
                runner.poll(poll).await;
                drop(permit);
            });
        }
        Ok(())
    }

    async fn poll(&self, poll: ClaimedPoll) {
        let began = Instant::now();
        let asking = tokio::time::timeout(LIMIT, self.poll_ask(&poll));
        // What is cut off here has changed nothing and is asked again.
        let asked = self.inner.stopping.run_until_cancelled(asking).await;
        let asked = asked.map(|asked| {
            asked.unwrap_or_else(|_| {
                let failure = Failure {
                    code: "TIMEOUT".to_owned(),
                    message: format!("The app did not answer within {} seconds.", LIMIT.as_secs()),
                };
                Asked::Failed(Trouble::Failing(failure, None))
            })
        });
        let written = match asked {
            None => self.poll_postpone(&poll, None).await,
            Some(Asked::Failed(Trouble::Later(wait))) => {
                count("paced");
                let at = self.now().plus(wait);
                self.poll_postpone(&poll, Some(at)).await
            }
            Some(asked) => {
                metrics::histogram!("patchbay_poll_seconds").record(began.elapsed().as_secs_f64());
                self.poll_take(&poll, asked).await
            }
        };
        if let Err(error) = written {
            tracing::warn!(%error, poll = %poll.fence.id, "what a poll brought could not be kept; it is asked again");
        }
    }

    async fn poll_ask(&self, poll: &ClaimedPoll) -> Asked {
        let actor = asker(&poll.project);
        let known: HashSet<&str> = poll.seen.iter().map(String::as_str).collect();
        let is_known = |item: &PollItem| known.contains(fingerprint(item).as_str());
        let request = PollRequest {
            app: &poll.app,
            trigger: &poll.trigger,
            input: &poll.input,
            cursor: poll.cursor.as_ref(),
            now: self.now().seconds(),
            pages: PAGES,
            known: &is_known,
        };
        let gateway = &self.inner.parts.gateway;
        let answer = match gateway
            .trigger_poll(&actor, &poll.connection, request)
            .await
        {
            Ok(answer) => answer,
            Err(error) => return Asked::Failed(Trouble::of(error)),
        };
        if answer.skipped && !poll.first {
            tracing::warn!(app = poll.app, trigger = poll.trigger, connection = %poll.connection,
                "more came at once than an app's pages could be read; the oldest of it is not run");
        }
        self.poll_sort(poll, &actor, &request, answer).await
    }

    /// Tells the new items from the known ones and fetches what the list only hinted at.
    async fn poll_sort(
        &self,
        poll: &ClaimedPoll,
        actor: &Actor,
        request: &PollRequest<'_>,
        answer: PollAnswer,
    ) -> Asked {
        let began = Instant::now();
        let mut taken = HashSet::new();
        let mut items = Vec::new();
        let mut trouble = None;
        let mut complete = true;
        if poll.first {
            taken.extend(answer.items.iter().map(fingerprint));
        } else {
            for item in &answer.items {
                if (request.known)(item) {
                    continue;
                }
                if items.len() >= BATCH || began.elapsed() > DETAILS_WITHIN {
                    complete = false;
                    break;
                }
                let whole = self
                    .inner
                    .parts
                    .gateway
                    .trigger_detail(actor, &poll.connection, request, &item.value)
                    .await;
                match whole {
                    Ok(Some(value)) => items.extend(sized(poll, item_data(value))),
                    // Gone from the app before it could be fetched.
                    Ok(None) => {}
                    Err(error) => {
                        trouble = Some(Trouble::of(error));
                        complete = false;
                        break;
                    }
                }
                taken.insert(fingerprint(item));
            }
        }
        // Read on from where the pages ended; without a cursor asking again would bring the same.
        let unread = answer.more && !answer.skipped && answer.cursor.is_some();
        Asked::News(News {
            items,
            cursor: answer.cursor.filter(|_| complete),
            seen: remembered(&poll.seen, &answer.items, &taken),
            complete: complete && !unread,
            more: !complete || unread,
            trouble,
        })
    }

    /// Writes what came of asking: the runs, and the position behind them.
    async fn poll_take(&self, poll: &ClaimedPoll, asked: Asked) -> StoreResult<()> {
        let now = self.now();
        let (news, trouble) = match asked {
            Asked::News(mut news) => {
                let trouble = news.trouble.take();
                (Some(news), trouble)
            }
            Asked::Failed(trouble) => (None, Some(trouble)),
        };
        let next = self.poll_next(poll, news.as_ref().is_some_and(|news| news.more));
        let (state, failure, next_at, outcome) = match trouble {
            None => (PollState::Polling, None, Some(next), "answered"),
            Some(Trouble::Later(wait)) => (PollState::Polling, None, Some(now.plus(wait)), "paced"),
            Some(Trouble::Paused(failure)) => (PollState::Paused, Some(failure), None, "paused"),
            Some(Trouble::Failing(failure, retry_after)) => {
                let wait = self.poll_backoff(poll, retry_after);
                (
                    PollState::Failing,
                    Some(failure),
                    Some(now.plus(wait)),
                    "failed",
                )
            }
        };
        let (items, cursor, seen, complete) = match news {
            Some(news) => (news.items, news.cursor, Some(news.seen), news.complete),
            None => (Vec::new(), None, None, false),
        };
        let change = PollChange {
            state,
            failure,
            cursor,
            // While the beginning is still being read, nothing is news yet.
            answered: seen.is_some() && (complete || !poll.first),
            seen,
            complete,
            next_at,
            at: now,
        };
        let tx = self.store().begin_uncounted().await?;
        let Some(waiting) = poll_subscribers(&tx, &poll.fence).await? else {
            return Ok(());
        };
        let mut runs = 0_u64;
        for flow in waiting.iter().filter(|flow| flow.begun) {
            for item in &items {
                let new = NewRun {
                    id: RunId::new(),
                    project: poll.project.clone(),
                    flow: flow.flow.clone(),
                    version: Some(flow.version),
                    kind: RunKind::Live,
                    trigger_kind: "app".to_owned(),
                    trigger: item.clone(),
                    document: None,
                    depth: 0,
                    retry_of: None,
                    idempotency: None,
                    at: now,
                };
                run_insert(&tx, &new).await?;
                runs += 1;
            }
        }
        if !poll_write(&tx, &poll.fence, &change).await? {
            return Ok(());
        }
        tx.commit().await?;
        count(outcome);
        metrics::counter!("patchbay_poll_items_total").increment(items.len() as u64);
        if runs > 0 {
            self.queue_changed();
        }
        if let Some(failure) = &change.failure {
            tracing::warn!(app = poll.app, trigger = poll.trigger, connection = %poll.connection,
                code = failure.code, state = state.as_str(), "an app could not be asked for news");
        }
        Ok(())
    }

    async fn poll_postpone(&self, poll: &ClaimedPoll, next: Option<Timestamp>) -> StoreResult<()> {
        let tx = self.store().begin_uncounted().await?;
        poll_release(&tx, &poll.fence, next).await?;
        tx.commit().await
    }

    fn poll_interval(&self, poll: &ClaimedPoll) -> Duration {
        let app = self.catalog().get(&poll.app);
        let trigger = app.as_ref().and_then(|app| app.triggers.get(&poll.trigger));
        let seconds = trigger.map_or(UNKNOWN_INTERVAL, |trigger| trigger.interval);
        Duration::from_secs(u64::from(seconds))
    }

    fn poll_next(&self, poll: &ClaimedPoll, more: bool) -> Timestamp {
        let wait = if more {
            SOON
        } else {
            jittered(self.poll_interval(poll))
        };
        self.now().plus(wait)
    }

    /// Twice as long after each failure in a row, or as long as the app asks for.
    fn poll_backoff(&self, poll: &ClaimedPoll, retry_after: Option<Duration>) -> Duration {
        let doublings = u32::try_from(poll.failures).unwrap_or(0).min(12);
        let wait = self.poll_interval(poll).saturating_mul(1 << doublings);
        let wait = wait.max(retry_after.unwrap_or_default()).min(LONGEST);
        jittered(wait.max(self.poll_interval(poll)))
    }

    /// Polling follows what happens to a connection: one that works again is asked at once for what came meanwhile, one
    /// that does not is found out about at once. `mended` says that it is new that it works.
    pub(super) async fn polls_look(
        &self,
        project: &ProjectId,
        connection: &ConnectionId,
        mended: bool,
    ) -> StoreResult<()> {
        let row = connection_get(self.store().reader(), project, connection).await?;
        let works = row.is_some_and(|row| row.deleted_at.is_none() && row.status.usable());
        let tx = self.store().begin_uncounted().await?;
        let changed = if works {
            polls_resume(&tx, project, connection, mended, self.now()).await?
        } else {
            polls_hasten(&tx, project, connection, self.now()).await?
        };
        if changed == 0 {
            return Ok(());
        }
        tx.commit().await
    }

    /// Looks at every connection for which polling is paused: news of other nodes come this way.
    pub(super) async fn polls_sweep(&self) -> StoreResult<()> {
        for (project, connection) in paused_connections(self.store().reader()).await? {
            let row = connection_get(self.store().reader(), &project, &connection).await?;
            if row.is_some_and(|row| row.deleted_at.is_none() && row.status.usable()) {
                self.polls_look(&project, &connection, false).await?;
            }
        }
        Ok(())
    }
}

/// A trigger's data as large as any step's output may be.
fn sized(poll: &ClaimedPoll, data: Value) -> Option<Value> {
    let bytes = serde_json::to_vec(&data).map_or(usize::MAX, |text| text.len());
    if bytes <= OUTPUT_BYTES {
        return Some(data);
    }
    count("item_too_large");
    tracing::warn!(app = poll.app, trigger = poll.trigger, connection = %poll.connection, bytes,
        "an item is larger than a run takes and is left out");
    None
}

fn count(outcome: &'static str) {
    metrics::counter!("patchbay_polls_total", "outcome" => outcome).increment(1);
}

/// What is remembered of an item: 72 bits of a hash of its id.
fn fingerprint(item: &PollItem) -> String {
    let hash = digest(&SHA256, item.id.as_bytes());
    BASE64URL_NOPAD.encode(&hash.as_ref()[..9])
}

/// What is known from now on, oldest first: what the answer held and is taken or was known, and before it the latest of
/// what was known otherwise.
fn remembered(before: &[String], answer: &[PollItem], taken: &HashSet<String>) -> Vec<String> {
    let known: HashSet<&String> = before.iter().collect();
    let now: Vec<String> = answer
        .iter()
        .map(fingerprint)
        .filter(|print| taken.contains(print) || known.contains(print))
        .collect();
    let current: HashSet<&String> = now.iter().collect();
    let older: Vec<&String> = before
        .iter()
        .filter(|print| !current.contains(print))
        .collect();
    let forgotten = older.len().saturating_sub(REMEMBERED);
    let mut out: Vec<String> = older.into_iter().skip(forgotten).cloned().collect();
    out.extend(now);
    out
}

/// Questions that were put together do not come together again.
fn jittered(wait: Duration) -> Duration {
    wait + wait.mul_f64(rand::rng().random_range(0.0..0.1))
}
