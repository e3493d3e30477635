//! The interpreter: what happened goes in, what to do next comes out.
//!
//! It does nothing itself and asks no clock, so the same events always lead to the same commands. A run that was cut off
//! is gone through again: the machine is made anew with the journal, takes decisions that were written down from there,
//! and comes to the first step that has no outcome yet.
//!
//! One step is under way at a time. Items of a loop are worked on one after the other, in order; `parallel` is a hint
//! that this version does not use.

mod frame;
mod message;
mod scope;

use std::{collections::HashMap, sync::Arc};

use patchbay_model::{Timestamp, flow::OnError};
use serde_json::{Map, Value, json};

pub use message::{
    Call, Command, End, Event, Facts, Past, Record, RecordStatus, StepFailure, Task,
};

use crate::{
    input::{Delay, RunFlowInput, respond_read},
    limits,
    plan::{Body, Condition, Plan, ROOT, StepIndex, Test},
};
use frame::{Frame, Looping};
use scope::Scopes;

/// A run under way, in the mind.
pub struct Machine {
    plan: Arc<Plan>,
    journal: HashMap<String, Past>,
    stack: Vec<Frame>,
    scopes: Scopes,
    outputs: HashMap<String, Value>,
    vars: Map<String, Value>,
    executed: usize,
    waiting: Option<(StepIndex, String)>,
    ended: bool,
}

/// What came of visiting a step.
enum Visit {
    /// Go on with the next.
    Next,
    /// The runner must do something first.
    Wait,
    /// A filter did not let through: the list of steps ends here.
    Leave,
    /// The run ends.
    Fail(StepFailure),
}

impl Machine {
    /// A run at its start. With a journal, decisions and outcomes are taken from there as far as it reaches.
    pub fn new(plan: Arc<Plan>, facts: &Facts, journal: HashMap<String, Past>) -> Self {
        Self {
            scopes: Scopes::new(plan.trigger_kind, facts),
            plan,
            journal,
            stack: vec![Frame::plain(ROOT, String::new())],
            outputs: HashMap::new(),
            vars: Map::new(),
            executed: 0,
            waiting: None,
            ended: false,
        }
    }

    /// Takes an event and says what to do: records to keep, at most one [`Command::Call`] to carry out, or the end.
    ///
    /// An event that does not fit (another path than the call under way, anything after the end) changes nothing.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Command> {
        let mut out = Vec::new();
        if self.ended {
            return out;
        }
        match event {
            Event::Begin if self.waiting.is_none() => {}
            Event::Finished { path, result } => match self.waiting.take() {
                Some((index, wanted)) if wanted == path => {
                    if let Some(failure) = self.finish(index, path, result, None, &mut out) {
                        self.end_badly(failure, &mut out);
                        return out;
                    }
                }
                other => {
                    self.waiting = other;
                    return out;
                }
            },
            Event::Begin => return out,
        }
        self.advance(now, &mut out);
        out
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<Command>) {
        loop {
            let Some(frame) = self.stack.last_mut() else {
                self.ended = true;
                out.push(Command::End(End::Succeeded));
                return;
            };
            let block = &self.plan.blocks[frame.block];
            let Some(index) = block.get(frame.next).copied() else {
                if let Some(failure) = self.block_done(out) {
                    self.end_badly(failure, out);
                    return;
                }
                continue;
            };
            frame.next += 1;
            match self.visit(index, now, out) {
                Visit::Next => {}
                Visit::Wait => return,
                Visit::Leave => {
                    // Out of branches, to the end of the loop's body or of the flow.
                    while let Some(frame) = self.stack.last_mut() {
                        if frame.looping.is_some() || self.stack.len() == 1 {
                            break;
                        }
                        self.stack.pop();
                    }
                    if let Some(frame) = self.stack.last_mut() {
                        frame.next = usize::MAX;
                    }
                }
                Visit::Fail(failure) => {
                    self.end_badly(failure, out);
                    return;
                }
            }
        }
    }

    fn end_badly(&mut self, failure: StepFailure, out: &mut Vec<Command>) {
        self.ended = true;
        for looping in self.stack.drain(..).rev().filter_map(|frame| frame.looping) {
            out.push(Command::Record(Record {
                path: looping.path,
                step: looping.step,
                status: RecordStatus::Failed,
                input: Some(looping.input),
                output: None,
                error: Some(StepFailure::new(
                    "ITEM_FAILED",
                    format!("A step failed at item {} of the list.", looping.index),
                )),
            }));
        }
        out.push(Command::End(End::Failed(failure)));
    }

    fn path(&self, index: StepIndex) -> String {
        let prefix = self.stack.last().map_or("", |frame| frame.prefix.as_str());
        format!("{prefix}{}", self.plan.steps[index].id)
    }

    fn visit(&mut self, index: StepIndex, now: Timestamp, out: &mut Vec<Command>) -> Visit {
        self.executed += 1;
        let path = self.path(index);
        if self.executed > limits::EXECUTIONS {
            return Visit::Fail(StepFailure::new(
                "RUN_TOO_LONG",
                format!(
                    "The run has gone through {} steps, which is the most a run may; let its loop go over fewer items.",
                    limits::EXECUTIONS
                ),
            ));
        }
        let past = self.journal.remove(&path);
        let now = past.as_ref().map_or(now, |past| past.started);
        if let Some(past) = past.as_ref().filter(|past| past.ended()) {
            return self.repeat(index, path, past);
        }
        let plan = Arc::clone(&self.plan);
        match &plan.steps[index].body {
            Body::Input(input) => {
                let rendered = input
                    .template
                    .render(&self.scope(&input.needs, now))
                    .map_err(|error| StepFailure::expression("input", &error));
                match rendered {
                    Ok(input) => self.given(index, path, input, now, out),
                    Err(failure) => self.outcome(index, path, Err(failure), None, out),
                }
            }
            Body::Filter(condition) => {
                let passed = self.holds(condition, now);
                let leave = matches!(passed, Ok(false));
                let result = passed.map(|passed| json!({ "passed": passed }));
                match self.outcome(index, path, result, None, out) {
                    Visit::Next if leave => Visit::Leave,
                    other => other,
                }
            }
            Body::Branch { cases, otherwise } => {
                let mut taken = Ok(None);
                for (at, (condition, _)) in cases.iter().enumerate() {
                    match self.holds(condition, now) {
                        Ok(false) => {}
                        Ok(true) => {
                            taken = Ok(Some(at));
                            break;
                        }
                        Err(failure) => {
                            taken = Err(failure);
                            break;
                        }
                    }
                }
                match taken {
                    Ok(case) => {
                        let visit =
                            self.outcome(index, path, Ok(json!({ "case": case })), None, out);
                        let block = case
                            .and_then(|at| cases.get(at))
                            .map_or(*otherwise, |(_, block)| *block);
                        self.enter(block);
                        visit
                    }
                    Err(failure) => self.outcome(index, path, Err(failure), None, out),
                }
            }
            Body::Loop { items, body } => {
                let listed = match past.and_then(Past::loop_items) {
                    Some(items) => Ok(items),
                    None => items
                        .template
                        .render(&self.scope(&items.needs, now))
                        .map_err(|error| StepFailure::expression("items", &error))
                        .and_then(list),
                };
                match listed {
                    Ok(items) => {
                        let input = json!({ "items": items });
                        out.push(Command::Record(Record {
                            path: path.clone(),
                            step: index,
                            status: RecordStatus::Running,
                            input: Some(input.clone()),
                            output: None,
                            error: None,
                        }));
                        self.stack.push(Frame::looping(
                            *body,
                            Looping::new(index, path, items, input),
                        ));
                        self.next_item();
                        Visit::Next
                    }
                    Err(failure) => self.outcome(index, path, Err(failure), None, out),
                }
            }
        }
    }

    /// A step whose input is known: the machine's own steps are done at once, the others become a call.
    fn given(
        &mut self,
        index: StepIndex,
        path: String,
        input: Value,
        now: Timestamp,
        out: &mut Vec<Command>,
    ) -> Visit {
        use patchbay_model::flow::StepKind;
        let step = &self.plan.steps[index];
        let task = match step.kind {
            StepKind::Set => {
                let result = match &input {
                    Value::Object(map) => {
                        let mut vars = self.vars.clone();
                        vars.extend(map.clone());
                        if size(&Value::Object(vars.clone())) > limits::OUTPUT_BYTES {
                            Err(StepFailure::too_large())
                        } else {
                            self.vars = vars;
                            Ok(input.clone())
                        }
                    }
                    Value::Null => Ok(json!({})),
                    _ => Err(StepFailure::new(
                        "INPUT_INVALID",
                        "input: it must be an object of names and values.",
                    )),
                };
                return self.outcome(index, path, result, Some(input), out);
            }
            StepKind::Respond => {
                let result = respond_read(&input).and_then(|answer| {
                    if size(&answer) > limits::OUTPUT_BYTES {
                        Err(StepFailure::too_large())
                    } else {
                        Ok(answer)
                    }
                });
                if let Ok(answer) = &result {
                    out.push(Command::Respond(answer.clone()));
                }
                return self.outcome(index, path, result, Some(input), out);
            }
            StepKind::Delay => Delay::read(&input).map(|delay| Task::Delay {
                until: delay.end(now),
            }),
            StepKind::RunFlow => RunFlowInput::read(&input).map(Task::RunFlow),
            StepKind::Http => Ok(Task::Http),
            StepKind::Action => Ok(Task::Action),
            // Their bodies are never plain input, and `compile` refuses the last two.
            StepKind::Branch
            | StepKind::Loop
            | StepKind::Filter
            | StepKind::Wait
            | StepKind::SendEmail => Err(StepFailure::new(
                "NOT_AVAILABLE",
                "This kind of step is not available in this version.",
            )),
        };
        match task {
            Ok(task) => {
                out.push(Command::Call(Call {
                    path: path.clone(),
                    step: index,
                    input,
                    task,
                }));
                self.waiting = Some((index, path));
                Visit::Wait
            }
            Err(failure) => self.outcome(index, path, Err(failure), Some(input), out),
        }
    }

    /// Goes through a step again whose end is in the journal.
    fn repeat(&mut self, index: StepIndex, path: String, past: &Past) -> Visit {
        let plan = Arc::clone(&self.plan);
        let step = &plan.steps[index];
        let output = past.output.clone().unwrap_or(Value::Null);
        if past.status == RecordStatus::Failed {
            let failure = past.error.clone().unwrap_or_else(StepFailure::unknown);
            return match self.failed(index, failure) {
                Some(failure) => Visit::Fail(failure),
                None => Visit::Next,
            };
        }
        self.keep(&step.id, output.clone());
        match &step.body {
            Body::Input(_) if step.kind == patchbay_model::flow::StepKind::Set => {
                if let Value::Object(map) = output {
                    self.vars.extend(map);
                }
                Visit::Next
            }
            Body::Filter(_) if output["passed"] == json!(false) => Visit::Leave,
            Body::Branch { cases, otherwise } => {
                let block = output["case"]
                    .as_u64()
                    .and_then(|at| cases.get(at as usize))
                    .map_or(*otherwise, |(_, block)| *block);
                let _ = path;
                self.enter(block);
                Visit::Next
            }
            _ => Visit::Next,
        }
    }

    /// Records what came of a step and says how to go on.
    fn outcome(
        &mut self,
        index: StepIndex,
        path: String,
        result: Result<Value, StepFailure>,
        input: Option<Value>,
        out: &mut Vec<Command>,
    ) -> Visit {
        match self.finish(index, path, result, input, out) {
            Some(failure) => Visit::Fail(failure),
            None => Visit::Next,
        }
    }

    fn finish(
        &mut self,
        index: StepIndex,
        path: String,
        result: Result<Value, StepFailure>,
        input: Option<Value>,
        out: &mut Vec<Command>,
    ) -> Option<StepFailure> {
        let (status, output, error) = match &result {
            Ok(output) => (RecordStatus::Succeeded, Some(output.clone()), None),
            Err(failure) => (
                RecordStatus::Failed,
                failure.output.as_deref().cloned(),
                Some(failure.clone()),
            ),
        };
        out.push(Command::Record(Record {
            path,
            step: index,
            status,
            input,
            output,
            error,
        }));
        match result {
            Ok(output) => {
                let id = self.plan.steps[index].id.clone();
                self.keep(&id, output);
                None
            }
            Err(failure) => self.failed(index, failure),
        }
    }

    /// What a failed step means to the run: its failure, unless the step says to go on.
    fn failed(&mut self, index: StepIndex, failure: StepFailure) -> Option<StepFailure> {
        let step = &self.plan.steps[index];
        if step.on_error == OnError::Fail {
            return Some(failure);
        }
        let id = step.id.clone();
        let mut output = match failure.output.as_deref() {
            Some(Value::Object(map)) => map.clone(),
            _ => Map::new(),
        };
        output.insert(
            "error".to_owned(),
            json!({"code": failure.code, "message": failure.message}),
        );
        self.keep(&id, Value::Object(output));
        None
    }

    fn keep(&mut self, id: &str, output: Value) {
        if let Some(looping) = self.stack.iter_mut().rev().find_map(|f| f.looping.as_mut()) {
            looping.last_output = output.clone();
        }
        self.outputs.insert(id.to_owned(), output);
    }

    fn enter(&mut self, block: usize) {
        let prefix = self
            .stack
            .last()
            .map(|frame| frame.prefix.clone())
            .unwrap_or_default();
        self.stack.push(Frame::plain(block, prefix));
    }

    /// The list of steps on top is done: the next item of its loop, or back to what encloses it.
    fn block_done(&mut self, out: &mut Vec<Command>) -> Option<StepFailure> {
        let body_done = self
            .stack
            .last_mut()
            .is_some_and(|frame| frame.looping.as_mut().is_some_and(Looping::item_done));
        if body_done {
            self.next_item();
            return None;
        }
        let frame = self.stack.pop()?;
        let looping = frame.looping?;
        self.forget_inside(frame.block);
        self.finish(
            looping.step,
            looping.path.clone(),
            Ok(looping.output()),
            Some(looping.input),
            out,
        )
    }

    /// Sets the loop on top to its current item. Outputs of the item before are forgotten, so that a step that is not
    /// reached this time does not show what it said last time.
    fn next_item(&mut self) {
        let Some(frame) = self.stack.last_mut() else {
            return;
        };
        let block = frame.block;
        if let Some(looping) = &frame.looping {
            frame.prefix = format!("{}[{}].", looping.path, looping.index);
            frame.next = if looping.index < looping.items.len() {
                0
            } else {
                usize::MAX
            };
        }
        self.forget_inside(block);
    }

    fn forget_inside(&mut self, block: usize) {
        let plan = Arc::clone(&self.plan);
        let mut todo = vec![block];
        while let Some(block) = todo.pop() {
            for index in &plan.blocks[block] {
                let step = &plan.steps[*index];
                self.outputs.remove(&step.id);
                match &step.body {
                    Body::Branch { cases, otherwise } => {
                        todo.extend(cases.iter().map(|(_, block)| *block));
                        todo.push(*otherwise);
                    }
                    Body::Loop { body, .. } => todo.push(*body),
                    Body::Input(_) | Body::Filter(_) => {}
                }
            }
        }
    }

    fn holds(&self, condition: &Condition, now: Timestamp) -> Result<bool, StepFailure> {
        match &condition.test {
            Test::Fixed(value) => Ok(*value),
            Test::Template(template) => template
                .is_true(&self.scope(&condition.needs, now))
                .map_err(|error| StepFailure::expression("when", &error)),
        }
    }

    fn scope(&self, needs: &crate::references::Needs, now: Timestamp) -> patchbay_expr::Scope {
        self.scopes
            .at(needs, &self.outputs, &self.vars, &self.stack, now)
    }
}

fn list(value: Value) -> Result<Vec<Value>, StepFailure> {
    let items = match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        _ => {
            return Err(StepFailure::new(
                "INPUT_INVALID",
                "items: the loop needs a list; the expression yields something else.",
            ));
        }
    };
    if items.len() > limits::ITEMS {
        return Err(StepFailure::new(
            "INPUT_INVALID",
            format!(
                "items: the list has {} items and a loop goes over {} at most.",
                items.len(),
                limits::ITEMS
            ),
        ));
    }
    let value = Value::Array(items);
    if size(&value) > limits::OUTPUT_BYTES {
        return Err(StepFailure::too_large());
    }
    let Value::Array(items) = value else {
        return Ok(Vec::new());
    };
    Ok(items)
}

/// The length of a value as JSON text.
pub(crate) fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}
