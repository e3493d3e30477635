//! What each kind of step does.

use patchbay_flow::{End, StepFailure};
use serde_json::{Value, json};

use crate::support::{document, document_of, echo, run_through, succeeded};

#[test]
fn the_contracts_example_runs() {
    let flow = document_of(
        json!({"kind": "webhook", "respond": "after_run"}),
        json!([
            {"id": "me", "kind": "http", "input": {"url": "https://a.example/me"}},
            {"id": "post", "kind": "action", "app": "slack", "action": "send_message",
             "input": {"text": "Hello {{ steps.me.body.name }}, you sent {{ trigger.body.n }}", "n": "{{ trigger.body.n }}"}},
            {"id": "big", "kind": "branch",
             "branches": [{"when": "{{ trigger.body.n > 10 }}", "steps": [{"id": "yes", "kind": "set", "input": {"size": "big"}}]}],
             "otherwise": [{"id": "no", "kind": "set", "input": {"size": "small"}}]},
            {"id": "each", "kind": "loop", "items": "{{ steps.me.body.items }}", "steps": [
                {"id": "line", "kind": "set", "input": {"last": "{{ loop.index }}:{{ loop.item }}"}}]},
            {"id": "done", "kind": "respond", "input": {"status": 201, "body": {"name": "{{ steps.me.body.name }}", "size": "{{ vars.size }}"}}}
        ]),
    );
    let trace = run_through(&flow, json!({"body": {"n": 11}}), &|path, input| {
        Ok(match path {
            "me" => json!({"body": {"name": "Ana", "items": ["x", "y"]}}),
            _ => input.clone(),
        })
    });
    assert!(succeeded(&trace), "{:?}", trace.lines);
    assert_eq!(
        trace.outputs["post"],
        json!({"text": "Hello Ana, you sent 11", "n": 11})
    );
    assert_eq!(trace.outputs["each[1].line"], json!({"last": "1:y"}));
    assert_eq!(
        trace.outputs["each"],
        json!({"count": 2, "results": [{"last": "0:x"}, {"last": "1:y"}]})
    );
    assert_eq!(
        trace.response,
        Some(json!({"status": 201, "headers": {}, "body": {"name": "Ana", "size": "big"}}))
    );
    assert!(!trace.journal.contains_key("no"));
}

#[test]
fn a_branch_takes_the_first_case_that_holds_or_otherwise() {
    let flow = document(json!([
        {"id": "which", "kind": "branch", "branches": [
            {"when": "{{ trigger.n > 100 }}", "steps": [{"id": "a", "kind": "set", "input": {"v": "a"}}]},
            {"when": "{{ trigger.n > 10 }}", "steps": [{"id": "b", "kind": "set", "input": {"v": "b"}}]}],
         "otherwise": [{"id": "c", "kind": "set", "input": {"v": "c"}}]},
        {"id": "end", "kind": "set", "input": {"got": "{{ vars.v }}", "b": "{{ steps.b is defined }}"}}
    ]));
    for (n, got, b) in [(500, "a", false), (50, "b", true), (5, "c", false)] {
        let trace = run_through(&flow, json!({"n": n}), &echo);
        assert_eq!(trace.outputs["end"], json!({"got": got, "b": b}));
    }
}

#[test]
fn a_filter_ends_the_flow_well_and_within_a_loop_the_item() {
    let flow = document(json!([
        {"id": "each", "kind": "loop", "items": "{{ trigger.list }}", "steps": [
            {"id": "odd", "kind": "filter", "when": "{{ loop.item % 2 == 1 }}"},
            {"id": "call", "kind": "http", "input": {"url": "https://a.example/{{ loop.item }}"}}]},
        {"id": "stop", "kind": "filter", "when": "{{ trigger.go }}"},
        {"id": "never", "kind": "http", "input": {"url": "https://a.example/never"}}
    ]));
    let trace = run_through(&flow, json!({"list": [1, 2, 3], "go": false}), &echo);
    assert!(succeeded(&trace), "{:?}", trace.lines);
    let calls: Vec<_> = trace
        .lines
        .iter()
        .filter(|line| line.starts_with("Call"))
        .map(|line| line.split(' ').nth(2).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(calls, ["each[0].call", "each[2].call"]);
}

#[test]
fn nested_loops_see_their_own_and_the_outer_item() {
    let flow = document(json!([
        {"id": "outer", "kind": "loop", "items": [[1, 2], [3]], "steps": [
            {"id": "inner", "kind": "loop", "items": "{{ loop.item }}", "steps": [
                {"id": "x", "kind": "set", "input": {"at": "{{ loop.parent.index }}/{{ loop.index }}={{ loop.item }}"}}]}]}
    ]));
    let trace = run_through(&flow, json!({}), &echo);
    assert!(succeeded(&trace), "{:?}", trace.lines);
    assert_eq!(trace.outputs["outer[0].inner[1].x"], json!({"at": "0/1=2"}));
    assert_eq!(trace.outputs["outer[1].inner[0].x"], json!({"at": "1/0=3"}));
}

#[test]
fn empty_and_absent_lists_are_gone_over_zero_times() {
    for items in [json!([]), Value::Null] {
        let flow = document(json!([
            {"id": "each", "kind": "loop", "items": "{{ trigger.list }}", "steps": [
                {"id": "x", "kind": "http", "input": {"url": "https://a.example"}}]},
            {"id": "after", "kind": "set", "input": {"n": "{{ steps.each.count }}"}}
        ]));
        let trace = run_through(&flow, json!({ "list": items }), &echo);
        assert!(succeeded(&trace), "{:?}", trace.lines);
        assert_eq!(trace.outputs["after"], json!({"n": 0}));
    }
}

#[test]
fn a_failed_step_fails_the_run_unless_it_says_to_go_on() {
    let steps = |on_error: &str| {
        document(json!([
            {"id": "call", "kind": "http", "on_error": on_error, "input": {"url": "https://a.example"}},
            {"id": "after", "kind": "set", "input": {"code": "{{ steps.call.error.code }}", "status": "{{ steps.call.status }}"}}
        ]))
    };
    let fails = |_: &str, _: &Value| {
        Err(StepFailure::new("HTTP_STATUS", "It answered 500.").with_output(json!({"status": 500})))
    };
    let trace = run_through(&steps("fail"), json!({}), &fails);
    assert!(matches!(&trace.end, Some(End::Failed(failure)) if failure.code == "HTTP_STATUS"));
    assert!(!trace.journal.contains_key("after"));
    let trace = run_through(&steps("continue"), json!({}), &fails);
    assert!(matches!(trace.end, Some(End::Succeeded)));
    assert_eq!(
        trace.outputs["after"],
        json!({"code": "HTTP_STATUS", "status": 500})
    );
}

#[test]
fn a_missing_value_fails_the_step_with_its_name() {
    let flow = document(json!([
        {"id": "call", "kind": "http", "input": {"url": "https://a.example/{{ trigger.who }}"}}
    ]));
    let trace = run_through(&flow, json!({}), &echo);
    let Some(End::Failed(failure)) = &trace.end else {
        panic!("{:?}", trace.lines);
    };
    assert_eq!(failure.code, "EXPRESSION_FAILED");
    assert!(
        failure.message.contains("trigger.who"),
        "{}",
        failure.message
    );
}

#[test]
fn an_output_of_the_item_before_is_not_seen() {
    let flow = document(json!([
        {"id": "each", "kind": "loop", "items": [true, false], "steps": [
            {"id": "maybe", "kind": "branch", "branches": [
                {"when": "{{ loop.item }}", "steps": [{"id": "inside", "kind": "set", "input": {"v": 1}}]}]},
            {"id": "look", "kind": "set", "input": {"there": "{{ steps.inside is defined }}"}}]}
    ]));
    let trace = run_through(&flow, json!({}), &echo);
    assert_eq!(trace.outputs["each[0].look"], json!({"there": true}));
    assert_eq!(trace.outputs["each[1].look"], json!({"there": false}));
}

#[test]
fn a_run_goes_through_a_bounded_number_of_steps() {
    let flow = document(json!([
        {"id": "a", "kind": "loop", "items": "{{ range(200) }}", "steps": [
            {"id": "b", "kind": "loop", "items": "{{ range(200) }}", "steps": [
                {"id": "c", "kind": "filter", "when": true}]}]}
    ]));
    let trace = run_through(&flow, json!({}), &echo);
    assert!(
        matches!(&trace.end, Some(End::Failed(failure)) if failure.code == "RUN_TOO_LONG"),
        "{:?}",
        trace.end
    );
}
