//! Dotted paths into JSON: `authed_user.access_token`, `accounts.0.id`.

use serde_json::Value as Json;

/// The value at `path`; null counts as missing.
pub(crate) fn find<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    // A name that itself holds dots wins over the path it looks like.
    if let Some(found) = value.get(path) {
        return (!found.is_null()).then_some(found);
    }
    let mut at = value;
    for part in path.split('.') {
        at = match at {
            Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(part)?,
        };
    }
    (!at.is_null()).then_some(at)
}

/// The first of the alternatives in `paths`, which have ` | ` between them.
pub(crate) fn find_any<'a>(value: &'a Json, paths: &str) -> Option<&'a Json> {
    paths.split(" | ").find_map(|path| find(value, path.trim()))
}

/// Whether alternatives are written right.
pub(crate) fn are_valid(paths: &str) -> bool {
    paths.split(" | ").all(|path| is_valid(path.trim()))
}

/// Whether `path` is written right.
pub(crate) fn is_valid(path: &str) -> bool {
    !path.is_empty()
        && path
            .split('.')
            .all(|part| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c == '{'))
}

/// A scalar as text.
pub(crate) fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
