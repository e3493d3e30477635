//! Listing runs and looking at one.

use std::collections::{HashMap, HashSet};

use patchbay_model::{
    Actor, FlowId, ProjectId, Right, RunId, StepStatus,
    flow::{FlowDocument, Step, StepKind},
};
use patchbay_store::{
    Page, Paged,
    connections::connections_get,
    flows::flow_heads,
    runs::{Run, RunFilter, RunStep, run_document, run_find, run_list, steps_list},
};

use super::{RunLine, RunView, WaitingFor, run_not_found};
use crate::{Runner, RunnerResult};

/// A flow as runs name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowName {
    /// Which flow.
    pub id: FlowId,
    /// Its name, also after it was deleted.
    pub name: String,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// The run.
    pub run: Run,
    /// Its flow.
    pub flow: FlowName,
    /// What it is held for.
    pub waiting_for: Option<WaitingFor>,
}

impl Runner {
    /// A page of the project's runs, newest first.
    pub async fn run_list(
        &self,
        actor: &Actor,
        filter: &RunFilter,
        page: &Page,
    ) -> RunnerResult<Paged<RunSummary>> {
        actor.require(Right::RunView)?;
        let runs = run_list(self.store().reader(), &actor.project, filter, page).await?;
        Ok(Paged {
            items: self.run_summaries(&actor.project, runs.items).await?,
            cursor: runs.cursor,
            has_more: runs.has_more,
        })
    }

    /// A run with its steps and its document.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`.
    pub async fn run_get(&self, actor: &Actor, id: &RunId) -> RunnerResult<RunView> {
        actor.require(Right::RunView)?;
        self.run_view(&actor.project, id).await
    }

    pub(super) async fn run_view(&self, project: &ProjectId, id: &RunId) -> RunnerResult<RunView> {
        // As of one moment, so that a run which is queued has no step that went on meanwhile.
        let moment = self.store().snapshot().await?;
        let run = run_find(&*moment, project, id)
            .await?
            .ok_or_else(run_not_found)?;
        let document = run_document(&*moment, project, id).await?;
        let steps = steps_list(&*moment, project, id).await?;
        drop(moment);
        let ended = run.status.ended();
        let summary = self
            .run_summaries(project, vec![run])
            .await?
            .pop()
            .ok_or_else(run_not_found)?;
        Ok(RunView {
            steps: lines(steps, document.as_ref(), ended),
            summary,
            document,
        })
    }

    async fn run_summaries(
        &self,
        project: &ProjectId,
        runs: Vec<Run>,
    ) -> RunnerResult<Vec<RunSummary>> {
        let db = self.store().reader();
        let mut flows: Vec<FlowId> = runs.iter().map(|run| run.flow.clone()).collect();
        flows.sort_unstable();
        flows.dedup();
        let names: HashMap<FlowId, String> = flow_heads(db, project, &flows)
            .await?
            .into_iter()
            .map(|head| (head.id, head.name))
            .collect();
        let held: Vec<_> = runs
            .iter()
            .filter_map(|run| run.waiting_connection.clone())
            .collect();
        let waiting: HashMap<_, _> = if held.is_empty() {
            HashMap::new()
        } else {
            connections_get(db, project, &held)
                .await?
                .into_iter()
                .map(|row| (row.id.clone(), row))
                .collect()
        };
        Ok(runs
            .into_iter()
            .map(|run| RunSummary {
                flow: FlowName {
                    name: names.get(&run.flow).cloned().unwrap_or_default(),
                    id: run.flow.clone(),
                },
                waiting_for: run
                    .waiting_connection
                    .as_ref()
                    .and_then(|id| waiting.get(id))
                    .map(|row| WaitingFor {
                        id: row.id.clone(),
                        name: row.name.clone(),
                        status: row.status,
                        deleted_at: row.deleted_at,
                    }),
                run,
            })
            .collect())
    }
}

/// The journal, and behind it the steps of the document that have no line: skipped when the run has gone past them or
/// ended, else pending. Steps inside loops have lines only for the items that were reached.
fn lines(steps: Vec<RunStep>, document: Option<&FlowDocument>, ended: bool) -> Vec<RunLine> {
    fn outline<'a>(steps: &'a [Step], out: &mut Vec<&'a Step>) {
        for step in steps {
            out.push(step);
            for branch in &step.branches {
                outline(&branch.steps, out);
            }
            outline(&step.otherwise, out);
        }
    }
    let mut planned = Vec::new();
    if let Some(document) = document {
        outline(&document.steps, &mut planned);
    }
    let begun: HashSet<String> = steps.iter().map(|step| step.path.clone()).collect();
    let last_begun = planned.iter().rposition(|step| begun.contains(&step.id));
    let mut seq = steps.iter().map(|step| step.seq + 1).max().unwrap_or(0);
    let mut out: Vec<RunLine> = steps
        .into_iter()
        .map(|step| RunLine { step, begun: true })
        .collect();
    for (at, step) in planned.into_iter().enumerate() {
        if begun.contains(&step.id) {
            continue;
        }
        let past = ended || last_begun.is_some_and(|last| at < last);
        out.push(RunLine {
            begun: false,
            step: RunStep {
                path: step.id.clone(),
                seq,
                step: step.id.clone(),
                kind: kind_word(step.kind),
                name: step.name.clone(),
                status: if past {
                    StepStatus::Skipped
                } else {
                    StepStatus::Pending
                },
                input: None,
                output: None,
                error: None,
                attempts: 0,
                started: patchbay_model::Timestamp::default(),
                duration_ms: None,
                wake_at: None,
            },
        });
        seq += 1;
    }
    out
}

fn kind_word(kind: StepKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}
