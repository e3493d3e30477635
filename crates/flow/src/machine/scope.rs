//! The names that expressions see while a run goes on.

use std::collections::HashMap;

use patchbay_expr::Scope;
use patchbay_model::Timestamp;
use serde_json::{Map, Value, json};

use super::{Facts, frame::Frame};
use crate::{references::Needs, trigger::trigger_scope};

/// The part that stays the same through a run, converted once.
pub(super) struct Scopes {
    base: Scope,
}

impl Scopes {
    pub(super) fn new(trigger_kind: &str, facts: &Facts) -> Self {
        let base = Scope::new()
            .with("trigger", &trigger_scope(trigger_kind, &facts.trigger))
            .with("run", &json!({"id": facts.run, "startedAt": facts.started}))
            .with("flow", &json!({"id": facts.flow, "name": facts.flow_name}));
        Self { base }
    }

    /// The scope at one place. Only outputs that the template needs are put in, since each costs a conversion.
    pub(super) fn at(
        &self,
        needs: &Needs,
        outputs: &HashMap<String, Value>,
        vars: &Map<String, Value>,
        stack: &[Frame],
        now: Timestamp,
    ) -> Scope {
        let steps: Map<String, Value> = outputs
            .iter()
            .filter(|(id, _)| needs.contains(id))
            .map(|(id, output)| (id.clone(), output.clone()))
            .collect();
        let mut scope = self.base.clone();
        scope.insert("steps", &Value::Object(steps));
        scope.insert("vars", &Value::Object(vars.clone()));
        let mut here = Value::Null;
        for looping in stack.iter().filter_map(|frame| frame.looping.as_ref()) {
            let item = looping.items.get(looping.index).cloned();
            here = json!({
                "item": item,
                "index": looping.index,
                "count": looping.items.len(),
                "parent": here,
            });
        }
        if !here.is_null() {
            scope.insert("loop", &here);
        }
        scope.with_now(now.seconds())
    }
}
