use patchbay_expr::{Engine, ExprErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{fails, scope};

#[test]
fn work_and_output_are_limited() {
    for source in [
        "{{ 'x' * 1000000000 }}",
        "{{ range(100000000) }}",
        "{{ range(1000000) | map('string') | join(range(1000000) | map('string') | join) }}",
        "{{ [[0] * 100000] * 100000 }}",
        "{{ '%1000000000d' | format(1) }}",
    ] {
        let error = fails(source);
        assert!(
            matches!(error.kind, ExprErrorKind::Limit | ExprErrorKind::Invalid),
            "{source}: {error:?}"
        );
    }
    let twice = "{{ 'x' * 8000000 }}".repeat(2);
    assert_eq!(fails(&twice).kind, ExprErrorKind::Limit);
    let many = json!(vec!["{{ 'x' * 8000000 }}"; 50]);
    let error = Engine::new().render_value(&many, &scope()).unwrap_err();
    assert_eq!(error.kind, ExprErrorKind::Limit);
}

#[test]
fn depth_is_limited() {
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    assert!(Engine::new().compile(&parens).is_err());
    let lists = format!("{{{{ {}1{} }}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(Engine::new().compile(&lists).is_err());
    let mut deep = Value::Null;
    for _ in 0..200 {
        deep = json!([deep]);
    }
    assert!(Engine::new().compile_value(&deep).is_err());
}

#[test]
fn nothing_of_the_machine_is_reachable() {
    for source in [
        "{{ include('x') }}",
        "{{ import('x') }}",
        "{{ self }}",
        "{{ env.HOME }}",
        "{{ ''.__class__ }}",
        "{{ steps.me.get('x') }}",
    ] {
        fails(source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_text_never_panics(source in ".{0,80}") {
        if let Ok(template) = Engine::new().compile(&source) {
            let _ = template.render(&scope());
        }
    }

    #[test]
    fn random_expressions_never_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "steps", ".", "me", "body", "items", "[", "]", "(", ")", "{", "}", "'a'", "'é'", "1", "-1", "0", "9223372036854775807",
            "1.5e308", "+", "-", "*", "/", "//", "%", "**", "~", "|", ":", ",", "upper", "first", "last", "length", "join", "split",
            "iso", "epoch", "date", "host", "path", "base64", "base64_decode", "from_json", "json", "default", "slice", "batch",
            "round", "int", "float", "sum", "sort", "map", "and", "or", "not", "in", "is", "defined", "if", "else", "==", "<", "range",
            "input", "tags", "now_epoch", "null", "true", "replace", "format", "'%s'", "add_seconds", "mime_header", "reverse", "zip",
        ]), 1..14)
    ) {
        let source = format!("{{{{ {} }}}}", words.join(" "));
        for engine in [Engine::new(), Engine::lenient()] {
            if let Ok(template) = engine.compile(&source) {
                let _ = template.render(&scope());
                let _ = template.render_str(&scope());
                let _ = template.is_true(&scope());
                let _ = template.references();
            }
        }
    }
}
