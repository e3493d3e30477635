//! Watching a run live.

use std::time::Duration;

use futures::Stream;
use patchbay_model::{Actor, ProjectId, Right, RunId};
use patchbay_store::runs::run_revision;
use tokio::sync::broadcast::{self, error::RecvError};

use super::RunView;
use crate::{Runner, RunnerResult};

/// How often the database is asked for what other nodes did.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a watcher is told at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// A run being watched.
pub struct RunWatch {
    runner: Runner,
    project: ProjectId,
    run: RunId,
    changes: broadcast::Receiver<RunId>,
    told: Option<i64>,
    first: Option<RunView>,
    ended: bool,
}

impl Runner {
    /// Watches a run: as it is now, and again on every change until it has ended.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`.
    pub async fn run_watch(&self, actor: &Actor, id: &RunId) -> RunnerResult<RunWatch> {
        actor.require(Right::RunView)?;
        let changes = self.inner.changes.subscribe();
        let first = self.run_view(&actor.project, id).await?;
        Ok(RunWatch {
            runner: self.clone(),
            project: actor.project.clone(),
            run: id.clone(),
            changes,
            told: None,
            first: Some(first),
            ended: false,
        })
    }
}

impl RunWatch {
    /// The run as it is after the next change; `None` when it has ended and that was told.
    pub async fn next(&mut self) -> Option<RunView> {
        if self.ended {
            return None;
        }
        let view = match self.first.take() {
            Some(view) => view,
            None => loop {
                tokio::time::sleep(TELL_EVERY).await;
                if let Some(view) = self.changed().await {
                    break view;
                }
                self.news().await;
            },
        };
        self.told = Some(view.run().revision);
        self.ended = view.run().status.ended();
        Some(view)
    }

    /// The changes as a stream.
    pub fn into_stream(self) -> impl Stream<Item = RunView> + Send + 'static {
        futures::stream::unfold(self, |mut watch| async move {
            let view = watch.next().await?;
            Some((view, watch))
        })
    }

    async fn changed(&self) -> Option<RunView> {
        let db = self.runner.store().reader();
        let revision = run_revision(db, &self.project, &self.run).await.ok()?;
        if revision == self.told {
            return None;
        }
        self.runner.run_view(&self.project, &self.run).await.ok()
    }

    async fn news(&mut self) {
        let told = async {
            loop {
                match self.changes.recv().await {
                    Ok(run) if run != self.run => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Nobody tells what other nodes do.
        let _ = tokio::time::timeout(LOOK_EVERY, told).await;
    }
}
