mod actions;
mod actions_1;
mod actions_2;
mod apps;
mod attach;
mod docs;
mod dry_run;
mod every_call;
mod fifty;
mod forms;
mod hosts;
mod many;
mod odd_answers_1;
mod odd_answers_2;
mod odd_answers_3;
mod odd_answers_4;
mod pages;
mod polls;
mod quirk_table;
mod quirks;
mod real_quirks;
mod schema;
mod search;
mod tokens;
mod validation;
mod validation_connect;

use std::sync::Arc;

use patchbay_catalog::{App, AuthMethod, Catalog, Settings};
use serde_json::Value;

fn app(slug: &str) -> Arc<App> {
    Catalog::embedded()
        .get(slug)
        .unwrap_or_else(|| panic!("no app {slug}"))
}

fn settings(value: Value) -> Settings {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no map"),
    }
}

/// Settings of an app as its own examples give them, with what its ways in
/// would learn while connecting.
fn sample_settings(app: &App) -> Settings {
    let mut out = Settings::new();
    for method in &app.auth {
        out.extend(method_settings(app, method));
    }
    out
}

/// The same for a connection made in one way: what others ask or learn is not there.
fn method_settings(app: &App, method: &AuthMethod) -> Settings {
    let mut out = Settings::new();
    for setting in app.settings_of(method) {
        let value = setting.default.clone().or(setting.example.clone());
        out.insert(setting.name.clone(), Value::from(value.unwrap_or_default()));
    }
    for kept in &method.kept {
        let value = match kept.host_within.first() {
            Some(domain) => format!("acme.my.{domain}"),
            None => format!("{}-1", kept.name),
        };
        out.insert(kept.name.clone(), Value::from(value));
    }
    out
}
