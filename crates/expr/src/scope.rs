use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Value};
use serde_json::Value as Json;

use crate::convert;
use crate::dates;

/// The names an expression can use, each with a JSON value.
///
/// Values are converted once, when inserted; clones share them. `now_epoch`
/// (seconds), `now_ms` (milliseconds) and `now_iso` are always there. Has no `Debug`, because the
/// gateway puts credentials in here.
#[derive(Clone, Default)]
pub struct Scope {
    inner: Arc<Names>,
}

#[derive(Clone, Default)]
pub(crate) struct Names {
    values: BTreeMap<String, Value>,
    now: Option<i64>,
}

/// Names that every scope has.
pub(crate) const BUILT_IN: [&str; 3] = ["now_epoch", "now_ms", "now_iso"];

impl Scope {
    /// A scope with the built-in names only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name or replaces its value. Values nested deeper than
    /// [`crate::limits::DEPTH`] are cut to null there.
    pub fn insert(&mut self, name: impl Into<String>, value: &Json) -> &mut Self {
        let names = Arc::make_mut(&mut self.inner);
        names.values.insert(name.into(), convert::from_json(value));
        self
    }

    /// [`Scope::insert`] for chains.
    pub fn with(mut self, name: impl Into<String>, value: &Json) -> Self {
        self.insert(name, value);
        self
    }

    /// Fixes `now_epoch`, `now_ms` and `now_iso` to this moment (epoch seconds), so that
    /// a step that is run again sees the same time.
    pub fn with_now(mut self, epoch_seconds: i64) -> Self {
        Arc::make_mut(&mut self.inner).now = Some(epoch_seconds);
        self
    }

    pub(crate) fn root(&self) -> Value {
        Value::from_dyn_object(Arc::clone(&self.inner))
    }
}

impl Names {
    fn now(&self) -> i64 {
        self.now.unwrap_or_else(dates::now)
    }
}

// The engine asks for Debug of every object; names are safe to show, values are not.
impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some(value) = self.values.get(key) {
            return Some(value.clone());
        }
        match key {
            "now_epoch" => Some(Value::from(self.now())),
            "now_ms" => Some(Value::from(self.now().saturating_mul(1000))),
            "now_iso" => dates::iso(self.now()).map(Value::from),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}
