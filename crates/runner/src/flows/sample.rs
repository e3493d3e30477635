//! What an app's event brings, shown before there is a run.

use patchbay_flow::item_data;
use patchbay_gateway::PollRequest;
use patchbay_model::{
    Actor, Code, FlowId, Problem, Right,
    flow::{FlowDocument, Trigger},
};
use serde_json::{Value, json};

use crate::{Runner, RunnerResult};

/// Items that are shown.
const SHOWN: usize = 3;
/// How far back is looked, in days, where the app is asked for what came since a time: far enough for most, and further
/// only if that shows nothing.
const BACK: [i64; 2] = [30, 365];
const DAY: i64 = 24 * 60 * 60;

impl Runner {
    /// The latest items of the app that the draft's trigger listens to, newest first, each as a run's trigger would be.
    /// Nothing is started and nothing moves.
    ///
    /// # Errors
    /// `FLOW_NOT_FOUND`; `FLOW_INVALID` when the trigger is not filled in; what a call through the connection answers.
    pub async fn trigger_sample(&self, actor: &Actor, id: &FlowId) -> RunnerResult<Vec<Value>> {
        actor.require(Right::FlowRun)?;
        let flow = self.flow_find(actor, id).await?;
        self.sample_of(actor, id, &flow.draft).await
    }

    /// What a run started by hand is given when nobody says: the latest item for a flow that an app's event starts.
    pub(crate) async fn input_or_sample(
        &self,
        actor: &Actor,
        id: &FlowId,
        document: &FlowDocument,
        input: &Value,
    ) -> RunnerResult<Value> {
        let given = match input {
            Value::Null => false,
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        };
        if given || !matches!(document.trigger, Trigger::App { .. }) {
            return Ok(input.clone());
        }
        let mut items = self.sample_of(actor, id, document).await?;
        if items.is_empty() {
            return Err(Problem::field(
                "input",
                "The app has no item to test with yet; make one there, or give the data of one.",
            ));
        }
        Ok(items.swap_remove(0))
    }

    async fn sample_of(
        &self,
        actor: &Actor,
        id: &FlowId,
        document: &FlowDocument,
    ) -> RunnerResult<Vec<Value>> {
        if let Some(problem) = self.trigger_problem(actor, id, document).await? {
            return Err(problem);
        }
        let Trigger::App {
            app,
            trigger,
            connection: Some(connection),
            input,
        } = &document.trigger
        else {
            return Err(Problem::new(
                Code::FlowInvalid,
                "No event of an app starts this flow, so there is nothing to fetch; choose an app as its trigger.",
            ));
        };
        let empty = json!({});
        let input = if input.is_null() { &empty } else { input };
        let gateway = &self.inner.parts.gateway;
        let now = self.now().seconds();
        for days in BACK {
            let request = PollRequest {
                app,
                trigger,
                input,
                cursor: None,
                now: now - days * DAY,
                pages: 1,
                known: &|_| false,
            };
            let answer = gateway
                .trigger_poll(actor, &connection.connection, request)
                .await?;
            let mut out = Vec::new();
            for item in answer.items.iter().rev() {
                let whole = gateway
                    .trigger_detail(actor, &connection.connection, &request, &item.value)
                    .await?;
                out.extend(whole.map(item_data));
                if out.len() == SHOWN {
                    break;
                }
            }
            if !out.is_empty() {
                return Ok(out);
            }
        }
        Ok(Vec::new())
    }

    async fn trigger_problem(
        &self,
        actor: &Actor,
        id: &FlowId,
        document: &FlowDocument,
    ) -> RunnerResult<Option<Problem>> {
        let problems: Vec<_> = self
            .problems(actor, id, document)
            .await?
            .into_iter()
            .filter(|problem| problem.step.is_none() && problem.path.starts_with("trigger"))
            .collect();
        let Some(first) = problems.first() else {
            return Ok(None);
        };
        let message = format!("The trigger is not filled in yet: {}", first.message);
        let problem = Problem::new(Code::FlowInvalid, message);
        Ok(Some(problem.with_details(json!({ "problems": problems }))))
    }
}
