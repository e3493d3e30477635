use patchbay_expr::{Engine, ExprErrorKind};
use serde_json::json;

use crate::{fails, ok, scope};

#[test]
fn a_single_expression_keeps_its_type() {
    assert_eq!(ok("{{ steps.me.body.n }}"), json!(3));
    assert_eq!(ok("{{ steps.me.body.ratio }}"), json!(1.5));
    assert_eq!(ok("{{ steps.me.body.big }}"), json!(u64::MAX));
    assert_eq!(ok("{{ steps.me.body.ok }}"), json!(false));
    assert_eq!(ok("{{ steps.me.body.nothing }}"), json!(null));
    assert_eq!(ok("{{ steps.me.body.items }}"), json!([1, 2, {"id": "x"}]));
    assert_eq!(
        ok("{{ steps.me.body.n > 2 and not steps.me.body.ok }}"),
        json!(true)
    );
    assert_eq!(ok("{{ {'a': {'b': [1]}} }}"), json!({"a": {"b": [1]}}));
    assert_eq!(ok("{{ 7 / 2 }}"), json!(3.5));
}

#[test]
fn mixed_text_becomes_text() {
    assert_eq!(
        ok(
            "Hello {{ steps.me.body.name }}, n={{ steps.me.body.n }}{{ steps.me.body.nothing }} {{ input.tags }}"
        ),
        json!("Hello Ana, n=3 [\"a\",\"b\"]")
    );
    assert_eq!(ok(" {{ steps.me.body.n }}"), json!(" 3"));
    assert_eq!(
        ok("no expression, {% if %} {# x #} }}"),
        json!("no expression, {% if %} {# x #} }}")
    );
    assert_eq!(ok("{{ '{{' }}"), json!("{{"));
}

#[test]
fn json_trees_are_rendered_leaf_by_leaf() {
    let source = json!({"a": "{{ steps.me.body.n }}", "b": ["x {{ input.subject }}", 1, null], "{{ k }}": true});
    assert_eq!(
        Engine::new().render_value(&source, &scope()).unwrap(),
        json!({"a": 3, "b": ["x Hi", 1, null], "{{ k }}": true})
    );
}

#[test]
fn optional_places_are_left_out() {
    let source = json!({
        "subject": "{{ input.subject }}", "priority": "{{ input.priority }}",
        "requester": {"name": "{{ input.name }}", "email": "{{ input.email }}"},
        "list": ["{{ input.a }}", "{{ input.subject }}"], "fixed": {}, "none": null
    });
    let template = Engine::new().compile_value(&source).unwrap();
    assert_eq!(
        template.render_omitting(&scope()).unwrap(),
        Some(json!({"subject": "Hi", "list": ["Hi"], "fixed": {}, "none": null}))
    );
}

#[test]
fn missing_values_are_named_with_their_place() {
    let error = fails("line one\nHello {{ steps.me.body.nam }}");
    assert_eq!(error.kind, ExprErrorKind::Undefined);
    assert_eq!((error.line, error.column), (2, 7));
    assert_eq!(error.message, "{{ steps.me.body.nam }} has no value");
    assert_eq!(
        fails("{{ steps.you.body.name }}").kind,
        ExprErrorKind::Undefined
    );
    assert_eq!(fails("{{ nobody }}").kind, ExprErrorKind::Undefined);
    assert_eq!(fails("{{ nobody | upper }}").kind, ExprErrorKind::Undefined);
    assert_eq!(fails("{{ 'a' ~ nobody }}").kind, ExprErrorKind::Undefined);
    assert_eq!(fails("{{ [nobody] }}").kind, ExprErrorKind::Undefined);
    assert_eq!(fails("{{ nobody > 1 }}").kind, ExprErrorKind::Undefined);
}

#[test]
fn conditions_may_ask_for_missing_values() {
    assert_eq!(ok("{{ nobody is defined }}"), json!(false));
    assert_eq!(ok("{{ nobody or now_epoch }}"), json!(1_790_000_000));
    assert_eq!(ok("{{ steps.me.body.nam | default('x') }}"), json!("x"));
    assert_eq!(ok("{{ steps.me.body.nothing | default('x') }}"), json!("x"));
    assert_eq!(ok("{{ 'a' if nobody else 'b' }}"), json!("b"));
    let template = Engine::new().compile("{{ nobody }}").unwrap();
    assert!(!template.is_true(&scope()).unwrap());
}

#[test]
fn lenient_reads_missing_as_null() {
    let engine = Engine::lenient();
    let value = |s: &str| engine.compile(s).unwrap().render(&scope()).unwrap();
    assert_eq!(value("{{ a.b.c.d }}"), json!(null));
    assert_eq!(value("{{ [a.b] }}"), json!([null]));
    assert_eq!(value("{{ steps.me.body.name.first.x }}"), json!(null));
    assert_eq!(value("{{ steps.me.body.nothing.x.y }}"), json!(null));
    assert_eq!(value("{{ a.b == false }}"), json!(false));
}

#[test]
fn references_name_what_is_used() {
    let template = Engine::new()
        .compile(
            "{{ steps.me.body.name }} {{ input['x'] ~ loop.index }} {{ now_epoch }} {{ range(2) }}",
        )
        .unwrap();
    assert_eq!(
        template.references(),
        ["input", "loop.index", "steps.me.body.name"]
    );
}

#[test]
fn syntax_errors_have_line_and_column() {
    for (source, line, column) in [
        ("{{ a + }}", 1, 6),
        ("a\n b {{ x", 2, 4),
        ("é {{ a b }}", 1, 8),
        ("{{ }}", 1, 1),
        ("{{ 'open }}", 1, 1),
    ] {
        let Err(error) = Engine::new().compile(source) else {
            panic!("{source} compiled")
        };
        assert_eq!(error.kind, ExprErrorKind::Syntax, "{source}");
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{source}: {error}"
        );
    }
}

#[test]
fn unknown_filters_and_functions_are_refused() {
    assert!(fails("{{ 1 | nofilter }}").message.contains("nofilter"));
    assert!(fails("{{ debug() }}").message.contains("debug"));
}
