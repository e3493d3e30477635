//! Joining the rooms into a server.

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use patchbay_catalog::Catalog;
use patchbay_connect::{Connector, ConnectorParts, InstalledClient};
use patchbay_egress::{AllowList, AllowListError, Egress, EgressPolicy, Roots};
use patchbay_gateway::Gateway;
use patchbay_runner::{Runner, RunnerParts};
use patchbay_server::{AppState, ServerConfig, sandbox, state::AppParts};
use patchbay_vault::Secret;
use tokio::net::TcpListener;
use url::Url;

use crate::{Misuse, cli::ServeArgs, commands, data::Opened};

/// The rooms of a running server.
pub(crate) struct Rooms {
    pub(crate) state: AppState,
    pub(crate) connector: Connector,
    pub(crate) runner: Runner,
}

/// Joins the rooms over opened data.
pub(crate) fn join(args: &ServeArgs, opened: &Opened, public_url: &Url) -> anyhow::Result<Rooms> {
    let base = public_url.as_str().trim_end_matches('/').to_owned();
    let catalog: Arc<Catalog> = Arc::new(commands::apps::load(&args.apps)?);
    let egress = egress(args)?;
    let access = opened.access(&base)?;
    let connector = Connector::new(ConnectorParts {
        store: opened.store.clone(),
        vault: Arc::clone(opened.vault()?),
        catalog: Arc::clone(&catalog),
        egress: egress.clone(),
        public_url: base.clone(),
        installed_clients: installed_clients(args),
    })?;
    let gateway = Gateway::new(
        connector.clone(),
        Arc::clone(&catalog),
        egress,
        opened.store.clone(),
    );
    let runner = Runner::new(RunnerParts {
        store: opened.store.clone(),
        catalog: Arc::clone(&catalog),
        access: access.clone(),
        connector: connector.clone(),
        gateway: gateway.clone(),
        public_url: base,
        workers: args.workers,
    });
    let state = AppState::new(AppParts {
        config: ServerConfig {
            public_url: public_url.clone(),
            behind_proxy: args.behind_proxy,
            loopback_only: args.listen.ip().is_loopback(),
            rate_limit_per_minute: args.rate_limit,
            metrics_token: args.metrics_token.clone(),
        },
        store: opened.store.clone(),
        catalog,
        access,
        connector: connector.clone(),
        gateway,
        runner: runner.clone(),
    });
    Ok(Rooms {
        state,
        connector,
        runner,
    })
}

/// The sandbox's OAuth client, so that its app can be connected at once.
fn installed_clients(args: &ServeArgs) -> HashMap<String, InstalledClient> {
    let client = args.sandbox.then(|| {
        let client = InstalledClient {
            id: sandbox::CLIENT_ID.to_owned(),
            secret: Secret::new(sandbox::CLIENT_SECRET),
        };
        (sandbox::OAUTH_APP.to_owned(), client)
    });
    client.into_iter().collect()
}

/// The way out, with the sandbox's address allowed when the sandbox is on.
fn egress(args: &ServeArgs) -> anyhow::Result<Egress> {
    let mut allow = args.egress_allow.clone();
    if args.sandbox {
        if !allow.trim().is_empty() {
            allow.push(',');
        }
        allow.push_str(sandbox::LISTEN);
    }
    let allow: AllowList = allow
        .parse()
        .map_err(|error: AllowListError| Misuse::new(error.to_string()))?;
    Egress::new(EgressPolicy {
        allow,
        roots: roots(args.extra_ca.as_deref())?,
        ..EgressPolicy::default()
    })
    .context("cannot set up TLS for outgoing calls")
}

/// The public certificate authorities, and those of a PEM file.
pub(crate) fn roots(path: Option<&Path>) -> anyhow::Result<Roots> {
    let Some(path) = path else {
        return Ok(Roots::default());
    };
    let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Roots::default()
        .with_pem(&pem)
        .with_context(|| format!("cannot use {}", path.display()))
}

/// The public URL: the one that was set, else the address that is listened on.
pub(crate) fn public_url(args: &ServeArgs, bound: SocketAddr) -> anyhow::Result<Url> {
    if let Some(url) = &args.public_url {
        let plain = matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.path() == "/";
        if !plain {
            return Err(Misuse::new(format!(
                "--public-url {url} must be https://host or http://host, with a port if needed and nothing behind it"
            )));
        }
        return Ok(url.clone());
    }
    let scheme = if args.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    Url::parse(&format!("{scheme}://{bound}")).context("the listening address makes no URL")
}

/// Listens on an address.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is something else listening there?"))
}

/// How long requests and runs in flight may take to end after a signal.
pub(crate) const GRACE: Duration = Duration::from_secs(25);
