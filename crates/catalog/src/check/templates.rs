//! Whether templates can be read and use only names that are there.

use patchbay_expr::{Engine, ExprError};
use serde_json::Value as Json;

use super::Finding;
use super::uses::{self, Source, Use};
use crate::manifest::Manifest;

pub(super) fn check(manifest: &Manifest) -> Vec<Finding> {
    let mut settings: Vec<&str> = manifest.settings.iter().map(|s| s.name.as_str()).collect();
    for auth in &manifest.auth {
        settings.extend(auth.keeps().map(|(_, name, _)| name.as_str()));
    }
    let mut out = Vec::new();
    for used in uses::collect(manifest) {
        match references(&used.source) {
            Ok(names) => {
                for name in names {
                    if let Some(message) = complaint(&used, &name, &settings) {
                        out.push(Finding::new(used.path.clone(), message));
                    }
                }
            }
            Err((suffix, error)) => out.push(Finding::new(
                format!("{}{suffix}", used.path),
                format!("{error} (at character {} of it)", error.column),
            )),
        }
    }
    keep_names(manifest, &mut out);
    out
}

fn references(source: &Source<'_>) -> Result<Vec<String>, (String, ExprError)> {
    match source {
        Source::Text(text) => Engine::new()
            .compile(text)
            .map(|t| t.references())
            .map_err(|e| (String::new(), e)),
        Source::Probe(text) => Engine::lenient()
            .compile(text)
            .map(|t| t.references())
            .map_err(|e| (String::new(), e)),
        Source::Tree(tree) => match Engine::new().compile_value(tree.source()) {
            Ok(compiled) => Ok(compiled.references()),
            Err(error) => Err((bad_leaf(tree.source()).unwrap_or_default(), error)),
        },
    }
}

/// Path of the first string in a tree that cannot be read.
fn bad_leaf(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Engine::new().compile(text).err().map(|_| String::new()),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(i, item)| bad_leaf(item).map(|rest| format!("[{i}]{rest}"))),
        Json::Object(map) => map
            .iter()
            .find_map(|(key, item)| bad_leaf(item).map(|rest| format!(".{key}{rest}"))),
        _ => None,
    }
}

fn complaint(used: &Use<'_>, name: &str, settings: &[&str]) -> Option<String> {
    let (root, rest) = name.split_once('.').unwrap_or((name, ""));
    let member = rest.split('.').next().unwrap_or_default();
    if !used.roots.contains(&root) {
        if root == "credential" {
            return Some(
                "`credential` may be used in `attach` only: a secret in a URL or host would leak"
                    .to_owned(),
            );
        }
        return Some(format!(
            "`{root}` is not in scope here; there are {}",
            quoted(used.roots)
        ));
    }
    if member.is_empty() {
        return None;
    }
    match root {
        "settings" if !settings.contains(&member) => Some(format!(
            "`settings.{member}` is neither under `settings` nor kept while connecting"
        )),
        "credential"
            if !used.credential.is_empty() && !used.credential.iter().any(|f| f == member) =>
        {
            Some(format!(
                "`credential.{member}` is no field of this auth method; there are {}",
                quoted(&used.credential)
            ))
        }
        "input" => match &used.input {
            Some(known) if !known.iter().any(|p| p == member) => Some(format!(
                "`input.{member}` is not among the properties of `input`"
            )),
            _ => None,
        },
        "response" if !matches!(member, "status" | "headers" | "body") => Some(format!(
            "`response.{member}` does not exist; there are `status`, `headers` and `body`"
        )),
        "connection" if !matches!(member, "id" | "name" | "account") => Some(format!(
            "`connection.{member}` does not exist; there are `id`, `name` and `account`"
        )),
        "client" if member == "secret" && used.roots.contains(&"credential") => None,
        "client" if member != "id" => Some(format!(
            "`client.{member}` does not exist; there is `client.id`"
        )),
        _ => None,
    }
}

fn quoted<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    quoted.join(", ")
}

fn keep_names(manifest: &Manifest, out: &mut Vec<Finding>) {
    for (index, auth) in manifest.auth.iter().enumerate() {
        for (path, name, rule) in auth.keeps() {
            let at = format!("auth[{index}].{path}");
            if !super::rules::is_name(name) {
                out.push(Finding::new(&at, super::rules::NAME_RULE));
            }
            if manifest.settings.iter().any(|s| s.name == *name) {
                out.push(Finding::new(
                    &at,
                    format!(
                        "`{name}` is a setting the user gives already; keep it under another name"
                    ),
                ));
            }
            if rule.host_within().is_some_and(<[String]>::is_empty) {
                out.push(Finding::new(&at, "`host_within` needs at least one domain"));
            }
            if rule.host_within().is_some() && rule.pattern().is_some() {
                out.push(Finding::new(
                    &at,
                    "a host is held to `host_within`; leave `pattern` out",
                ));
            }
        }
    }
}
