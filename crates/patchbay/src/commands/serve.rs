//! `patchbay serve`: the server, from start to a graceful end.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use patchbay_server::{Front, listener, routes::operations, sandbox};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    cli::{Roles, ServeArgs},
    data::{self, VaultState},
    logging, wiring,
};

/// Serves until SIGTERM or SIGINT, then ends what is in flight.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let encrypted = args.tls_cert.is_some() || args.behind_proxy;
    if !args.listen.ip().is_loopback() && !encrypted {
        eprintln!(
            "patchbay: {} can be reached from other machines, so credentials need TLS: give --tls-cert and --tls-key, \
             or --behind-proxy when a proxy in front does it",
            args.listen
        );
        return Ok(ExitCode::from(2));
    }
    logging::install(&args.log, args.log_format)?;
    let stop = stop_on_signal()?;
    serve(&args, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Serves until `stop`.
pub(crate) async fn serve(args: &ServeArgs, stop: CancellationToken) -> anyhow::Result<()> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(listener::tls_acceptor(certificate, key)?),
        _ => None,
    };
    let opened = data::open(&args.data, args.database_connections).await?;
    let socket = wiring::listen(args.listen).await?;
    let bound = socket.local_addr().context("the listener has no address")?;
    let public_url = wiring::public_url(args, bound)?;

    if let VaultState::Sealed(reason) = &opened.vault {
        tracing::error!(
            reason,
            "the vault is sealed: nothing is served but health and readiness"
        );
        eprintln!("Patchbay is sealed. {reason}");
        let router = patchbay_server::sealed_router(reason);
        return Ok(listener::serve(socket, tls, router, stop, Duration::from_secs(1)).await?);
    }

    operations::metrics_install();
    let rooms = wiring::join(args, &opened, &public_url)?;
    let tasks = TaskTracker::new();
    if args.sandbox {
        sandbox_serve(&tasks, &stop, public_url.as_str()).await?;
    }
    if args.roles != Roles::Api {
        let connector = rooms.connector.clone();
        let until = stop.clone();
        tasks.spawn(async move { until.run_until_cancelled(connector.upkeep()).await });
        rooms.runner.start(&stop);
    }
    tasks.spawn(rooms.state.clone().housekeeping(stop.clone()));

    let front = if args.roles == Roles::Worker {
        Front::from(patchbay_server::worker_router(rooms.state.clone()))
    } else {
        Front::new(rooms.state.clone())
    };
    tracing::info!(listen = %bound, public_url = %public_url, "ready");
    println!(
        "Patchbay is ready: open {}",
        public_url.as_str().trim_end_matches('/')
    );
    listener::serve(socket, tls, front, stop, wiring::GRACE).await?;

    rooms.runner.drain(wiring::GRACE).await;
    rooms.connector.drain(wiring::GRACE).await;
    tasks.close();
    tasks.wait().await;
    opened.store.close().await?;
    drop(opened.lock);
    tracing::info!("ended after everything in flight");
    Ok(())
}

/// Serves the sandbox apps' provider beside.
async fn sandbox_serve(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    public_url: &str,
) -> anyhow::Result<()> {
    let address = sandbox::LISTEN.parse().context("the sandbox's address")?;
    let socket = wiring::listen(address)
        .await
        .context("the sandbox apps' provider cannot start; leave --sandbox out if another Patchbay serves it")?;
    let router = sandbox::router(public_url);
    let stop = stop.clone();
    tasks.spawn(async move {
        if let Err(error) =
            listener::serve(socket, None, router, stop, Duration::from_secs(1)).await
        {
            tracing::error!(%error, "the sandbox ended");
        }
    });
    Ok(())
}

/// Cancelled by SIGTERM or SIGINT; a second signal ends the process at once.
pub(crate) fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
    let stop = CancellationToken::new();
    let cancel = stop.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                tracing::info!("stopping; what is in flight is finished first");
                cancel.cancel();
            } else {
                std::process::exit(130);
            }
        }
    });
    Ok(stop)
}
