//! What a run knows of its trigger.

use patchbay_model::flow::Trigger;
use serde_json::{Map, Value, json};

/// Fields of a webhook's request.
const FIELDS: [&str; 4] = ["method", "headers", "query", "body"];

/// The trigger's data for a run that somebody starts by hand or as a test, from what they gave as its input.
///
/// A webhook flow sees a request: an input of nothing but `method`, `headers`, `query` and `body` is taken as one, and
/// anything else as its body. A flow that an app's event starts sees an item. Every other flow sees the input as it is.
pub fn trigger_data(trigger: &Trigger, input: &Value) -> Value {
    if let Trigger::App { .. } = trigger {
        return item_data(input.clone());
    }
    let Trigger::Webhook { .. } = trigger else {
        return match input {
            Value::Null => Value::Object(Map::new()),
            other => other.clone(),
        };
    };
    let mut request = json!({"method": "POST", "headers": {}, "query": {}, "body": null});
    let given = match input {
        Value::Object(map) if map.keys().all(|key| FIELDS.contains(&key.as_str())) => map.clone(),
        body => Map::from_iter([("body".to_owned(), body.clone())]),
    };
    if let Value::Object(fields) = &mut request {
        fields.extend(given);
    }
    request
}

/// What an item of an app brings: its fields; anything without fields stands as `item`.
pub fn item_data(item: Value) -> Value {
    match item {
        Value::Object(_) => item,
        Value::Null => Value::Object(Map::new()),
        other => json!({ "item": other }),
    }
}

/// The trigger as expressions see it: the data, and for flows that are given an input the whole of it as `trigger.input` too.
pub(crate) fn trigger_scope(kind: &str, data: &Value) -> Value {
    match data {
        Value::Object(map) if !matches!(kind, "webhook" | "app") && !map.contains_key("input") => {
            let mut with = map.clone();
            with.insert("input".to_owned(), data.clone());
            Value::Object(with)
        }
        Value::Object(_) => data.clone(),
        other if matches!(kind, "webhook" | "app") => other.clone(),
        other => json!({ "input": other }),
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::flow::WebhookRespond;

    use super::*;

    fn webhook() -> Trigger {
        Trigger::Webhook {
            respond: WebhookRespond::Immediately,
            auth: None,
            method: None,
        }
    }

    #[test]
    fn a_tested_webhook_takes_a_request_or_its_body() {
        assert_eq!(
            trigger_data(&webhook(), &json!({"body": {"n": 1}}))["body"],
            json!({"n": 1})
        );
        let of_body = trigger_data(&webhook(), &json!({"n": 1}));
        assert_eq!(of_body["body"], json!({"n": 1}));
        assert_eq!(of_body["method"], "POST");
    }

    #[test]
    fn an_item_is_seen_as_it_is() {
        let trigger: Trigger =
            serde_json::from_value(json!({"kind": "app", "app": "a", "trigger": "t"}))
                .expect("a trigger");
        let data = trigger_data(&trigger, &json!({"n": 1}));
        assert_eq!(trigger_scope("app", &data), json!({"n": 1}));
        assert_eq!(item_data(json!(["a", 2])), json!({"item": ["a", 2]}));
    }

    #[test]
    fn manual_input_is_seen_by_name_and_as_a_whole() {
        let data = trigger_data(&Trigger::Manual {}, &json!({"n": 1}));
        assert_eq!(
            trigger_scope("manual", &data),
            json!({"n": 1, "input": {"n": 1}})
        );
        assert_eq!(trigger_scope("manual", &json!(5)), json!({"input": 5}));
    }
}
