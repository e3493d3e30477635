//! Inputs of steps, as far as they are known before a run.

use patchbay_catalog::InputSchema;
use patchbay_model::flow::Step;
use serde_json::{Map, Value};

use crate::{ProblemCode, StepFailure, input::METHODS};

/// Whether a text has an expression in it, so that its value is known only in a run.
pub(super) fn templated(text: &str) -> bool {
    text.contains("{{")
}

pub(super) fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => templated(text),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(map) => map.values().any(has_template),
        _ => false,
    }
}

/// Fields that the step's input cannot have.
pub(super) fn fields(
    step: &Step,
    known: &[&str],
    say: &mut impl FnMut(String, ProblemCode, String),
) {
    match &step.input {
        Value::Object(map) => {
            for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
                say(
                    format!("input.{key}"),
                    ProblemCode::Unknown,
                    format!("There is no field `{key}`; use {}.", known.join(", ")),
                );
            }
        }
        Value::Null => {}
        _ => say(
            "input".to_owned(),
            ProblemCode::Invalid,
            "The input must be an object with fields.".to_owned(),
        ),
    }
}

pub(super) fn http(step: &Step, say: &mut impl FnMut(String, ProblemCode, String)) {
    let Some(map) = step.input.as_object() else {
        if step.input.is_null() {
            say(
                "input.url".to_owned(),
                ProblemCode::Required,
                "Give the address to call.".to_owned(),
            );
        }
        return;
    };
    match map.get("url") {
        Some(Value::String(url)) if !url.trim().is_empty() => {
            let relative = !url.contains("://") && !templated(url);
            if relative && step.connection.is_none() {
                say(
                    "input.url".to_owned(),
                    ProblemCode::Invalid,
                    "Without a connection the address must be complete, such as https://example.com/path."
                        .to_owned(),
                );
            }
        }
        _ => say(
            "input.url".to_owned(),
            ProblemCode::Required,
            "Give the address to call.".to_owned(),
        ),
    }
    match map.get("method") {
        Some(Value::String(method))
            if !templated(method)
                && !METHODS.contains(&method.trim().to_ascii_uppercase().as_str()) =>
        {
            say(
                "input.method".to_owned(),
                ProblemCode::Invalid,
                format!("Use one of {}.", METHODS.join(", ")),
            );
        }
        Some(Value::String(_) | Value::Null) | None => {}
        Some(_) => say(
            "input.method".to_owned(),
            ProblemCode::Invalid,
            format!("Use one of {}.", METHODS.join(", ")),
        ),
    }
}

/// Reads an input as a run would, if nothing in it is known only in a run.
pub(super) fn read<T>(
    step: &Step,
    read: impl Fn(&Value) -> Result<T, StepFailure>,
    say: &mut impl FnMut(String, ProblemCode, String),
) {
    if has_template(&step.input) {
        return;
    }
    if let Err(failure) = read(&step.input) {
        let (path, message) = failure
            .message
            .split_once(": ")
            .unwrap_or(("input", failure.message.as_str()));
        say(
            path.to_owned(),
            ProblemCode::Invalid,
            crate::plan::sentence(message),
        );
    }
}

/// An action's or a trigger's input against its schema. Places with an expression are taken as filled in rightly: the
/// values are checked when the step runs.
pub(super) fn fits(
    input: &Value,
    schema: &InputSchema,
    say: &mut impl FnMut(String, ProblemCode, String),
) {
    let nothing = Map::new();
    let input = match input {
        Value::Object(map) => map,
        Value::Null => &nothing,
        Value::String(text) if templated(text) => return,
        _ => {
            say(
                "input".to_owned(),
                ProblemCode::Invalid,
                "The input must be an object with fields.".to_owned(),
            );
            return;
        }
    };
    let required = schema.schema().get("required").and_then(Value::as_array);
    let mut missing = Vec::new();
    for field in required.into_iter().flatten().filter_map(Value::as_str) {
        let empty = match input.get(field) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        };
        if empty {
            let title = schema
                .schema()
                .pointer(&format!("/properties/{field}/title"))
                .and_then(Value::as_str)
                .unwrap_or(field);
            missing.push(field);
            say(
                format!("input.{field}"),
                ProblemCode::Required,
                format!("Fill in \"{title}\"."),
            );
        }
    }
    let mut given = input.clone();
    given.retain(|_, value| !value.is_null());
    let Err(found) = schema.check(&Value::Object(given)) else {
        return;
    };
    for problem in found {
        let place = input_at(input, &problem.path);
        // The whole input is found fault with for what was said above, and for fields there are none of.
        let said = problem.path.is_empty() && !missing.is_empty();
        if said || missing.contains(&problem.path.as_str()) || place.is_some_and(has_template) {
            continue;
        }
        let path = if problem.path.is_empty() {
            "input".to_owned()
        } else {
            format!("input.{}", problem.path)
        };
        say(
            path,
            ProblemCode::Invalid,
            crate::plan::sentence(&problem.message),
        );
    }
}

fn input_at<'a>(input: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.').filter(|part| !part.is_empty());
    let mut here = input.get(parts.next()?)?;
    for part in parts {
        here = match here {
            Value::Object(map) => map.get(part)?,
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other,
        };
    }
    Some(here)
}
