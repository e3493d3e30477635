//! Settings and inputs to show requests with.

use serde_json::{Map, Value as Json, json};

use super::marker::marked;
use crate::app::App;
use crate::auth::AuthMethod;
use crate::context::Settings;
use crate::form_check::FieldProblem;

/// The settings given, checked, and for the others the manifest's default, its example or a placeholder. Those that
/// connecting brings may be given as well.
pub(super) fn settings_sample(
    app: &App,
    method: &AuthMethod,
    given: &Settings,
) -> Result<Settings, Vec<FieldProblem>> {
    let mut asked = Map::new();
    let mut kept = Settings::new();
    for (name, value) in given {
        if method.kept.iter().any(|setting| setting.name == *name) {
            kept.insert(name.clone(), value.clone());
        } else {
            asked.insert(name.clone(), value.clone());
        }
    }
    for setting in app.settings_of(method) {
        let example = setting.default.as_ref().or(setting.example.as_ref());
        if let (None, Some(example)) = (asked.get(&setting.name), example) {
            asked.insert(setting.name.clone(), Json::from(example.clone()));
        }
    }
    let mut out = app.settings_check(method, &asked).or_else(|problems| {
        // What nobody gave and the manifest has no example for is shown as a placeholder.
        let own = |name: &str| given.contains_key(name);
        let wrong: Vec<FieldProblem> = problems.into_iter().filter(|p| own(&p.field)).collect();
        if wrong.is_empty() {
            Ok(asked.clone())
        } else {
            Err(wrong)
        }
    })?;
    for setting in &app.settings {
        out.entry(setting.name.clone()).or_insert_with(|| {
            let known = setting.default.as_ref().or(setting.example.as_ref());
            Json::from(known.cloned().unwrap_or_else(|| marked(&setting.name)))
        });
    }
    for setting in app.auth.iter().flat_map(|method| &method.kept) {
        out.entry(setting.name.clone()).or_insert_with(|| {
            let domain = setting.host_within.first();
            Json::from(
                domain.map_or_else(|| marked(&setting.name), |domain| format!("acme.{domain}")),
            )
        });
    }
    out.extend(kept);
    Ok(out)
}

/// An input with everything the schema requires.
pub(super) fn input_sample(schema: &Json) -> Json {
    sample(schema, |name, required| required.contains(&name))
}

/// What a form of the app may hold when a list is loaded.
pub(super) fn every_input(app: &App) -> Json {
    let mut out = Map::new();
    let actions = app.actions.values().map(|action| action.input.schema());
    let triggers = app.triggers.values().map(|trigger| trigger.input.schema());
    for schema in actions.chain(triggers) {
        if let Json::Object(fields) = sample(schema, |_, _| true) {
            out.extend(fields);
        }
    }
    Json::Object(out)
}

fn sample(schema: &Json, wanted: impl Fn(&str, &[&str]) -> bool) -> Json {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    Json::Object(
        properties
            .filter(|(name, _)| wanted(name, &required))
            .map(|(name, property)| (name.clone(), value(name, property)))
            .collect(),
    )
}

fn value(name: &str, property: &Json) -> Json {
    let known = [
        &property["default"],
        &property["enum"][0],
        &property["examples"][0],
    ];
    if let Some(known) = known.into_iter().find(|value| !value.is_null()) {
        return known.clone();
    }
    let kind = property["type"]
        .as_str()
        .or_else(|| property["type"][0].as_str());
    match (kind, property["format"].as_str()) {
        (Some("integer" | "number"), _) => property["minimum"].as_i64().unwrap_or(1).into(),
        (Some("boolean"), _) => true.into(),
        (Some("array"), _) => json!([value(name, &property["items"])]),
        (Some("object"), _) => input_sample(property),
        (_, Some("date")) => "2026-05-04".into(),
        (_, Some(format)) if format.starts_with("date") => "2026-05-04T10:00:00Z".into(),
        _ => marked(name).into(),
    }
}
