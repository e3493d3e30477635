//! The binary: configuration, commands, wiring.

mod cli;
mod commands;
mod config_file;
mod data;
mod logging;
mod misuse;
mod print;
mod remote;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::{
    cli::{AppsCommand, AuditCommand, Cli, Command, KeyCommand, KeysCommand, OwnerCommand},
    misuse::Misuse,
};

/// A request through a connection allocates some sixty times; the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything opens a socket: rustls takes the first provider installed in the process.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("patchbay: the TLS library could not be set up");
        return ExitCode::FAILURE;
    }
    let command = match config_file::apply(Cli::command(), std::env::args_os()) {
        Ok(command) => command,
        Err(error) => return misused(&error),
    };
    let cli = match command
        .try_get_matches()
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches))
    {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("cannot start")),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => commands::serve::run(*args).await,
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Owner(OwnerCommand::Create(args)) => commands::owner::create(args).await,
        Command::Key(KeyCommand::Create(args)) => commands::key::create(args).await,
        Command::Apps(AppsCommand::List { query, apps, json }) => {
            commands::apps::list(query.as_deref(), &apps, json)
        }
        Command::Apps(AppsCommand::Show { slug, apps, json }) => {
            commands::apps::show(&slug, &apps, json)
        }
        Command::Apps(AppsCommand::Check { files, json }) => {
            Ok(commands::apps::check(&files, json))
        }
        Command::Apps(AppsCommand::DryRun(args)) => commands::dry_run::run(&args),
        Command::Connections(command) => commands::connections::run(command).await,
        Command::Flows(command) => commands::flows::run(command).await,
        Command::Runs(command) => commands::runs::run(command).await,
        Command::Keys(KeysCommand::Status(args)) => commands::keys::status(args).await,
        Command::Keys(KeysCommand::Rotate(args)) => commands::keys::rotate(args).await,
        Command::Backup(args) => commands::backup::backup(args).await,
        Command::Restore(args) => commands::backup::restore(args).await,
        Command::Audit(AuditCommand::Verify(args)) => commands::audit::verify(args).await,
        Command::Doctor(args) => commands::doctor::run(*args).await,
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("patchbay: {error:#}");
    ExitCode::from(if error.is::<Misuse>() { 2 } else { 1 })
}

fn misused(error: &anyhow::Error) -> ExitCode {
    eprintln!("patchbay: {error:#}");
    ExitCode::from(2)
}
