//! `patchbay connections`: a running server's connections.

use std::process::ExitCode;

use anyhow::bail;
use serde_json::{Value, json};

use crate::{
    cli::ConnectionsCommand,
    print::{self, cell, plain},
    remote::Remote,
};

/// Carries out one of the commands.
pub(crate) async fn run(command: ConnectionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConnectionsCommand::List {
            query,
            status,
            app,
            unused,
            expiring_within,
            limit,
            remote,
        } => {
            let status = status.join(",").to_uppercase();
            let mut filters = vec![("status", status.as_str())];
            filters.extend(query.as_deref().map(|words| ("q", words)));
            filters.extend(app.as_deref().map(|slugs| ("app", slugs)));
            filters.extend(unused.then_some(("unused", "true")));
            filters.extend(
                expiring_within
                    .as_deref()
                    .map(|time| ("expiring_within", time)),
            );
            let rows = Remote::new(&remote)?
                .list(&["connections"], &filters, limit)
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
        ConnectionsCommand::Check {
            connections,
            remote,
        } => check(&Remote::new(&remote)?, &connections, remote.json).await,
        ConnectionsCommand::Usage { connection, remote } => {
            usage(&Remote::new(&remote)?, &connection, remote.json).await
        }
    }
}

fn list_print(connections: &[Value]) {
    let rows: Vec<Vec<String>> = connections
        .iter()
        .map(|connection| {
            [
                "/id",
                "/name",
                "/app",
                "/status",
                "/account/label",
                "/flowCount",
                "/lastUsedAt",
            ]
            .iter()
            .map(|at| cell(connection, at))
            .collect()
        })
        .collect();
    print::table(
        &[
            "ID",
            "NAME",
            "APP",
            "STATUS",
            "ACCOUNT",
            "FLOWS",
            "LAST USED",
        ],
        &rows,
    );
}

/// Checks each, also after one that is broken or not there.
async fn check(remote: &Remote, wanted: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let mut checked = Vec::new();
    let mut good = true;
    for name in wanted {
        let id = id(remote, name).await?;
        let connection = remote.post(&["connections", &id, "check"], None).await?;
        good &= connection["status"] == "ACTIVE";
        if !json {
            let mut reason = String::new();
            for at in ["statusReasonText", "providerError"] {
                if let Some(text) = connection[at].as_str() {
                    reason.push_str(": ");
                    reason.push_str(&plain(text));
                }
            }
            print::line(format!(
                "{}  {}  {}{reason}",
                id,
                cell(&connection, "/status"),
                plain(&cell(&connection, "/name"))
            ));
        }
        checked.push(connection);
    }
    if json {
        print::json(&json!({"ok": good, "data": checked}));
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn usage(remote: &Remote, name: &str, json: bool) -> anyhow::Result<ExitCode> {
    let id = id(remote, name).await?;
    let usage = remote.get(&["connections", &id, "usage"], &[]).await?;
    if json {
        print::json(&usage);
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = usage["flows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|flow| {
            let steps: Vec<&str> = flow["steps"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|step| step["name"].as_str().or(step["id"].as_str()))
                .collect();
            let mut row: Vec<String> = ["/id", "/name", "/status", "/version"]
                .iter()
                .map(|at| cell(flow, at))
                .collect();
            row.push(steps.join(", "));
            row
        })
        .collect();
    if rows.is_empty() {
        print::line("No flow uses this connection.");
    } else {
        print::table(&["FLOW", "NAME", "STATUS", "VERSION", "STEPS"], &rows);
    }
    let held = usage["heldRuns"].as_i64().unwrap_or(0);
    if held > 0 {
        print::line(format!("{held} runs wait for this connection."));
    }
    Ok(ExitCode::SUCCESS)
}

/// The id of a connection given by id or by its name, which is unique in the project whatever its case.
async fn id(remote: &Remote, name: &str) -> anyhow::Result<String> {
    if name.starts_with("conn_") {
        return Ok(name.to_owned());
    }
    let found = remote.list(&["connections"], &[("q", name)], 1000).await?;
    let same = |connection: &&Value| {
        connection["name"]
            .as_str()
            .is_some_and(|other| other.to_lowercase() == name.to_lowercase())
    };
    match found.data.iter().find(same).map(|one| &one["id"]) {
        Some(Value::String(id)) => Ok(id.clone()),
        _ => bail!(
            "no connection of the key's project has the name {name}; patchbay connections list shows them"
        ),
    }
}
