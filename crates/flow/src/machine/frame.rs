//! Where in the plan a run is.

use serde_json::{Value, json};

use super::size;
use crate::{
    limits,
    plan::{BlockIndex, StepIndex},
};

/// A list of steps being gone through.
pub(super) struct Frame {
    pub(super) block: BlockIndex,
    pub(super) next: usize,
    /// What paths of steps in here begin with.
    pub(super) prefix: String,
    /// Set when the list is the body of a loop.
    pub(super) looping: Option<Looping>,
}

/// A loop under way.
pub(super) struct Looping {
    pub(super) step: StepIndex,
    pub(super) path: String,
    pub(super) items: Vec<Value>,
    pub(super) index: usize,
    pub(super) input: Value,
    /// The output of the last step of the current item.
    pub(super) last_output: Value,
    results: Vec<Value>,
    results_bytes: usize,
}

impl Frame {
    pub(super) fn plain(block: BlockIndex, prefix: String) -> Self {
        Self {
            block,
            next: 0,
            prefix,
            looping: None,
        }
    }

    pub(super) fn looping(block: BlockIndex, looping: Looping) -> Self {
        Self {
            block,
            next: 0,
            prefix: String::new(),
            looping: Some(looping),
        }
    }
}

impl Looping {
    pub(super) fn new(step: StepIndex, path: String, items: Vec<Value>, input: Value) -> Self {
        Self {
            step,
            path,
            items,
            index: 0,
            input,
            last_output: Value::Null,
            results: Vec::new(),
            results_bytes: 0,
        }
    }

    /// Closes the current item. False when there is no further one.
    pub(super) fn item_done(&mut self) -> bool {
        if self.index >= self.items.len() {
            return false;
        }
        let result = std::mem::take(&mut self.last_output);
        self.results_bytes = self.results_bytes.saturating_add(size(&result) + 1);
        if self.results_bytes <= limits::OUTPUT_BYTES / 2 {
            self.results.push(result);
        }
        self.index += 1;
        self.index < self.items.len()
    }

    /// `{"count", "results"}`: the last output of each item. Results that together are larger than half a step's output
    /// may be are left out, and the output says so.
    pub(super) fn output(&self) -> Value {
        if self.results_bytes > limits::OUTPUT_BYTES / 2 {
            return json!({"count": self.items.len(), "resultsOmitted": true});
        }
        json!({"count": self.items.len(), "results": self.results})
    }
}
