//! A credential in the body of a request.

use serde_json::{Map, Value as Json};

use crate::error::RenderError;
use crate::manifest::AttachBodyFormat;
use crate::request::form_encode;

/// A body with a credential in it. No `Debug`.
pub struct BodyParts {
    /// The body.
    pub bytes: Vec<u8>,
    /// Its type, where it had none.
    pub content_type: Option<&'static str>,
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

pub(crate) fn joined(
    fields: &[(String, String)],
    format: AttachBodyFormat,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<BodyParts, RenderError> {
    let is_empty = body.iter().all(u8::is_ascii_whitespace);
    let kind = content_type.map(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    });
    let as_form = match kind.as_deref() {
        Some(FORM) => true,
        Some(kind) if kind == JSON || kind.ends_with("+json") => false,
        None if is_empty => format == AttachBodyFormat::Form,
        None => false,
        Some(_) => return Err(unfit()),
    };
    let bytes = match (as_form, is_empty) {
        (true, true) => form_encode(fields).into_bytes(),
        (true, false) => into_form(fields, body),
        (false, true) => Json::Object(object(fields)).to_string().into_bytes(),
        (false, false) => into_object(fields, body)?,
    };
    Ok(BodyParts {
        bytes,
        content_type: content_type
            .is_none()
            .then_some(if as_form { FORM } else { JSON }),
    })
}

fn unfit() -> RenderError {
    RenderError::BadValue {
        place: "the request body".to_owned(),
        what: "something other than a JSON object or a form, into which this app's key has to be put",
    }
}

fn object(fields: &[(String, String)]) -> Map<String, Json> {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), Json::from(value.clone())))
        .collect()
}

/// What the caller gave of the same name gives way; everything else stays byte for byte where it can.
fn into_form(fields: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let given: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let is_ours = |(name, _): &(String, String)| fields.iter().any(|(n, _)| n == name);
    let mut out = if given.iter().any(is_ours) {
        let kept: Vec<(String, String)> = given.into_iter().filter(|pair| !is_ours(pair)).collect();
        form_encode(&kept).into_bytes()
    } else {
        body.to_vec()
    };
    if !out.is_empty() {
        out.push(b'&');
    }
    out.extend(form_encode(fields).into_bytes());
    out
}

fn into_object(fields: &[(String, String)], body: &[u8]) -> Result<Vec<u8>, RenderError> {
    let mut given: Map<String, Json> = serde_json::from_slice(body).map_err(|_| unfit())?;
    let is_ours = |name: &String| fields.iter().any(|(n, _)| n == name);
    if given.is_empty() || given.keys().any(is_ours) {
        given.extend(object(fields));
        return Ok(Json::Object(given).to_string().into_bytes());
    }
    let own = Json::Object(object(fields)).to_string();
    let end = body
        .iter()
        .rposition(|byte| *byte == b'}')
        .ok_or_else(unfit)?;
    let mut out = body[..end].to_vec();
    out.push(b',');
    out.extend_from_slice(own.trim_start_matches('{').as_bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Vec<(String, String)> {
        vec![("apiKey".to_owned(), "k \"1&".to_owned())]
    }

    fn text(format: AttachBodyFormat, kind: Option<&str>, body: &str) -> Option<String> {
        let joined = joined(&key(), format, kind, body.as_bytes()).ok()?;
        String::from_utf8(joined.bytes).ok()
    }

    #[test]
    fn canny_and_uptimerobot_take_the_key_in_the_body() {
        use AttachBodyFormat::{Form, Json};
        for (format, kind, body, expected) in [
            (Json, None, "", r#"{"apiKey":"k \"1&"}"#),
            (Form, None, "", "apiKey=k+%221%26"),
            (
                Json,
                Some("application/json; charset=utf-8"),
                "{ \"n\": 1.50 }",
                r#"{ "n": 1.50 ,"apiKey":"k \"1&"}"#,
            ),
            (Json, Some(JSON), "{}", r#"{"apiKey":"k \"1&"}"#),
            (Json, Some(FORM), "a=1", "a=1&apiKey=k+%221%26"),
        ] {
            assert_eq!(
                text(format, kind, body).as_deref(),
                Some(expected),
                "{body}"
            );
        }
    }

    #[test]
    fn s07_a_callers_own_field_gives_way_and_what_is_no_object_is_refused() {
        let json = text(AttachBodyFormat::Json, None, r#"{"apiKey":"mine","a":1}"#);
        let read: Json = serde_json::from_str(&json.unwrap_or_default()).unwrap_or_default();
        assert_eq!(read, serde_json::json!({"apiKey": "k \"1&", "a": 1}));
        let form = text(
            AttachBodyFormat::Form,
            Some(FORM),
            "apiKey=mine&a=1&apiKey=x",
        );
        assert_eq!(form.as_deref(), Some("a=1&apiKey=k+%221%26"));
        for (kind, body) in [
            (Some(JSON), "[1]"),
            (Some(JSON), "{"),
            (Some("text/plain"), "{}"),
            (Some("multipart/form-data; boundary=x"), "--x--"),
            (None, "hello"),
        ] {
            assert_eq!(text(AttachBodyFormat::Json, kind, body), None, "{body}");
        }
    }
}
