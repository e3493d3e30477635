//! `patchbay demo`: everything to try Patchbay with, gone when it ends.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use patchbay_access::NewOwner;
use patchbay_connect::ConnectionCreate;
use patchbay_model::{Actor, Principal, ProjectId, Role, UserId};
use patchbay_runner::flows::NewFlowRequest;
use patchbay_server::sandbox;
use serde_json::json;

use crate::{
    cli::{Cli, Command, DemoArgs, ServeArgs},
    commands::serve,
    data, logging, wiring,
};

const EMAIL: &str = "demo@patchbay.example";
const PASSWORD: &str = "patchbay-demo";
const NAME: &str = "Demo";

/// Serves a throw-away workspace with the sandbox apps, a sample project and a sample flow.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        eprintln!("patchbay: the demo's password is public, so it listens on loopback only");
        return Ok(ExitCode::from(2));
    }
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let args = serve_args(&args, directory.path())?;
    logging::install("warn", args.log_format)?;
    let stop = serve::stop_on_signal()?;
    let (owner, project) = people(&args).await?;
    sample(&args, owner, project).await?;
    println!("Sign in as {EMAIL} with the password {PASSWORD}. Everything is gone when this ends.");
    serve::serve(&args, stop).await?;
    Ok(ExitCode::SUCCESS)
}

fn serve_args(args: &DemoArgs, directory: &std::path::Path) -> anyhow::Result<ServeArgs> {
    let listen = args.listen.to_string();
    let data = directory
        .to_str()
        .context("the temporary directory has an odd name")?;
    let line = [
        "patchbay",
        "serve",
        "--sandbox",
        "--listen",
        &listen,
        "--data",
        data,
    ];
    match Cli::try_parse_from(line)?.command {
        Command::Serve(args) => Ok(*args),
        _ => bail!("serve was read as another command"),
    }
}

async fn people(args: &ServeArgs) -> anyhow::Result<(UserId, ProjectId)> {
    let opened = data::open(&args.data, 2).await?;
    let owner = NewOwner {
        name: NAME.to_owned(),
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        project_name: Some("Sample project".to_owned()),
    };
    Ok(opened.access("")?.owner_create(owner).await?)
}

/// A connection to the sandbox and a flow that uses it.
async fn sample(args: &ServeArgs, owner: UserId, project: ProjectId) -> anyhow::Result<()> {
    let opened = data::open(&args.data, 2).await?;
    let rooms = wiring::join(args, &opened, &wiring::public_url(args, args.listen)?)?;
    let actor = Actor {
        principal: Principal::User {
            id: owner,
            name: NAME.to_owned(),
        },
        project,
        role: Role::Admin,
    };
    let mut value = serde_json::Map::new();
    value.insert("api_key".to_owned(), json!(sandbox::API_KEY));
    let connection = rooms
        .connector
        .connection_create(
            &actor,
            ConnectionCreate {
                name: "Sandbox contacts".to_owned(),
                app: "sandbox-key".to_owned(),
                kind: None,
                auth_method: Some("api_key".to_owned()),
                value,
                settings: serde_json::Map::new(),
                // Its provider starts with the server, in a moment.
                verify: false,
                visibility: None,
            },
        )
        .await?;
    let draft = serde_json::from_value(json!({
        "schema": 1,
        "trigger": {"kind": "webhook", "respond": "after_run"},
        "steps": [
            {"id": "contact", "name": "Create contact", "kind": "action", "app": "sandbox-key",
             "action": "create_contact", "connection": {"$connection": connection.id},
             "input": {"name": "{{ trigger.body.name }}", "email": "{{ trigger.body.email }}"}},
            {"id": "answer", "name": "Answer", "kind": "respond",
             "input": {"status": 201, "body": {"contact": "{{ steps.contact }}"}}}
        ]
    }))?;
    let flow = rooms
        .runner
        .flow_create(
            &actor,
            NewFlowRequest {
                name: "New lead to contacts".to_owned(),
                draft: Some(draft),
            },
        )
        .await?;
    rooms
        .runner
        .flow_publish(&actor, &flow.summary.head.id)
        .await?;
    Ok(())
}
