mod filters;
mod hostile;
mod rendering;

use patchbay_expr::{Engine, ExprError, Scope};
use serde_json::{Value, json};

/// A scope with the kinds of data templates meet.
fn scope() -> Scope {
    Scope::new()
        .with(
            "steps",
            &json!({"me": {"status": 200, "body": {
                "name": "Ana", "n": 3, "ratio": 1.5, "big": 18_446_744_073_709_551_615_u64,
                "ok": false, "nothing": null, "items": [1, 2, {"id": "x"}], "empty": ""
            }}}),
        )
        .with("input", &json!({"subject": "Hi", "tags": ["a", "b"]}))
        .with_now(1_790_000_000)
}

fn render(source: &str) -> Result<Value, ExprError> {
    Engine::new().compile(source)?.render(&scope())
}

fn ok(source: &str) -> Value {
    render(source).unwrap_or_else(|e| panic!("{source}: {e}"))
}

fn fails(source: &str) -> ExprError {
    match render(source) {
        Ok(value) => panic!("{source} gave {value}"),
        Err(error) => error,
    }
}
