//! `patchbay apps dry-run`: the requests an app makes, without making them.

use std::{path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use patchbay_catalog::{App, DryCall, DryRun, DryRunCalls, DryRunRequest, Settings, check_file};
use serde_json::{Value, json};

use crate::{
    Misuse,
    cli::DryRunArgs,
    commands::apps,
    print::{self, plain},
};

/// Prints the requests; fails when one of them cannot be made.
pub(crate) fn run(args: &DryRunArgs) -> anyhow::Result<ExitCode> {
    let app = app(args)?;
    let base = args.public_url.as_str().trim_end_matches('/');
    let settings = match json_read("--settings", args.settings.as_deref())? {
        None => Settings::new(),
        Some(Value::Object(map)) => map,
        Some(_) => {
            return Err(Misuse::new(
                "--settings must be a JSON object: {\"name\": \"value\"}",
            ));
        }
    };
    let wanted = DryRunRequest {
        method: args.method.as_deref(),
        calls: calls(args),
        settings,
        input: json_read("--input", args.input.as_deref())?,
        cursor: json_read("--cursor", args.cursor.as_deref())?,
        redirect_uri: format!("{base}/oauth/callback/{}", app.slug),
    };
    let runs = app.dry_run(&wanted)?;
    let good = runs
        .iter()
        .flat_map(|run| &run.calls)
        .all(|call| call.error.is_none());
    if args.json {
        print::json(
            &json!({"app": app.slug, "ok": good, "methods": runs.iter().map(run_json).collect::<Vec<_>>()}),
        );
    } else {
        print::line(format!(
            "{} ({}). Nothing is sent.",
            plain(&app.name),
            app.slug
        ));
        for run in &runs {
            run_print(run);
        }
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn calls(args: &DryRunArgs) -> DryRunCalls<'_> {
    match (&args.action, &args.options, &args.trigger) {
        (Some(key), _, _) => DryRunCalls::Action(key),
        (_, Some(name), _) => DryRunCalls::Options(name),
        (_, _, Some(key)) => DryRunCalls::Trigger(key),
        _ if args.all => DryRunCalls::All,
        _ => DryRunCalls::Connecting,
    }
}

/// An app of the catalog, or of a manifest that is being written.
fn app(args: &DryRunArgs) -> anyhow::Result<Arc<App>> {
    let path = Path::new(&args.app);
    if path.exists()
        || path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
    {
        return check_file(path).map(Arc::new).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the manifest has mistakes\n{}", lines.join("\n"))
        });
    }
    match apps::load(&args.apps)?.get(&args.app) {
        Some(app) => Ok(app),
        None => bail!(
            "there is no app `{}`, and no file of this name; patchbay apps list shows the apps",
            args.app
        ),
    }
}

fn json_read(flag: &str, text: Option<&str>) -> anyhow::Result<Option<Value>> {
    text.map(|text| serde_json::from_str(text).with_context(|| format!("{flag} is not JSON")))
        .transpose()
        .map_err(|error| Misuse::new(format!("{error:#}")))
}

fn run_json(run: &DryRun) -> Value {
    let calls: Vec<Value> = run
        .calls
        .iter()
        .map(|call| {
            json!({
                "name": call.name, "method": call.method, "url": call.url, "headers": call.headers,
                "body": call.body, "note": call.note, "error": call.error,
            })
        })
        .collect();
    json!({"id": run.method, "title": run.title, "hosts": run.hosts, "calls": calls})
}

fn run_print(run: &DryRun) {
    print::line(format!(
        "\n== {} ({}), credentials go to {} only",
        plain(&run.title),
        run.method,
        run.hosts.join(", ")
    ));
    for call in &run.calls {
        call_print(call);
    }
}

fn call_print(call: &DryCall) {
    let note = call
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    print::line(format!("\n-- {}{note}", call.name));
    if let Some(error) = &call.error {
        print::line(format!("cannot be made: {}", plain(error)));
        return;
    }
    if !call.url.is_empty() {
        print::line(format!("{} {}", call.method, call.url));
    }
    for (name, value) in &call.headers {
        print::line(format!("{name}: {value}"));
    }
    if let Some(body) = &call.body {
        let space = if call.url.is_empty() { "" } else { "\n" };
        print::line(format!("{space}{body}"));
    }
}
