//! `patchbay apps`: look at the catalog, check manifests.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use patchbay_catalog::{Catalog, check_file, lacking};
use serde_json::json;

/// Lists the apps, best match first.
pub(crate) fn list(query: Option<&str>, apps: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let found = load(apps)?.search(query.unwrap_or_default(), None);
    if json {
        let rows: Vec<_> = found
            .iter()
            .map(|app| {
                json!({"slug": app.slug, "name": app.name, "category": app.category.as_str(),
                       "description": app.description})
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        let width = found.iter().map(|app| app.slug.len()).max().unwrap_or(0);
        for app in found {
            println!(
                "{:width$}  {:14}  {}",
                app.slug,
                app.category.as_str(),
                app.description
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows one app.
pub(crate) fn show(slug: &str, apps: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let catalog = load(apps)?;
    let Some(app) = catalog.get(slug) else {
        bail!("there is no app `{slug}`; patchbay apps list shows them all");
    };
    let methods: Vec<_> = app
        .auth
        .iter()
        .map(|method| json!({"id": method.id, "type": method.kind.type_name(), "title": method.title}))
        .collect();
    let hosts: Vec<_> = app.host_templates().collect();
    if json {
        let actions: Vec<_> = app
            .actions
            .values()
            .map(|action| json!({"key": action.key, "title": action.title, "input": action.input.schema()}))
            .collect();
        let document = json!({"slug": app.slug, "name": app.name, "category": app.category.as_str(),
            "description": app.description, "docsUrl": app.docs_url, "hosts": hosts, "authMethods": methods,
            "actions": actions});
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} ({})", app.name, app.slug);
    println!("{}", app.description);
    println!("\nHosts:    {}", hosts.join(", "));
    for method in &app.auth {
        println!("Connect:  {} ({})", method.title, method.id);
    }
    for action in app.actions.values() {
        println!("Action:   {} ({})", action.title, action.key);
    }
    for trigger in app.triggers.values() {
        println!("Trigger:  {} ({})", trigger.title, trigger.key);
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks manifests and prints every mistake with its place.
pub(crate) fn check(files: &[PathBuf], json: bool) -> ExitCode {
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    for file in files {
        match check_file(file) {
            Ok(app) => {
                let icon = format!("icons/{}.svg", app.slug);
                let has_icon = file
                    .parent()
                    .is_some_and(|place| place.join(icon).is_file());
                let lacking = lacking(&app, has_icon);
                if !json {
                    println!("{}: ok, {} ({})", file.display(), app.name, app.slug);
                    for note in &lacking {
                        println!("  for the catalog: {note}");
                    }
                }
                let file = file.display().to_string();
                notes.extend(
                    lacking
                        .into_iter()
                        .map(|note| json!({"file": file, "message": note})),
                );
            }
            Err(found) => problems.extend(found),
        }
    }
    if json {
        let rows: Vec<_> = problems
            .iter()
            .map(|problem| {
                json!({"file": problem.file, "line": problem.line, "column": problem.column, "message": problem.message})
            })
            .collect();
        println!(
            "{}",
            json!({"ok": rows.is_empty(), "problems": rows, "notes": notes})
        );
    } else {
        for problem in &problems {
            eprintln!("{problem}");
        }
    }
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The embedded catalog with the operator's own manifests on top.
pub(crate) fn load(directories: &[PathBuf]) -> anyhow::Result<Catalog> {
    if let Some(missing) = directories.iter().find(|directory| !directory.is_dir()) {
        bail!("{} is no directory with app manifests", missing.display());
    }
    Catalog::load(directories).context("the app manifests cannot be used")
}
