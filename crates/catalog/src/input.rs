//! What an action, trigger or option list is given.

use std::fmt;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value as Json, json};

/// The JSON Schema of an `input`, compiled at first use.
pub struct InputSchema {
    schema: Json,
    compiled: OnceLock<Option<Validator>>,
}

/// What is wrong with one place of an input. Never quotes the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputProblem {
    /// Dotted path, such as `to` or `items.0.name`; empty for the whole input.
    pub path: String,
    /// One sentence.
    pub message: String,
}

impl InputSchema {
    pub(crate) fn new(schema: Option<Json>) -> Self {
        Self {
            schema: schema.unwrap_or_else(|| json!({"type": "object", "properties": {}})),
            compiled: OnceLock::new(),
        }
    }

    /// The schema as in the manifest; the builder draws the form from it.
    pub fn schema(&self) -> &Json {
        &self.schema
    }

    /// Checks an input.
    pub fn check(&self, input: &Json) -> Result<(), Vec<InputProblem>> {
        let validator = self
            .compiled
            .get_or_init(|| jsonschema::validator_for(&self.schema).ok());
        let Some(validator) = validator else {
            return Err(vec![InputProblem {
                path: String::new(),
                message: "The app's own description of this input is broken.".to_owned(),
            }]);
        };
        let problems: Vec<InputProblem> = validator
            .iter_errors(input)
            .map(|error| InputProblem {
                path: error
                    .instance_path()
                    .to_string()
                    .trim_start_matches('/')
                    .replace('/', "."),
                message: error.masked().to_string(),
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

impl fmt::Debug for InputSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schema.fmt(f)
    }
}
