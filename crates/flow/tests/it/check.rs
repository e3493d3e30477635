//! What is refused, and where it points.

use patchbay_catalog::Catalog;
use patchbay_flow::{FlowProblem, KnownConnection, Surroundings, check};
use patchbay_model::ConnectionId;
use serde_json::{Value, json};

use crate::support::document_of;

const SLACK: &str = "conn_00000000000000000000000001";
const OTHER: &str = "conn_00000000000000000000000002";

fn found(trigger: Value, steps: Value) -> Vec<FlowProblem> {
    let catalog = Catalog::embedded();
    let connection = |id: &ConnectionId| match id.as_str() {
        SLACK => Some(KnownConnection {
            app: "slack".to_owned(),
            name: "Team".to_owned(),
        }),
        _ => None,
    };
    check(
        &document_of(trigger, steps),
        &Surroundings {
            catalog: &catalog,
            connection: &connection,
            flow: &|_| false,
            schedule: &|cron, _| {
                if cron == "* * * * *" {
                    Ok(())
                } else {
                    Err("The schedule cannot be read.".to_owned())
                }
            },
        },
    )
}

fn codes(trigger: Value, steps: Value) -> Vec<String> {
    found(trigger, steps)
        .into_iter()
        .map(|problem| {
            let code = serde_json::to_value(problem.code).expect("a code");
            format!(
                "{}:{}:{}",
                problem.step.unwrap_or_default(),
                problem.path,
                code.as_str().unwrap_or_default()
            )
        })
        .collect()
}

fn manual() -> Value {
    json!({"kind": "manual"})
}

#[test]
fn a_sound_flow_has_no_problems() {
    let problems = found(
        json!({"kind": "schedule", "cron": "* * * * *", "timezone": "Europe/Berlin"}),
        json!([
            {"id": "get", "kind": "http", "input": {"url": "https://a.example", "method": "post", "body": {"a": 1}}},
            {"id": "say", "kind": "action", "app": "slack", "action": "send_message", "connection": {"$connection": SLACK},
             "input": {"channel": "{{ steps.get.body.channel }}", "text": "hi"}},
            {"id": "nap", "kind": "delay", "input": {"seconds": 5}}
        ]),
    );
    assert_eq!(problems, []);
}

#[test]
fn each_mistake_is_told_with_its_place() {
    for (steps, wanted) in [
        (json!([]), ":steps:NO_STEPS"),
        (
            json!([{"id": "a", "kind": "action", "app": "nope", "action": "x"}]),
            "a:app:APP_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "action", "app": "slack", "action": "nope", "connection": {"$connection": SLACK}}]),
            "a:action:ACTION_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "action", "app": "slack", "action": "send_message", "input": {"channel": "c", "text": "t"}}]),
            "a:connection:CONNECTION_MISSING",
        ),
        (
            json!([{"id": "a", "kind": "http", "connection": {"$connection": OTHER}, "input": {"url": "/x"}}]),
            "a:connection:CONNECTION_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "action", "app": "github", "action": "create_issue", "connection": {"$connection": SLACK},
                    "input": {"owner": "o", "repo": "r", "title": "t"}}]),
            "a:connection:CONNECTION_WRONG_APP",
        ),
        (
            json!([{"id": "a", "kind": "action", "app": "slack", "action": "send_message", "connection": {"$connection": SLACK}, "input": {"channel": "c"}}]),
            "a:input.text:REQUIRED",
        ),
        (
            json!([{"id": "a", "kind": "http", "input": {"url": "https://a.example/{{ 1 + }}"}}]),
            "a:input.url:EXPRESSION_INVALID",
        ),
        (
            json!([{"id": "a", "kind": "http", "input": {"url": "https://a.example/{{ steps.b.body }}"}},
                   {"id": "b", "kind": "set", "input": {"x": 1}}]),
            "a:input.url:REFERENCE_UNKNOWN",
        ),
        (
            json!([{"id": "l", "kind": "loop", "items": [], "steps": [{"id": "in", "kind": "set", "input": {"x": 1}}]},
                   {"id": "a", "kind": "set", "input": {"y": "{{ steps.in.x }}"}}]),
            "a:input.y:REFERENCE_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "set", "input": {"y": "{{ loop.item }}"}}]),
            "a:input.y:REFERENCE_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "set", "input": {"y": "{{ foo }}"}}]),
            "a:input.y:REFERENCE_UNKNOWN",
        ),
        (
            json!([{"id": "a", "kind": "set", "input": {}}, {"id": "a", "kind": "set", "input": {}}]),
            "a:id:ID_DUPLICATE",
        ),
        (
            json!([{"id": "a b", "kind": "set", "input": {}}]),
            "a b:id:ID_INVALID",
        ),
        (json!([{"id": "w", "kind": "wait"}]), "w:kind:NOT_AVAILABLE"),
        (
            json!([{"id": "w", "kind": "send_email"}]),
            "w:kind:NOT_AVAILABLE",
        ),
        (
            json!([{"id": "d", "kind": "delay", "input": {"fortnights": 1}}]),
            "d:input.fortnights:UNKNOWN",
        ),
        (
            json!([{"id": "h", "kind": "http", "input": {"url": "/relative"}}]),
            "h:input.url:INVALID",
        ),
        (
            json!([{"id": "f", "kind": "run_flow", "input": {"flow": "flow_00000000000000000000000001"}}]),
            "f:input.flow:FLOW_UNKNOWN",
        ),
        (json!([{"id": "f", "kind": "filter"}]), "f:when:REQUIRED"),
        (
            json!([{"id": "f", "kind": "set", "input": {}, "when": true}]),
            "f:when:UNKNOWN",
        ),
    ] {
        let got = codes(manual(), steps);
        assert!(
            got.iter().any(|code| code == wanted),
            "{wanted} not in {got:?}"
        );
    }
}

#[test]
fn triggers_are_checked() {
    let steps = || json!([{"id": "a", "kind": "set", "input": {"x": 1}}]);
    for (trigger, wanted) in [
        (
            json!({"kind": "schedule", "cron": "nonsense"}),
            ":trigger.cron:SCHEDULE_INVALID",
        ),
        (
            json!({"kind": "app", "app": "", "trigger": ""}),
            ":trigger.app:REQUIRED",
        ),
        (
            json!({"kind": "app", "app": "nobody", "trigger": "x"}),
            ":trigger.app:APP_UNKNOWN",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "new_message", "input": {"channel": "C1"}}),
            ":trigger.connection:CONNECTION_MISSING",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "new_message", "connection": {"$connection": OTHER}, "input": {"channel": "C1"}}),
            ":trigger.connection:CONNECTION_UNKNOWN",
        ),
        (
            json!({"kind": "app", "app": "github", "trigger": "new_issue", "connection": {"$connection": SLACK}, "input": {"repository": "o/r"}}),
            ":trigger.connection:CONNECTION_WRONG_APP",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "x", "connection": {"$connection": SLACK}}),
            ":trigger.trigger:TRIGGER_UNKNOWN",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "", "connection": {"$connection": SLACK}}),
            ":trigger.trigger:REQUIRED",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "new_message", "connection": {"$connection": SLACK}}),
            ":trigger.input.channel:REQUIRED",
        ),
        (
            json!({"kind": "app", "app": "slack", "trigger": "new_message", "connection": {"$connection": SLACK}, "input": {"channel": "{{ now_iso }}"}}),
            ":trigger.input:EXPRESSION_INVALID",
        ),
        (
            json!({"kind": "webhook", "auth": {"kind": "header", "name": "x-key"}}),
            ":trigger.auth.secret:REQUIRED",
        ),
        (
            json!({"kind": "webhook", "auth": {"kind": "basic", "username": "a:b", "secret": "s"}}),
            ":trigger.auth.username:INVALID",
        ),
        (
            json!({"kind": "webhook", "method": "BREW"}),
            ":trigger.method:INVALID",
        ),
    ] {
        assert_eq!(codes(trigger, steps()), [wanted]);
    }
    let complete = json!({"kind": "app", "app": "slack", "trigger": "new_message",
        "connection": {"$connection": SLACK}, "input": {"channel": "C1"}});
    assert!(codes(complete, steps()).is_empty());
    let respond = json!([{"id": "r", "kind": "respond", "input": {}}]);
    assert_eq!(
        codes(json!({"kind": "webhook"}), respond.clone()),
        ["r:kind:RESPOND_UNUSED"]
    );
    assert!(codes(json!({"kind": "webhook", "respond": "after_run"}), respond).is_empty());
}

#[test]
fn nesting_has_an_end() {
    let mut steps = json!([{"id": "s", "kind": "set", "input": {}}]);
    for depth in 0..12 {
        steps = json!([{"id": format!("l{depth}"), "kind": "loop", "items": [], "steps": steps}]);
    }
    let got = codes(manual(), steps);
    assert!(
        got.iter().any(|code| code.ends_with("TOO_LARGE")),
        "{got:?}"
    );
}
