//! `patchbay flows`: a running server's flows, out of it and into it.

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::{
    Misuse,
    cli::{FlowsCommand, RemoteArgs},
    print::{self, cell, plain},
    remote::Remote,
};

/// Carries out one of the commands.
pub(crate) async fn run(command: FlowsCommand) -> anyhow::Result<ExitCode> {
    match command {
        FlowsCommand::List {
            query,
            status,
            limit,
            remote,
        } => {
            let status = status.map(|status| status.to_uppercase());
            let mut filters = Vec::new();
            filters.extend(query.as_deref().map(|words| ("q", words)));
            filters.extend(status.as_deref().map(|status| ("status", status)));
            let rows = Remote::new(&remote)?
                .list(&["flows"], &filters, limit)
                .await?;
            if remote.json {
                print::json(&rows.json());
                return Ok(ExitCode::SUCCESS);
            }
            list_print(&rows.data);
            if rows.more {
                eprintln!("There are more; --limit shows them.");
            }
            Ok(ExitCode::SUCCESS)
        }
        FlowsCommand::Export {
            flow,
            output,
            remote,
        } => export(&flow, output, &remote).await,
        FlowsCommand::Import {
            file,
            into,
            name,
            connections,
            remote,
        } => {
            let document = document_read(&file, name, &connections)?;
            import(document, into.as_deref(), &remote).await
        }
    }
}

fn list_print(flows: &[Value]) {
    let rows: Vec<Vec<String>> = flows
        .iter()
        .map(|flow| {
            [
                "/id",
                "/name",
                "/status",
                "/trigger/kind",
                "/publishedVersion",
                "/lastRun/status",
                "/updated",
            ]
            .iter()
            .map(|at| cell(flow, at))
            .collect()
        })
        .collect();
    print::table(
        &[
            "ID", "NAME", "STATUS", "TRIGGER", "VERSION", "LAST RUN", "UPDATED",
        ],
        &rows,
    );
}

async fn export(
    flow: &str,
    output: Option<PathBuf>,
    args: &RemoteArgs,
) -> anyhow::Result<ExitCode> {
    let flow = Remote::new(args)?.get(&["flows", flow], &[]).await?;
    let document = json!({"name": flow["name"], "draft": flow["draft"]});
    let Some(path) = output else {
        print::json(&document);
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::write(&path, format!("{document:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    if args.json {
        print::json(&json!({"id": flow["id"], "file": path}));
    } else {
        print::line(format!(
            "{} is in {}.",
            plain(&cell(&flow, "/name")),
            path.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    document: Value,
    into: Option<&str>,
    args: &RemoteArgs,
) -> anyhow::Result<ExitCode> {
    let remote = Remote::new(args)?;
    let flow = match into {
        Some(flow) => remote.put(&["flows", flow], &document).await?,
        None => remote.post(&["flows"], Some(&document)).await?,
    };
    if args.json {
        print::json(&flow);
        return Ok(ExitCode::SUCCESS);
    }
    let what = match into {
        Some(_) => "The draft was replaced",
        None => "The flow was made, not published yet",
    };
    print::line(format!(
        "{what}: {}  {}",
        cell(&flow, "/id"),
        plain(&cell(&flow, "/name"))
    ));
    for problem in flow["problems"].as_array().into_iter().flatten() {
        let place = problem["step"].as_str().unwrap_or("trigger");
        print::line(format!(
            "  {}: {}",
            plain(place),
            plain(&cell(problem, "/message"))
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads what `export` wrote, with connections and the name exchanged.
fn document_read(
    file: &Path,
    name: Option<String>,
    connections: &[String],
) -> anyhow::Result<Value> {
    let mut exchanges = HashMap::new();
    for exchange in connections {
        let (old, new) = exchange.split_once('=').ok_or_else(|| {
            Misuse::new(format!(
                "--connection {exchange}: write OLD=NEW, two connection ids"
            ))
        })?;
        exchanges.insert(old, new);
    }
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let mut document: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    if !document.is_object() || !document["draft"].is_object() {
        bail!(
            "{} is no exported flow: it must be an object with name and draft, as patchbay flows export writes it",
            file.display()
        );
    }
    if let Some(name) = name {
        document["name"] = Value::String(name);
    }
    let mut used = Vec::new();
    exchange(&mut document["draft"], &exchanges, &mut used);
    if let Some(unused) = exchanges.keys().find(|old| !used.contains(*old)) {
        bail!("{} names no connection {unused}", file.display());
    }
    Ok(document)
}

/// Puts other connections in place, wherever a step names one.
fn exchange<'a>(value: &mut Value, exchanges: &HashMap<&'a str, &str>, used: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => {
            for item in items {
                exchange(item, exchanges, used);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let named = field.as_str().and_then(|id| exchanges.get_key_value(id));
                match named {
                    Some((old, new)) if key == "$connection" => {
                        used.push(old);
                        *field = Value::String((*new).to_owned());
                    }
                    _ => exchange(field, exchanges, used),
                }
            }
        }
        _ => {}
    }
}
