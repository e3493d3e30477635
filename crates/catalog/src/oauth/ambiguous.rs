//! Answers that say one thing twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Whether a JSON object names something twice with different values. Parsers differ in which of the two they take (RFC
/// 8259 §4), so a token read from such an answer may not be the one that the provider meant (S-39).
pub(super) fn is_ambiguous(body: &[u8]) -> bool {
    serde_json::from_slice::<Once>(body).is_err_and(|error| error.to_string().starts_with(TWICE))
}

const TWICE: &str = "named twice";

/// A JSON value in which nothing has two values.
struct Once(Json);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut all = Map::new();
        while let Some((name, Once(value))) = entries.next_entry::<String, _>()? {
            if all.get(&name).is_some_and(|before| *before != value) {
                return Err(A::Error::custom(TWICE));
            }
            all.insert(name, value);
        }
        Ok(Json::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::is_ambiguous;

    #[test]
    fn s39_what_has_two_values_is_ambiguous() {
        for body in [
            r#"{"access_token":"a","access_token":"b"}"#,
            r#"{"access_token":"a","\u0061ccess_token":"b"}"#,
            r#"{"data":[{"x":1,"x":{"y":2}}]}"#,
        ] {
            assert!(is_ambiguous(body.as_bytes()), "{body}");
        }
        for body in [
            r#"{"access_token":"a","access_token":"a","b":null,"c":[1,-1,1.5,true]}"#,
            r#"{"a":{"x":1},"b":{"x":2}}"#,
            "access_token=a&access_token=b",
            "",
            "{",
        ] {
            assert!(!is_ambiguous(body.as_bytes()), "{body}");
        }
    }
}
