//! Every action, list and trigger of every app can be asked for: with all of
//! its inputs, and with only those that are required.

use patchbay_catalog::{
    Answer, App, AuthMethod, CallContext, Catalog, Idempotent, TriggerKind, check_text,
};
use serde_json::{Map, Value, json};

use crate::{method_settings, sample_settings};

const NOW: i64 = 1_790_000_000;

#[test]
fn every_call_can_be_rendered() {
    let catalog = Catalog::embedded();
    let mut problems = Vec::new();
    for slug in catalog.slugs() {
        calls(&catalog.get(slug).unwrap(), &mut problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn calls(app: &App, problems: &mut Vec<String>) {
    for method in &app.auth {
        calls_by(app, method, problems);
    }
}

fn calls_by(app: &App, method: &AuthMethod, problems: &mut Vec<String>) {
    let settings = method_settings(app, method);
    let hosts = app.hosts_of(method, &settings).unwrap();
    let context = CallContext {
        now: Some(NOW),
        ..CallContext::new(&settings).with_method(method)
    };
    for required_only in [true, false] {
        for action in app.actions.values() {
            let input = sample(action.input.schema(), required_only);
            if let Err(error) = app.action_request(action, &context.with_input(&input), &hosts) {
                problems.push(format!("{}: action {}: {error}", app.slug, action.key));
            }
        }
        for trigger in app.triggers.values() {
            if trigger.kind != TriggerKind::Poll {
                continue;
            }
            let input = sample(trigger.input.schema(), required_only);
            let first = context.with_input(&input);
            let mut say = |when: &str, error: &dyn std::fmt::Display| {
                problems.push(format!(
                    "{}: trigger {} {when}: {error}",
                    app.slug, trigger.key
                ));
            };
            if let Err(error) = app.trigger_request(trigger, &first, &hosts) {
                say("at first", &error);
            }
            let empty = Answer::new(200, [("Content-Type", "application/json")], b"{}");
            if let Some(cursor) = trigger.poll(&empty, &first).cursor
                && let Err(error) =
                    app.trigger_request(trigger, &first.with_cursor(&cursor), &hosts)
            {
                say("after an empty answer", &error);
            }
        }
    }
    let every = every_input(app);
    for (name, options) in &app.options {
        if let Err(error) = app.options_request(options, &context.with_input(&every), &hosts) {
            problems.push(format!("{}: list {name}: {error}", app.slug));
        }
    }
}

/// An input that fits `schema`, as far as a schema says.
fn sample(schema: &Value, required_only: bool) -> Value {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut out = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if !required_only || required.contains(&name.as_str()) {
            out.insert(name.clone(), value(property));
        }
    }
    Value::Object(out)
}

fn value(property: &Value) -> Value {
    for known in [
        &property["default"],
        &property["enum"][0],
        &property["examples"][0],
    ] {
        if !known.is_null() {
            return known.clone();
        }
    }
    let kind = property["type"]
        .as_str()
        .or_else(|| property["type"][0].as_str());
    match kind {
        Some("integer" | "number") => property["minimum"].as_i64().unwrap_or(7).into(),
        Some("boolean") => true.into(),
        Some("array") => json!([value(&property["items"])]),
        Some("object") => json!({"name": "value"}),
        _ if property["format"]
            .as_str()
            .is_some_and(|f| f.starts_with("date")) =>
        {
            "2026-05-04T10:00:00Z".into()
        }
        _ => "a b/c".into(),
    }
}

/// What a form of the app may hold when a list is loaded.
fn every_input(app: &App) -> Value {
    let mut out = Map::new();
    let schemas = app.actions.values().map(|a| a.input.schema());
    for schema in schemas.chain(app.triggers.values().map(|t| t.input.schema())) {
        if let Value::Object(map) = sample(schema, false) {
            out.extend(map);
        }
    }
    Value::Object(out)
}

const ANY: &str = r#"slug: any
name: Any
category: developer
base_url: https://api.example.com/v1
hosts: [api.example.com]
auth: [{method: api_key, attach: {header: {X-Key: "{{ credential.api_key }}"}}}]
actions:
  ask:
    title: Ask
    input: {type: object, properties: {method: {type: string}, path: {type: string}}}
    request: {method: "{{ input.method }}", path: "{{ input.path | path }}"}
"#;

#[test]
fn a_method_may_be_given() {
    let app = check_text("any.yaml", ANY).unwrap();
    let settings = sample_settings(&app);
    let hosts = app.hosts(&settings).unwrap();
    let ask = &app.actions["ask"];
    assert_eq!(
        ask.idempotent,
        Idempotent::No,
        "what it will be is not known beforehand"
    );
    let sent = |method: &str| {
        let input = json!({"method": method, "path": "/a/b c"});
        let context = CallContext::new(&settings).with_input(&input);
        app.action_request(ask, &context, &hosts)
            .map(|r| format!("{} {}", r.method, r.url))
            .map_err(|e| e.to_string())
    };
    assert_eq!(
        sent("patch").unwrap(),
        "PATCH https://api.example.com/v1/a/b%20c"
    );
    for bad in ["", "CONNECT", "TRACE", "GET /x", "GET\r\nHost: x"] {
        assert!(
            sent(bad).unwrap_err().contains("the request method"),
            "{bad:?}"
        );
    }
}
