//! Carries a machine's commands out in the mind.

use std::{collections::HashMap, sync::Arc};

use patchbay_flow::{
    Command, End, Event, Facts, Machine, Past, Plan, RecordStatus, StepFailure, Task,
};
use patchbay_model::{FlowId, RunId, Timestamp, flow::FlowDocument};
use serde_json::{Value, json};

pub(crate) fn document(steps: Value) -> FlowDocument {
    document_of(json!({"kind": "manual"}), steps)
}

pub(crate) fn document_of(trigger: Value, steps: Value) -> FlowDocument {
    serde_json::from_value(json!({"schema": 1, "trigger": trigger, "steps": steps}))
        .expect("a well-formed document")
}

pub(crate) fn plan(document: &FlowDocument) -> Arc<Plan> {
    match Plan::compile(document) {
        Ok(plan) => Arc::new(plan),
        Err(problems) => panic!("{problems:?}"),
    }
}

pub(crate) fn facts(trigger: Value) -> Facts {
    Facts {
        run: "run_00000000000000000000000000"
            .parse::<RunId>()
            .expect("an id"),
        flow: "flow_00000000000000000000000000"
            .parse::<FlowId>()
            .expect("an id"),
        flow_name: "Demo".to_owned(),
        trigger,
        started: Timestamp::from_millis(1_000),
    }
}

/// Everything a run did: one line a command, its answer, and the journal it left.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) lines: Vec<String>,
    pub(crate) outputs: HashMap<String, Value>,
    pub(crate) response: Option<Value>,
    pub(crate) end: Option<End>,
    pub(crate) journal: HashMap<String, Past>,
}

/// Runs to the end, or through `calls` calls, answering each call with what `answer` says.
pub(crate) fn run(
    plan: &Arc<Plan>,
    trigger: Value,
    journal: HashMap<String, Past>,
    calls: usize,
    answer: &dyn Fn(&str, &Value) -> Result<Value, StepFailure>,
) -> Trace {
    let mut trace = Trace {
        journal: journal.clone(),
        ..Trace::default()
    };
    let mut machine = Machine::new(Arc::clone(plan), &facts(trigger), journal);
    let mut event = Event::Begin;
    let mut left = calls;
    for _ in 0..30_000 {
        let commands = machine.step(event, Timestamp::from_millis(2_000));
        let mut call = None;
        for command in commands {
            match command {
                Command::Record(record) => {
                    trace
                        .lines
                        .push(format!("{:?} {}", record.status, record.path));
                    if let Some(output) = &record.output {
                        trace.outputs.insert(record.path.clone(), output.clone());
                    }
                    trace.journal.insert(
                        record.path,
                        Past {
                            status: record.status,
                            input: record.input,
                            output: record.output,
                            error: record.error,
                            started: Timestamp::from_millis(2_000),
                        },
                    );
                }
                Command::Call(made) => {
                    let what = match &made.task {
                        Task::Http => "http",
                        Task::Action => "action",
                        Task::Delay { .. } => "delay",
                        Task::RunFlow(_) => "run_flow",
                    };
                    trace
                        .lines
                        .push(format!("Call {what} {} {}", made.path, made.input));
                    call = Some(made);
                }
                Command::Respond(answer) => trace.response = Some(answer),
                Command::End(end) => {
                    trace.lines.push(match &end {
                        End::Succeeded => "End".to_owned(),
                        End::Failed(failure) => format!("End {}", failure.code),
                    });
                    trace.end = Some(end);
                    return trace;
                }
            }
        }
        let Some(call) = call else {
            panic!("neither a call nor the end: {:?}", trace.lines);
        };
        if left == 0 {
            return trace;
        }
        left -= 1;
        event = Event::Finished {
            result: answer(&call.path, &call.input),
            path: call.path,
        };
    }
    panic!("the run does not end");
}

pub(crate) fn run_through(
    document: &FlowDocument,
    trigger: Value,
    answer: &dyn Fn(&str, &Value) -> Result<Value, StepFailure>,
) -> Trace {
    run(&plan(document), trigger, HashMap::new(), usize::MAX, answer)
}

#[allow(clippy::unnecessary_wraps)] // the signature of answers
pub(crate) fn echo(_: &str, input: &Value) -> Result<Value, StepFailure> {
    Ok(json!({"status": 200, "headers": {}, "body": input}))
}

pub(crate) fn succeeded(trace: &Trace) -> bool {
    trace.end == Some(End::Succeeded)
        && !trace
            .journal
            .values()
            .any(|past| past.status == RecordStatus::Running)
}
