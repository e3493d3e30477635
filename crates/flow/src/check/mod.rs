//! Everything that is wrong with a document, at once.

mod input;
mod trigger;

use std::sync::Arc;

use patchbay_catalog::{App, Catalog};
use patchbay_model::{
    ConnectionId, FlowId,
    flow::{ConnectionRef, FlowDocument, Step, StepKind},
};

use crate::{
    FlowProblem, Plan, ProblemCode,
    input::{DELAY_FIELDS, HTTP_FIELDS, RESPOND_FIELDS, RUN_FLOW_FIELDS},
    limits,
};

/// What is known of a connection that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownConnection {
    /// Slug of its app.
    pub app: String,
    /// Its name.
    pub name: String,
}

/// What a document is checked against.
pub struct Surroundings<'a> {
    /// The apps there are.
    pub catalog: &'a Catalog,
    /// The connection, if whoever publishes may use it.
    pub connection: &'a (dyn Fn(&ConnectionId) -> Option<KnownConnection> + Sync),
    /// Whether the project has this flow.
    pub flow: &'a (dyn Fn(&FlowId) -> bool + Sync),
    /// Whether a cron expression and a time zone can be read; why not, in one sentence.
    pub schedule: &'a (dyn Fn(&str, &str) -> Result<(), String> + Sync),
}

/// Checks a document for publishing: everything [`Plan::compile`] looks at, its trigger, and each step against the apps,
/// connections and flows around it. In the order of the document; empty when all is well.
pub fn check(document: &FlowDocument, around: &Surroundings<'_>) -> Vec<FlowProblem> {
    let mut problems = Vec::new();
    let bytes = serde_json::to_vec(document).map_or(usize::MAX, |text| text.len());
    if bytes > limits::DOCUMENT_BYTES {
        problems.push(FlowProblem::document(
            "",
            ProblemCode::TooLarge,
            "The flow's document is larger than 1 MiB; move fixed data elsewhere.",
        ));
        return problems;
    }
    trigger::check(&document.trigger, around, &mut problems);
    if document.steps.is_empty() {
        problems.push(FlowProblem::document(
            "steps",
            ProblemCode::NoSteps,
            "The flow has no steps; add one.",
        ));
    }
    if let Err(found) = Plan::compile(document) {
        problems.extend(found);
    }
    let steps = document.walk();
    if steps.len() > limits::STEPS {
        return problems;
    }
    for at in &steps {
        step(at.step, around, &mut problems);
    }
    let order = |problem: &FlowProblem| {
        problem.step.as_ref().map_or(0, |id| {
            steps
                .iter()
                .position(|at| at.step.id == *id)
                .map_or(usize::MAX, |at| at + 1)
        })
    };
    problems.sort_by_key(order);
    problems
}

fn step(step: &Step, around: &Surroundings<'_>, problems: &mut Vec<FlowProblem>) {
    let mut say = |path: String, code: ProblemCode, message: String| {
        problems.push(FlowProblem::step(&step.id, path, code, message));
    };
    match step.kind {
        StepKind::Http => {
            input::fields(step, &HTTP_FIELDS, &mut say);
            input::http(step, &mut say);
            if let Some(reference) = &step.connection
                && (around.connection)(&reference.connection).is_none()
            {
                say(
                    "connection".to_owned(),
                    ProblemCode::ConnectionUnknown,
                    unknown_connection(),
                );
            }
        }
        StepKind::Action => action(step, around, &mut say),
        StepKind::Delay => {
            input::fields(step, &DELAY_FIELDS, &mut say);
            input::read(step, crate::input::Delay::read, &mut say);
        }
        StepKind::RunFlow => {
            input::fields(step, &RUN_FLOW_FIELDS, &mut say);
            run_flow(step, around, &mut say);
        }
        StepKind::Respond => {
            input::fields(step, &RESPOND_FIELDS, &mut say);
            input::read(step, crate::input::respond_read, &mut say);
        }
        StepKind::Set => {
            if !step.input.is_object() {
                say(
                    "input".to_owned(),
                    ProblemCode::Required,
                    "Name a variable and its value.".to_owned(),
                );
            }
        }
        StepKind::Branch
        | StepKind::Loop
        | StepKind::Filter
        | StepKind::Wait
        | StepKind::SendEmail => {}
    }
    if step.connection.is_some() && !matches!(step.kind, StepKind::Http | StepKind::Action) {
        say(
            "connection".to_owned(),
            ProblemCode::Unknown,
            "This kind of step uses no connection; remove it.".to_owned(),
        );
    }
}

fn unknown_connection() -> String {
    "The project has no such connection: it is in the trash, gone for good or another member's alone. Restore it or choose one.".to_owned()
}

fn action(
    step: &Step,
    around: &Surroundings<'_>,
    say: &mut impl FnMut(String, ProblemCode, String),
) {
    let connection = step.connection.as_ref();
    let Some(app) = app_of(step.app.as_deref(), connection, around, say) else {
        return;
    };
    let Some(key) = step.action.as_deref().filter(|key| !key.is_empty()) else {
        say(
            "action".to_owned(),
            ProblemCode::Required,
            format!("Choose what to do in {}.", app.name),
        );
        return;
    };
    match app.actions.get(key) {
        Some(action) => input::fits(&step.input, &action.input, say),
        None => say(
            "action".to_owned(),
            ProblemCode::ActionUnknown,
            format!("{} has no action `{key}`.", app.name),
        ),
    }
}

/// The app that a step or trigger names, and whether the connection is one to it.
fn app_of(
    slug: Option<&str>,
    connection: Option<&ConnectionRef>,
    around: &Surroundings<'_>,
    say: &mut impl FnMut(String, ProblemCode, String),
) -> Option<Arc<App>> {
    let Some(slug) = slug.filter(|slug| !slug.is_empty()) else {
        say(
            "app".to_owned(),
            ProblemCode::Required,
            "Choose an app.".to_owned(),
        );
        return None;
    };
    let Some(app) = around.catalog.get(slug) else {
        say(
            "app".to_owned(),
            ProblemCode::AppUnknown,
            format!("There is no app `{slug}` in the catalog."),
        );
        return None;
    };
    match connection {
        None if app.auth.is_empty() => {}
        None => say(
            "connection".to_owned(),
            ProblemCode::ConnectionMissing,
            format!("Choose a connection to {}.", app.name),
        ),
        Some(reference) => match (around.connection)(&reference.connection) {
            None => say(
                "connection".to_owned(),
                ProblemCode::ConnectionUnknown,
                unknown_connection(),
            ),
            Some(known) if known.app != slug => say(
                "connection".to_owned(),
                ProblemCode::ConnectionWrongApp,
                format!(
                    "The connection \"{}\" is not one to {}; choose another.",
                    known.name, app.name
                ),
            ),
            Some(_) => {}
        },
    }
    Some(app)
}

fn run_flow(
    step: &Step,
    around: &Surroundings<'_>,
    say: &mut impl FnMut(String, ProblemCode, String),
) {
    let named = step.input.get("flow").and_then(serde_json::Value::as_str);
    match named {
        None | Some("") => say(
            "input.flow".to_owned(),
            ProblemCode::Required,
            "Choose the flow to run.".to_owned(),
        ),
        Some(text) if input::templated(text) => {}
        Some(text) => {
            let known = text.parse::<FlowId>().is_ok_and(|id| (around.flow)(&id));
            if !known {
                say(
                    "input.flow".to_owned(),
                    ProblemCode::FlowUnknown,
                    "The project has no such flow; choose one.".to_owned(),
                );
            }
        }
    }
}
