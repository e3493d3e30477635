//! A run that was cut off goes on as if it had not been.

use std::collections::HashMap;

use patchbay_flow::{Plan, StepFailure};
use patchbay_model::flow::FlowDocument;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::{document, run};

/// Documents as trees of kinds; ids are given by position afterwards.
fn steps(depth: u32) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"kind": "http", "input": {"url": "https://a.example/{{ trigger.n }}"}})),
        Just(
            json!({"kind": "http", "on_error": "continue", "input": {"url": "https://a.example"}})
        ),
        Just(json!({"kind": "set", "input": {"x": "{{ trigger.n }}"}})),
        Just(
            json!({"kind": "set", "input": {"x": "{{ trigger.missing }}"}, "on_error": "continue"})
        ),
        Just(json!({"kind": "delay", "input": {"seconds": 1}})),
        any::<bool>().prop_map(|when| json!({"kind": "filter", "when": when})),
        Just(json!({"kind": "filter", "when": "{{ trigger.n > 2 }}"})),
        Just(json!({"kind": "respond", "input": {"body": "{{ run.id }}"}})),
    ];
    let node = leaf.prop_recursive(depth, 24, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (list(), list()).prop_map(|(yes, no)| json!({
                "kind": "branch",
                "branches": [{"when": "{{ trigger.n % 2 == 0 }}", "steps": yes}],
                "otherwise": no
            })),
            (0..4_usize, list()).prop_map(|(n, body)| json!({
                "kind": "loop", "items": vec![1; n], "steps": body
            })),
        ]
    });
    prop::collection::vec(node, 1..5).prop_map(Value::from)
}

fn name(steps: &mut Value, next: &mut usize) {
    for step in steps.as_array_mut().into_iter().flatten() {
        step["id"] = json!(format!("s{next}"));
        *next += 1;
        if let Some(branches) = step.get_mut("branches") {
            name(&mut branches[0]["steps"], next);
        }
        for key in ["otherwise", "steps"] {
            if let Some(list) = step.get_mut(key) {
                name(list, next);
            }
        }
    }
}

fn flow(mut steps: Value) -> FlowDocument {
    name(&mut steps, &mut 0);
    document(steps)
}

/// Answers that depend on nothing but the path, failures among them.
fn answer(path: &str, input: &Value) -> Result<Value, StepFailure> {
    let sum: usize = path.bytes().map(usize::from).sum();
    if sum.is_multiple_of(7) {
        Err(StepFailure::new("HTTP_STATUS", "It answered 500."))
    } else {
        Ok(json!({"body": input, "sum": sum}))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_and_a_cut_one_goes_on_the_same(steps in steps(3), n in 0..6_i64, cut in 0..12_usize) {
        let plan = Arc::new(Plan::compile(&flow(steps)).unwrap_or_else(|p| panic!("{p:?}")));
        let trigger = json!({"n": n});
        let whole = run(&plan, trigger.clone(), HashMap::new(), usize::MAX, &answer);
        prop_assert!(whole.end.is_some());

        let first = run(&plan, trigger.clone(), HashMap::new(), cut, &answer);
        let second = run(&plan, trigger, first.journal.clone(), usize::MAX, &answer);
        if first.end.is_none() {
            prop_assert_eq!(&second.end, &whole.end);
            // The call that was cut off is made again; nothing before it is.
            let asked_again = first.lines.last().cloned();
            let again = second.lines.iter().find(|line| line.starts_with("Call")).cloned();
            prop_assert_eq!(asked_again, again);
            let mut calls: Vec<_> = first.lines[..first.lines.len() - 1].iter().chain(&second.lines)
                .filter(|line| line.starts_with("Call")).collect();
            calls.dedup();
            let all: Vec<_> = whole.lines.iter().filter(|line| line.starts_with("Call")).collect();
            prop_assert_eq!(calls, all);
        }
        // Both ways leave the same journal.
        for (path, past) in &whole.journal {
            let other = second.journal.get(path);
            prop_assert_eq!(other.map(|p| (&p.output, &p.status)), Some((&past.output, &past.status)), "{}", path);
        }
    }
}
