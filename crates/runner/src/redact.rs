//! What of a step's input is kept: everything but what its author typed in as a credential.

use serde_json::{Map, Value};

/// Stands for what was taken out.
pub(crate) const REDACTED: &str = "***REDACTED***";

/// Whether a header or parameter of this name carries a credential. Its value is never stored.
fn secret_name(name: &str) -> bool {
    const WHOLE: [&str; 7] = [
        "authorization",
        "proxy-authorization",
        "cookie",
        "key",
        "sig",
        "signature",
        "code",
    ];
    const PARTS: [&str; 7] = [
        "token",
        "secret",
        "password",
        "passwd",
        "apikey",
        "credential",
        "session",
    ];
    let name = name.to_ascii_lowercase();
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    WHOLE.contains(&name.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// The input of an `http` step as it is kept: values of headers and parameters that carry credentials are taken out,
/// in the URL as well.
pub(crate) fn http_input(input: &Value) -> Value {
    let Value::Object(map) = input else {
        return input.clone();
    };
    let mut kept = map.clone();
    for field in ["headers", "query"] {
        if let Some(Value::Object(pairs)) = kept.get_mut(field) {
            pairs_redact(pairs);
        }
    }
    if let Some(Value::String(url)) = kept.get_mut("url") {
        *url = url_redact(url);
    }
    Value::Object(kept)
}

fn pairs_redact(pairs: &mut Map<String, Value>) {
    for (name, value) in pairs.iter_mut() {
        if secret_name(name) && !value.is_null() {
            *value = Value::String(REDACTED.to_owned());
        }
    }
}

fn url_redact(url: &str) -> String {
    let mut out = url.to_owned();
    if let Some(start) = out.find("://").map(|at| at + 3) {
        let end = out[start..]
            .find(['/', '?', '#'])
            .map_or(out.len(), |at| start + at);
        if let Some(at) = out[start..end].rfind('@') {
            out.replace_range(start..start + at, REDACTED);
        }
    }
    let Some((before, query)) = out.split_once('?') else {
        return out;
    };
    let (query, fragment) = query
        .split_once('#')
        .map_or((query, None), |(query, fragment)| (query, Some(fragment)));
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if secret_name(name) => format!("{name}={REDACTED}"),
            _ => pair.to_owned(),
        })
        .collect();
    let mut redacted = format!("{before}?{}", pairs.join("&"));
    if let Some(fragment) = fragment {
        redacted.push('#');
        redacted.push_str(fragment);
    }
    redacted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn s25_typed_in_credentials_are_not_kept() {
        let kept = http_input(&json!({
            "url": "https://ana:pw@a.example/x?api_key=k1&page=2#top",
            "headers": {"Authorization": "Bearer t", "X-Api-Key": "k2", "Accept": "*/*", "X-Auth-Token": "t"},
            "query": {"access_token": "t", "q": "word"},
            "body": {"text": "hello"}
        }));
        assert_eq!(
            kept,
            json!({
                "url": "https://***REDACTED***@a.example/x?api_key=***REDACTED***&page=2#top",
                "headers": {"Authorization": REDACTED, "X-Api-Key": REDACTED, "Accept": "*/*", "X-Auth-Token": REDACTED},
                "query": {"access_token": REDACTED, "q": "word"},
                "body": {"text": "hello"}
            })
        );
    }

    #[test]
    fn templates_of_relative_addresses_stay_readable() {
        assert_eq!(
            http_input(&json!({"url": "/users/me"})),
            json!({"url": "/users/me"})
        );
    }
}
