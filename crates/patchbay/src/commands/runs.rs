//! `patchbay runs`: what a running server's flows did.

use std::process::ExitCode;

use serde_json::Value;

use crate::{
    cli::RunsCommand,
    print::{self, cell, plain},
    remote::Remote,
};

/// Carries out one of the commands.
pub(crate) async fn run(command: RunsCommand) -> anyhow::Result<ExitCode> {
    match command {
        RunsCommand::List {
            flow,
            status,
            limit,
            remote,
        } => {
            let status = status.map(|status| status.to_uppercase());
            let mut filters = Vec::new();
            filters.extend(flow.as_deref().map(|flow| ("flow", flow)));
            filters.extend(status.as_deref().map(|status| ("status", status)));
            let rows = Remote::new(&remote)?
                .list(&["runs"], &filters, limit)
                .await?;
            if remote.json {
                print::json(&rows.json());
                return Ok(ExitCode::SUCCESS);
            }
            list_print(&rows.data);
            if rows.more {
                eprintln!("There are more; --limit shows them.");
            }
        }
        RunsCommand::Show { run, remote } => {
            let run = Remote::new(&remote)?.get(&["runs", &run], &[]).await?;
            if remote.json {
                print::json(&run);
            } else {
                show(&run);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list_print(runs: &[Value]) {
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let mut row: Vec<String> = ["/id", "/flowName", "/triggerKind", "/status", "/created"]
                .iter()
                .map(|at| cell(run, at))
                .collect();
            row.push(duration(run));
            row.push(cell(run, "/error/message"));
            row
        })
        .collect();
    print::table(
        &[
            "ID", "FLOW", "TRIGGER", "STATUS", "CREATED", "TOOK", "ERROR",
        ],
        &rows,
    );
}

fn show(run: &Value) {
    let version = match run["version"].as_i64() {
        Some(version) => format!("version {version}"),
        None => "draft".to_owned(),
    };
    print::line(format!("Run:      {}", cell(run, "/id")));
    print::line(format!(
        "Flow:     {} ({}, {version})",
        plain(&cell(run, "/flowName")),
        cell(run, "/flow")
    ));
    print::line(format!("Status:   {}", cell(run, "/status")));
    print::line(format!("Trigger:  {}", cell(run, "/triggerKind")));
    print::line(format!("Created:  {}", cell(run, "/created")));
    print::line(format!("Started:  {}", cell(run, "/startedAt")));
    print::line(format!("Finished: {}", cell(run, "/finishedAt")));
    if run["error"].is_object() {
        print::line(format!("Error:    {}", plain(&cell(run, "/error/message"))));
    }
    let rows: Vec<Vec<String>> = run["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| {
            let mut row: Vec<String> = ["/path", "/kind", "/status", "/attempts"]
                .iter()
                .map(|at| cell(step, at))
                .collect();
            row.push(duration(step));
            row.push(cell(step, "/error/message"));
            row
        })
        .collect();
    if !rows.is_empty() {
        print::line("");
        print::table(
            &["STEP", "KIND", "STATUS", "ATTEMPTS", "TOOK", "ERROR"],
            &rows,
        );
    }
}

fn duration(of: &Value) -> String {
    match of["durationMs"].as_i64() {
        None => "-".to_owned(),
        Some(millis) if millis < 1000 => format!("{millis} ms"),
        Some(millis) => format!("{}.{:03} s", millis / 1000, millis % 1000),
    }
}
