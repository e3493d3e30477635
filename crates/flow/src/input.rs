//! What steps are given, read from their rendered input.

use patchbay_model::{FlowId, Timestamp};
use serde_json::{Map, Value};

use crate::{StepFailure, limits};

/// A request of an `http` step.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpInput {
    /// In capitals.
    pub method: String,
    /// Absolute, or below the connection's app.
    pub url: String,
    /// In the order given.
    pub headers: Vec<(String, String)>,
    /// Added to the URL's own query, in the order given.
    pub query: Vec<(String, String)>,
    /// Text as it is, any other value as JSON; none when null.
    pub body: Value,
    /// How long the app may take, in seconds.
    pub timeout_seconds: Option<u64>,
}

/// Fields of the input of an `http` step.
pub const HTTP_FIELDS: [&str; 6] = [
    "method",
    "url",
    "headers",
    "query",
    "body",
    "timeout_seconds",
];
/// Methods that an `http` step can use.
pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
/// Fields of the input of a `delay` step.
pub const DELAY_FIELDS: [&str; 5] = ["seconds", "minutes", "hours", "days", "until"];
/// Fields of the input of a `run_flow` step.
pub const RUN_FLOW_FIELDS: [&str; 3] = ["flow", "input", "wait"];
/// Fields of the input of a `respond` step.
pub const RESPOND_FIELDS: [&str; 3] = ["status", "headers", "body"];

/// How long a `delay` step waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// So many seconds.
    Seconds(u64),
    /// Until then.
    Until(Timestamp),
}

impl Delay {
    /// When it ends for a step that began at `start`.
    pub fn end(self, start: Timestamp) -> Timestamp {
        match self {
            Self::Seconds(seconds) => start.plus(std::time::Duration::from_secs(seconds)),
            Self::Until(at) => at,
        }
    }
}

/// Which flow a `run_flow` step runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFlowInput {
    /// The flow.
    pub flow: FlowId,
    /// What its trigger brings.
    pub input: Value,
    /// Whether the step waits for the run to end.
    pub wait: bool,
}

fn refuse(message: impl Into<String>) -> StepFailure {
    StepFailure::new("INPUT_INVALID", message)
}

fn object(value: &Value) -> Result<&Map<String, Value>, StepFailure> {
    value
        .as_object()
        .ok_or_else(|| refuse("input: it must be an object with fields."))
}

fn known(map: &Map<String, Value>, fields: &[&str]) -> Result<(), StepFailure> {
    match map.keys().find(|key| !fields.contains(&key.as_str())) {
        Some(key) => Err(refuse(format!(
            "input.{key}: there is no such field; use {}.",
            fields.join(", ")
        ))),
        None => Ok(()),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn pairs(value: Option<&Value>, field: &str) -> Result<Vec<(String, String)>, StepFailure> {
    let map = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => {
            return Err(refuse(format!(
                "input.{field}: it must be an object of names and values."
            )));
        }
    };
    let mut out = Vec::new();
    for (name, value) in map {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                for item in items {
                    let item = text(item).ok_or_else(|| odd_value(field, name))?;
                    out.push((name.clone(), item));
                }
            }
            one => out.push((
                name.clone(),
                text(one).ok_or_else(|| odd_value(field, name))?,
            )),
        }
    }
    Ok(out)
}

fn odd_value(field: &str, name: &str) -> StepFailure {
    refuse(format!(
        "input.{field}.{name}: it must be text, a number, true or false, or a list of these."
    ))
}

fn whole(map: &Map<String, Value>, field: &str) -> Result<Option<u64>, StepFailure> {
    let number = match map.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number
            .as_u64()
            .or_else(|| number.as_f64().filter(|f| *f >= 0.0).map(|f| f as u64)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    number
        .map(Some)
        .ok_or_else(|| refuse(format!("input.{field}: it must be a number, 0 or more.")))
}

impl HttpInput {
    /// Reads the input of an `http` step.
    pub fn read(value: &Value) -> Result<Self, StepFailure> {
        let map = object(value)?;
        known(map, &HTTP_FIELDS)?;
        let method = match map.get("method") {
            None | Some(Value::Null) => "GET".to_owned(),
            Some(Value::String(method)) => method.trim().to_ascii_uppercase(),
            Some(_) => String::new(),
        };
        if !METHODS.contains(&method.as_str()) {
            return Err(refuse(format!(
                "input.method: use one of {}.",
                METHODS.join(", ")
            )));
        }
        let url = match map.get("url") {
            Some(Value::String(url)) if !url.trim().is_empty() => url.trim().to_owned(),
            _ => return Err(refuse("input.url: give the address to call.")),
        };
        let timeout_seconds = whole(map, "timeout_seconds")?;
        if timeout_seconds.is_some_and(|seconds| !(1..=300).contains(&seconds)) {
            return Err(refuse("input.timeout_seconds: use 1 to 300 seconds."));
        }
        Ok(Self {
            method,
            url,
            headers: pairs(map.get("headers"), "headers")?,
            query: pairs(map.get("query"), "query")?,
            body: map.get("body").cloned().unwrap_or(Value::Null),
            timeout_seconds,
        })
    }

    /// Whether sending it twice does what sending it once does (RFC 9110 §9.2.2).
    pub fn idempotent(&self) -> bool {
        matches!(
            self.method.as_str(),
            "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE"
        )
    }
}

impl Delay {
    /// Reads the input of a `delay` step.
    pub fn read(value: &Value) -> Result<Self, StepFailure> {
        let map = object(value)?;
        known(map, &DELAY_FIELDS)?;
        if let Some(until) = map.get("until").filter(|until| !until.is_null()) {
            let at = until
                .as_str()
                .and_then(|text| text.trim().parse::<Timestamp>().ok())
                .ok_or_else(|| {
                    refuse("input.until: it must be a time such as 2026-11-23T10:00:00Z.")
                })?;
            return Ok(Self::Until(at));
        }
        let mut total: u64 = 0;
        let mut given = false;
        for (field, factor) in [
            ("seconds", 1),
            ("minutes", 60),
            ("hours", 3600),
            ("days", 86_400),
        ] {
            if let Some(number) = whole(map, field)? {
                given = true;
                total = total.saturating_add(number.saturating_mul(factor));
            }
        }
        if !given {
            return Err(refuse(format!(
                "input: say how long to wait with one of {}.",
                DELAY_FIELDS.join(", ")
            )));
        }
        if total > limits::DELAY_SECONDS {
            return Err(refuse("input: a delay can be a year long at most."));
        }
        Ok(Self::Seconds(total))
    }
}

impl RunFlowInput {
    /// Reads the input of a `run_flow` step.
    pub fn read(value: &Value) -> Result<Self, StepFailure> {
        let map = object(value)?;
        known(map, &RUN_FLOW_FIELDS)?;
        let flow = map
            .get("flow")
            .and_then(Value::as_str)
            .and_then(|id| id.trim().parse().ok())
            .ok_or_else(|| refuse("input.flow: choose the flow to run."))?;
        let wait = match map.get("wait") {
            None | Some(Value::Null) => true,
            Some(Value::Bool(wait)) => *wait,
            Some(_) => return Err(refuse("input.wait: it must be true or false.")),
        };
        Ok(Self {
            flow,
            input: map.get("input").cloned().unwrap_or(Value::Null),
            wait,
        })
    }
}

/// Reads the input of a `respond` step: `{"status", "headers", "body"}` with everything filled in.
pub fn respond_read(value: &Value) -> Result<Value, StepFailure> {
    let nothing = Map::new();
    let map = match value {
        Value::Null => &nothing,
        other => object(other)?,
    };
    known(map, &RESPOND_FIELDS)?;
    let status = whole(map, "status")?.unwrap_or(200);
    if !(200..=599).contains(&status) {
        return Err(refuse("input.status: it must be between 200 and 599."));
    }
    let mut headers = Map::new();
    for (name, value) in pairs(map.get("headers"), "headers")? {
        let plain = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b))
            && value.bytes().all(|b| b >= 0x20 && b != 0x7f);
        if !plain {
            return Err(refuse(format!(
                "input.headers.{name}: this cannot stand in a header."
            )));
        }
        headers.insert(name, Value::String(value));
    }
    Ok(serde_json::json!({
        "status": status,
        "headers": headers,
        "body": map.get("body").cloned().unwrap_or(Value::Null),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn http_input_is_read_with_defaults() {
        let input = HttpInput::read(&json!({"url": " /me ", "query": {"a": [1, 2], "b": null}}));
        let input = input.expect("valid input");
        assert_eq!((input.method.as_str(), input.url.as_str()), ("GET", "/me"));
        assert_eq!(
            input.query,
            [
                ("a".to_owned(), "1".to_owned()),
                ("a".to_owned(), "2".to_owned())
            ]
        );
        assert!(input.idempotent());
    }

    #[test]
    fn odd_http_inputs_are_refused_with_their_place() {
        for (odd, place) in [
            (json!({"url": "/a", "methd": "GET"}), "input.methd"),
            (json!({"url": "/a", "method": "BREW"}), "input.method"),
            (json!({"url": ""}), "input.url"),
            (
                json!({"url": "/a", "headers": {"x": {}}}),
                "input.headers.x",
            ),
            (
                json!({"url": "/a", "timeout_seconds": 0}),
                "input.timeout_seconds",
            ),
            (json!("text"), "input"),
        ] {
            let error = HttpInput::read(&odd).expect_err("refused");
            assert!(error.message.starts_with(place), "{}", error.message);
        }
    }

    #[test]
    fn delays_add_up() {
        assert_eq!(
            Delay::read(&json!({"minutes": 1, "seconds": "30"})),
            Ok(Delay::Seconds(90))
        );
        assert!(Delay::read(&json!({})).is_err());
        assert!(Delay::read(&json!({"days": 400})).is_err());
        assert!(Delay::read(&json!({"until": "tomorrow"})).is_err());
    }

    #[test]
    fn answers_are_filled_in_and_headers_checked() {
        assert_eq!(
            respond_read(&json!({"body": {"ok": true}})),
            Ok(json!({"status": 200, "headers": {}, "body": {"ok": true}}))
        );
        assert!(respond_read(&json!({"headers": {"x": "a\r\nset-cookie: b"}})).is_err());
        assert!(respond_read(&json!({"status": 99})).is_err());
    }
}
