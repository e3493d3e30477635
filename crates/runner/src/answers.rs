//! Callers of webhooks that wait for a run's answer in this process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use patchbay_model::RunId;
use tokio::sync::oneshot;

use crate::hooks::HookAnswer;

/// Whoever waits, by run.
#[derive(Default)]
pub(crate) struct Answers {
    waiting: Mutex<HashMap<RunId, oneshot::Sender<HookAnswer>>>,
}

/// A place among those who wait, given up when dropped.
pub(crate) struct Waiting<'a> {
    answers: &'a Answers,
    run: RunId,
    pub(crate) receiver: oneshot::Receiver<HookAnswer>,
}

impl Answers {
    /// Waits for the run's answer from now on.
    pub(crate) fn wait(&self, run: &RunId) -> Waiting<'_> {
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(run.clone(), sender);
        Waiting {
            answers: self,
            run: run.clone(),
            receiver,
        }
    }

    /// Whether anybody waits for the run.
    pub(crate) fn wanted(&self, run: &RunId) -> bool {
        self.waiting().contains_key(run)
    }

    /// Gives whoever waits the run's answer; the first one counts.
    pub(crate) fn give(&self, run: &RunId, answer: HookAnswer) {
        if let Some(sender) = self.waiting().remove(run) {
            // Whoever waited may have gone away.
            let _ = sender.send(answer);
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, oneshot::Sender<HookAnswer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// The run that is waited for.
    pub(crate) fn run(&self) -> &RunId {
        &self.run
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.answers.waiting().remove(&self.run);
    }
}
