//! The functions of the language beyond the engine's own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use data_encoding::{BASE64, BASE64URL_NOPAD, Encoding};
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::convert::{self, Budget, Missing};
use crate::dates;

/// Everything but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes everything but the unreserved characters of RFC 3986 §2.3.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub(crate) fn install(env: &mut Environment<'_>) {
    // They show the whole scope or matter to HTML only.
    env.remove_global("debug");
    env.remove_global("namespace");
    for name in ["safe", "escape", "e", "pprint", "tojson"] {
        env.remove_filter(name);
    }
    env.add_filter("host", host);
    env.add_filter("base64", |v: &Value| encode(&BASE64, v));
    env.add_filter("base64url", |v: &Value| encode(&BASE64URL_NOPAD, v));
    env.add_filter("base64_decode", base64_decode);
    env.add_filter("urlencode", urlencode);
    env.add_filter("path", path);
    env.add_filter("json", json);
    env.add_filter("from_json", from_json);
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("objects", objects);
    env.add_filter("one_line", one_line);
    env.add_filter("mime_header", mime_header);
    env.add_filter("iso", |v: &Value| {
        epoch_of(v).and_then(|s| dates::iso(s).ok_or_else(|| no_date(v)))
    });
    env.add_filter("epoch", epoch_of);
    env.add_filter("add_seconds", add_seconds);
    env.add_filter("date", date);
}

fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn text_of<'a>(value: &'a Value, filter: &str) -> Result<Cow<'a, str>, Error> {
    match value.kind() {
        ValueKind::String => Ok(Cow::Borrowed(value.as_str().unwrap_or_default())),
        ValueKind::Number | ValueKind::Bool => Ok(Cow::Owned(value.to_string())),
        kind => Err(invalid(format!("{filter} needs text, not {kind}"))),
    }
}

/// `host` or `host:port` of a URL, lower case, international names in ASCII.
fn host(value: &Value) -> Result<String, Error> {
    let text = text_of(value, "host")?;
    let url = Url::parse(text.trim()).map_err(|_| invalid("host needs an absolute URL"))?;
    let name = url
        .host_str()
        .filter(|h| !h.is_empty())
        .ok_or_else(|| invalid("host needs a URL with a host"))?;
    Ok(match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    })
}

fn encode(encoding: &Encoding, value: &Value) -> Result<String, Error> {
    if let Some(bytes) = value.as_bytes()
        && value.kind() == ValueKind::Bytes
    {
        return Ok(encoding.encode(bytes));
    }
    Ok(encoding.encode(text_of(value, "base64")?.as_bytes()))
}

/// Text of base64 or base64url, with or without padding.
fn base64_decode(value: &Value) -> Result<String, Error> {
    let text = text_of(value, "base64_decode")?;
    let plain: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != '=')
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let bytes = BASE64URL_NOPAD
        .decode(plain.as_bytes())
        .map_err(|_| invalid("the text is not base64"))?;
    String::from_utf8(bytes).map_err(|_| invalid("the decoded bytes are no text"))
}

/// Percent-encodes one value for a place in a URL.
fn urlencode(value: &Value) -> Result<Value, Error> {
    Ok(Value::from_safe_string(percent_encode(&text_of(
        value,
        "urlencode",
    )?)))
}

/// A piece of a URL path that may hold slashes, such as `owner/repository`.
/// Each segment is percent-encoded; `.` and `..` are refused, because they
/// would lead to another place on the host.
fn path(value: &Value) -> Result<Value, Error> {
    let text = text_of(value, "path")?;
    let mut out = Vec::new();
    for segment in text.split('/') {
        if segment == "." || segment == ".." {
            return Err(invalid("a path must not hold . or .. segments"));
        }
        out.push(percent_encode(segment));
    }
    Ok(Value::from_safe_string(out.join("/")))
}

fn json(value: &Value) -> Result<String, Error> {
    let json = convert::to_json(value, Missing::Refuse, &mut Budget::new())
        .map_err(|e| invalid(e.message))?;
    Ok(json.to_string())
}

fn from_json(value: &Value) -> Result<Value, Error> {
    let text = text_of(value, "from_json")?;
    let parsed: serde_json::Value =
        serde_json::from_str(&text).map_err(|_| invalid("the text is not JSON"))?;
    Ok(convert::from_json(&parsed))
}

/// The value, or `other` when it is missing or null. With `true` as a further
/// argument also when it is empty, zero or false.
fn default(value: &Value, other: Option<Value>, also_empty: Rest<Value>) -> Value {
    let also_empty = also_empty.first().is_some_and(Value::is_true);
    if value.is_undefined() || value.is_none() || (also_empty && !value.is_true()) {
        return other.unwrap_or_else(|| Value::from(""));
    }
    value.clone()
}

/// A map for each value of a list, with the value under a name; dots nest:
/// `["a@b.c"] | objects("emailAddress.address")`. Nothing stays nothing.
fn objects(value: &Value, name: &str) -> Result<Value, Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(Value::UNDEFINED);
    }
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(invalid(format!(
            "objects needs a list, not {}",
            value.kind()
        )));
    }
    let nested = |item: Value| {
        name.rsplit('.').fold(item, |inner, key| {
            Value::from(BTreeMap::from([(key.to_owned(), inner)]))
        })
    };
    Ok(value.try_iter()?.map(nested).collect())
}

/// Line breaks and other control characters become spaces, so that a value
/// cannot start a new header line.
fn one_line(value: &Value) -> Result<String, Error> {
    let text = text_of(value, "one_line")?;
    Ok(text
        .split(|c: char| c.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" "))
}

/// A value for a mail header: ASCII as it is, anything else as encoded words
/// of at most 75 characters (RFC 2047 §2).
fn mime_header(value: &Value) -> Result<String, Error> {
    let text = one_line(value)?;
    if text.is_ascii() {
        return Ok(text);
    }
    let mut words = Vec::new();
    let mut chunk = String::new();
    for c in text.chars() {
        // 45 bytes make 60 characters of base64; "=?UTF-8?B?" and "?=" add 12.
        if chunk.len() + c.len_utf8() > 45 {
            words.push(format!("=?UTF-8?B?{}?=", BASE64.encode(chunk.as_bytes())));
            chunk.clear();
        }
        chunk.push(c);
    }
    words.push(format!("=?UTF-8?B?{}?=", BASE64.encode(chunk.as_bytes())));
    Ok(words.join("\r\n "))
}

fn no_date(value: &Value) -> Error {
    invalid(format!(
        "a date needs RFC 3339 text or epoch seconds, not this {}",
        value.kind()
    ))
}

/// Epoch seconds of RFC 3339 text or of a number of seconds (as number or
/// text). Numbers of 100 000 000 000 and more are milliseconds.
fn epoch_of(value: &Value) -> Result<i64, Error> {
    let number = match value.kind() {
        ValueKind::Number => f64::try_from(value.clone()).ok(),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            if let Some(seconds) = dates::parse(text) {
                return Ok(seconds);
            }
            text.trim().parse::<f64>().ok()
        }
        _ => None,
    };
    match number {
        Some(n) if n.is_finite() && n.abs() >= 1e11 => Ok((n / 1000.0).floor() as i64),
        Some(n) if n.is_finite() => Ok(n.floor() as i64),
        _ => Err(no_date(value)),
    }
}

/// RFC 3339 text of the date so many seconds later (or earlier).
fn add_seconds(value: &Value, seconds: i64) -> Result<String, Error> {
    epoch_of(value)?
        .checked_add(seconds)
        .and_then(dates::iso)
        .ok_or_else(|| no_date(value))
}

/// The date as text by a pattern of `%Y %m %d %H %M %S %y %j`, UTC.
fn date(value: &Value, pattern: Option<String>) -> Result<String, Error> {
    dates::format(epoch_of(value)?, pattern.as_deref().unwrap_or("%Y-%m-%d"))
        .ok_or_else(|| invalid("date knows %Y %m %d %H %M %S %y %j and %%"))
}
