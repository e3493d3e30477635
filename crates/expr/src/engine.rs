use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value as Json;

use crate::convert::Missing;
use crate::error::ExprError;
use crate::filters;
use crate::limits;
use crate::scope::Scope;
use crate::template::Template;
use crate::value_template::ValueTemplate;

static STRICT: LazyLock<Environment<'static>> =
    LazyLock::new(|| environment(UndefinedBehavior::SemiStrict));
static LENIENT: LazyLock<Environment<'static>> =
    LazyLock::new(|| environment(UndefinedBehavior::Chainable));

fn environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(undefined);
    env.set_fuel(Some(limits::FUEL));
    // Positions of errors and the names of missing values are kept only then.
    env.set_debug(true);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    filters::install(&mut env);
    env
}

/// Compiles templates. Cheap to make and to copy.
#[derive(Debug, Clone, Copy)]
pub struct Engine {
    missing: Missing,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// For templates people write about data they know: a missing value in a
    /// result is an error that names it. `is defined`, `or`, `if` and
    /// `default` may ask for one.
    pub const fn new() -> Self {
        Self {
            missing: Missing::Refuse,
        }
    }

    /// For looking into foreign answers, where anything may be missing: every
    /// missing value reads as null, at any depth.
    pub const fn lenient() -> Self {
        Self {
            missing: Missing::Null,
        }
    }

    pub(crate) fn env(self) -> &'static Environment<'static> {
        match self.missing {
            Missing::Refuse => &STRICT,
            Missing::Null => &LENIENT,
        }
    }

    pub(crate) fn missing(self) -> Missing {
        self.missing
    }

    /// Reads a template. Errors carry line and column in `source`.
    pub fn compile(self, source: &str) -> Result<Template, ExprError> {
        Template::compile(self, source)
    }

    /// Reads every string of a JSON tree as a template. Keys are plain text.
    pub fn compile_value(self, source: &Json) -> Result<ValueTemplate, ExprError> {
        ValueTemplate::compile(self, source)
    }

    /// [`Engine::compile_value`] and [`ValueTemplate::render`] in one.
    pub fn render_value(self, source: &Json, scope: &Scope) -> Result<Json, ExprError> {
        self.compile_value(source)?.render(scope)
    }
}
