//! JSON in, JSON out.

use minijinja::value::{Value, ValueKind};
use serde_json::{Map, Number, Value as Json};

use crate::error::{ExprError, ExprErrorKind};
use crate::limits;

/// What to do with a value that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Refuse,
    Null,
}

pub(crate) fn from_json(json: &Json) -> Value {
    nested(json, 0)
}

fn nested(json: &Json, depth: usize) -> Value {
    if depth > limits::DEPTH {
        return Value::from(());
    }
    match json {
        Json::Null => Value::from(()),
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => n
            .as_i64()
            .map(Value::from)
            .or_else(|| n.as_u64().map(Value::from))
            .or_else(|| n.as_f64().map(Value::from))
            .unwrap_or_default(),
        Json::String(s) => Value::from(s.as_str()),
        Json::Array(items) => items.iter().map(|v| nested(v, depth + 1)).collect(),
        Json::Object(map) => Value::from_pairs(
            map.iter()
                .map(|(k, v)| (k.as_str().to_owned(), nested(v, depth + 1))),
        ),
    }
}

/// Counts down what a result may still weigh.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(limits::OUTPUT_BYTES)
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), ExprError> {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(ExprError::new(
                ExprErrorKind::Limit,
                format!(
                    "the result is larger than {} MiB",
                    limits::OUTPUT_BYTES / (1024 * 1024)
                ),
            )),
        }
    }
}

pub(crate) fn to_json(
    value: &Value,
    missing: Missing,
    budget: &mut Budget,
) -> Result<Json, ExprError> {
    convert(value, missing, budget, 0)
}

fn convert(
    value: &Value,
    missing: Missing,
    budget: &mut Budget,
    depth: usize,
) -> Result<Json, ExprError> {
    if depth > limits::DEPTH {
        return Err(ExprError::new(
            ExprErrorKind::Limit,
            format!("the result is nested more than {} levels", limits::DEPTH),
        ));
    }
    budget.take(8)?;
    match value.kind() {
        ValueKind::Undefined => match missing {
            Missing::Null => Ok(Json::Null),
            Missing::Refuse => Err(ExprError::new(
                ExprErrorKind::Undefined,
                "a value inside the result is not there",
            )),
        },
        ValueKind::None => Ok(Json::Null),
        ValueKind::Bool => Ok(Json::Bool(value.is_true())),
        ValueKind::Number => number(value),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            budget.take(text.len())?;
            Ok(Json::String(text.to_owned()))
        }
        ValueKind::Bytes => Err(invalid("bytes are no JSON value; use base64 on them")),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut out = Vec::new();
            for item in value.try_iter().map_err(|_| unreadable())?.checked() {
                out.push(convert(
                    &item.map_err(|_| unreadable())?,
                    missing,
                    budget,
                    depth + 1,
                )?);
            }
            Ok(Json::Array(out))
        }
        ValueKind::Map => {
            let mut out = Map::new();
            for key in value.try_iter().map_err(|_| unreadable())?.checked() {
                let key = key.map_err(|_| unreadable())?;
                let item = value.get_item(&key).map_err(|_| unreadable())?;
                let name = key.to_string();
                budget.take(name.len())?;
                out.insert(name, convert(&item, missing, budget, depth + 1)?);
            }
            Ok(Json::Object(out))
        }
        _ => Err(invalid("the result is a function, not a value")),
    }
}

fn number(value: &Value) -> Result<Json, ExprError> {
    if value.is_integer() {
        if let Ok(n) = i64::try_from(value.clone()) {
            return Ok(Json::from(n));
        }
        return u64::try_from(value.clone())
            .map(Json::from)
            .map_err(|_| invalid("the number is too large"));
    }
    f64::try_from(value.clone())
        .ok()
        .and_then(Number::from_f64)
        .map(Json::Number)
        .ok_or_else(|| invalid("the number is infinite or not a number"))
}

fn invalid(message: &str) -> ExprError {
    ExprError::new(ExprErrorKind::Invalid, message)
}

fn unreadable() -> ExprError {
    invalid("the result cannot be read to its end; it may need too much work")
}
