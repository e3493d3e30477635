//! What an action, trigger or option list is given.

use std::fmt;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value as Json, json};

use crate::json_path;

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

    /// The input with the shapes that the schema asks for, where they are
    /// plainly meant: forms and templates give text, apps want numbers, truth
    /// values and lists. What does not fit stays as it is.
    pub fn fitted(&self, input: &Json) -> Json {
        fitted(&self.schema, input)
    }

    /// Checks an input, as [`InputSchema::fitted`] makes it.
    pub fn check(&self, input: &Json) -> Result<(), Vec<InputProblem>> {
        let input = &self.fitted(input);
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

fn fitted(schema: &Json, value: &Json) -> Json {
    let types: Vec<&str> = match &schema["type"] {
        Json::String(one) => vec![one],
        Json::Array(several) => several.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &str| types.contains(&name);
    match value {
        Json::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), fitted(&schema["properties"][name], value)))
            .collect(),
        Json::Array(items) => items.iter().map(|v| fitted(&schema["items"], v)).collect(),
        Json::Null => Json::Null,
        _ if types == ["array"] && value.as_str() != Some("") => {
            json!([fitted(&schema["items"], value)])
        }
        Json::String(text) if !is("string") => {
            let text = text.trim();
            let integer = text.parse::<i64>().ok().map(Json::from);
            let number = || {
                let number = text.parse().ok().and_then(serde_json::Number::from_f64);
                number.map(Json::Number)
            };
            match text {
                "true" | "false" if is("boolean") => (text == "true").into(),
                _ if is("integer") => integer.unwrap_or_else(|| value.clone()),
                _ if is("number") => integer.or_else(number).unwrap_or_else(|| value.clone()),
                _ => value.clone(),
            }
        }
        Json::Number(_) | Json::Bool(_) if types == ["string"] => {
            json_path::text(value).map_or_else(|| value.clone(), Json::from)
        }
        _ => value.clone(),
    }
}

impl fmt::Debug for InputSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schema.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plainly_meant_is_taken() {
        let schema = InputSchema::new(Some(json!({"type": "object", "properties": {
            "count": {"type": "integer"}, "price": {"type": "number"}, "on": {"type": "boolean"},
            "either": {"type": ["integer", "string"]}, "text": {"type": "string"}, "any": {},
            "ids": {"type": "array", "items": {"type": "integer"}},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "integer"}}}}
        }})));
        let given = json!({"count": " 7 ", "price": "1.5", "on": "false", "either": "7", "text": 7, "any": "7",
            "ids": ["1", 2, "x"], "rows": [{"at": "3"}], "more": "8"});
        let fitted = json!({"count": 7, "price": 1.5, "on": false, "either": "7", "text": "7", "any": "7",
            "ids": [1, 2, "x"], "rows": [{"at": 3}], "more": "8"});
        assert_eq!(schema.fitted(&given), fitted);
        assert_eq!(
            schema.fitted(&json!({"ids": "4", "count": "", "price": "NaN", "on": 1, "text": null})),
            json!({"ids": [4], "count": "", "price": "NaN", "on": 1, "text": null})
        );
        assert!(schema.check(&json!({"count": "7", "ids": "4"})).is_ok());
        assert!(schema.check(&json!({"count": "7.5"})).is_err());
        assert!(schema.check(&json!({"ids": ""})).is_err());
    }
}
