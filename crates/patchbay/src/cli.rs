//! The command line.

mod operations;
mod remote;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use patchbay_model::{KeyScope, ProjectId};
use url::Url;

pub(crate) use operations::{
    AuditArgs, AuditCommand, BackupArgs, DoctorArgs, KeysArgs, KeysCommand, RestoreArgs,
};
pub(crate) use remote::{ConnectionsCommand, FlowsCommand, RemoteArgs, RunsCommand};

/// Connects a team's apps once and lets every automation use those connections safely.
#[derive(Debug, Parser)]
#[command(
    name = "patchbay",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the dashboard and the API, refresh tokens, run flows.
    Serve(Box<ServeArgs>),
    /// The same on a throw-away directory, with the sandbox apps, a sample project and a sample flow.
    Demo(DemoArgs),
    /// The workspace's owner.
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// The app catalog.
    #[command(subcommand)]
    Apps(AppsCommand),
    /// Connections of a running server.
    #[command(subcommand)]
    Connections(ConnectionsCommand),
    /// Flows of a running server.
    #[command(subcommand)]
    Flows(FlowsCommand),
    /// Runs of a running server.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// The key-encryption key, which everything stored sealed depends on.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Copy the database into one file, also while a server runs on it.
    Backup(BackupArgs),
    /// Put a backup into a data directory, while no server runs on it.
    Restore(RestoreArgs),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look for what is wrong with this installation and say what to do.
    Doctor(Box<DoctorArgs>),
}

/// Where the data and the key are.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataArgs {
    /// Directory of the SQLite file and, unless --key-file says otherwise, the key.
    #[arg(
        long,
        value_name = "DIR",
        env = "PATCHBAY_DATA",
        default_value = "data"
    )]
    pub(crate) data: PathBuf,

    /// PostgreSQL to use in place of SQLite: postgres://user:password@host:port/database.
    #[arg(
        long,
        value_name = "URL",
        env = "PATCHBAY_DATABASE",
        hide_env_values = true
    )]
    pub(crate) database: Option<String>,

    /// The key file, when it is not in the data directory. Keep a copy of it: without it the credentials are lost.
    #[arg(long, value_name = "FILE", env = "PATCHBAY_KEY_FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// Which work this node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Roles {
    /// Everything.
    All,
    /// The dashboard and the API.
    Api,
    /// Flows and token refresh; health, readiness and metrics are served, nothing else.
    Worker,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything an operator can set. `docs/configuration.md` lists the same.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// A TOML file with these settings, named as the flags without dashes in front.
    #[arg(long, value_name = "FILE", env = "PATCHBAY_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Address to listen on. Beyond loopback it takes --tls-cert and --tls-key, or --behind-proxy.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "PATCHBAY_LISTEN",
        default_value = "127.0.0.1:8700"
    )]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Where people reach Patchbay; redirect URIs start with it. http://<listen> when left out.
    #[arg(long, value_name = "URL", env = "PATCHBAY_PUBLIC_URL")]
    pub(crate) public_url: Option<Url>,

    /// PEM file with the certificate chain; TLS 1.3 only.
    #[arg(
        long,
        value_name = "FILE",
        env = "PATCHBAY_TLS_CERT",
        requires = "tls_key"
    )]
    pub(crate) tls_cert: Option<PathBuf>,

    /// PEM file with the private key.
    #[arg(
        long,
        value_name = "FILE",
        env = "PATCHBAY_TLS_KEY",
        requires = "tls_cert"
    )]
    pub(crate) tls_key: Option<PathBuf>,

    /// A proxy in front ends TLS and sets X-Forwarded-For.
    #[arg(long, env = "PATCHBAY_BEHIND_PROXY")]
    pub(crate) behind_proxy: bool,

    /// Which work this node does.
    #[arg(long, value_enum, env = "PATCHBAY_ROLES", default_value = "all")]
    pub(crate) roles: Roles,

    /// Directory with app manifests of your own; may be given more than once.
    #[arg(long, value_name = "DIR", env = "PATCHBAY_APPS", value_delimiter = ':')]
    pub(crate) apps: Vec<PathBuf>,

    /// Also serve the sandbox apps' provider, on 127.0.0.1:8701.
    #[arg(long, env = "PATCHBAY_SANDBOX")]
    pub(crate) sandbox: bool,

    /// Private or loopback addresses that connections may reach, as exact host:port, separated by commas.
    #[arg(
        long,
        value_name = "HOST:PORT,…",
        env = "PATCHBAY_EGRESS_ALLOW",
        default_value = ""
    )]
    pub(crate) egress_allow: String,

    /// PEM file with certificate authorities to trust besides the public ones when calling apps.
    #[arg(long, value_name = "FILE", env = "PATCHBAY_EXTRA_CA")]
    pub(crate) extra_ca: Option<PathBuf>,

    /// Requests a minute that one API key, session or address may make.
    #[arg(
        long,
        value_name = "N",
        env = "PATCHBAY_RATE_LIMIT",
        default_value_t = 60_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(crate) rate_limit: u32,

    /// Token that GET /metrics asks for; without one it answers loopback callers only.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "PATCHBAY_METRICS_TOKEN",
        hide_env_values = true
    )]
    pub(crate) metrics_token: Option<String>,

    /// Runs carried out at once on this node.
    #[arg(
        long,
        value_name = "N",
        env = "PATCHBAY_WORKERS",
        default_value_t = 64,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..)
    )]
    pub(crate) workers: usize,

    /// Connections to PostgreSQL this node opens at most.
    #[arg(
        long,
        value_name = "N",
        env = "PATCHBAY_DATABASE_CONNECTIONS",
        default_value_t = 20
    )]
    pub(crate) database_connections: u32,

    /// What is logged, e.g. info or patchbay=debug.
    #[arg(
        long,
        value_name = "FILTER",
        env = "PATCHBAY_LOG",
        default_value = "info"
    )]
    pub(crate) log: String,

    /// How log lines look.
    #[arg(long, value_enum, env = "PATCHBAY_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OwnerCommand {
    /// Make the first owner and the first project. The password comes from PATCHBAY_OWNER_PASSWORD or the prompt.
    Create(OwnerCreateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OwnerCreateArgs {
    /// The owner's e-mail address.
    #[arg(long)]
    pub(crate) email: String,

    /// The owner's name.
    #[arg(long)]
    pub(crate) name: String,

    /// Name of the first project.
    #[arg(long, value_name = "NAME", default_value = "My project")]
    pub(crate) project_name: String,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Print JSON: {"user": {"id"}, "project": {"id"}}.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key of a project and print it, once.
    Create(KeyCreateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyCreateArgs {
    /// The project's id.
    #[arg(long)]
    pub(crate) project: ProjectId,

    /// What the key may do: read, write or admin.
    #[arg(long)]
    pub(crate) scope: KeyScope,

    /// What the key is for.
    #[arg(long)]
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Print JSON: {"id", "key"}.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppsCommand {
    /// List the apps of the catalog.
    List {
        /// Words to search for.
        query: Option<String>,
        /// Directory with app manifests of your own; may be given more than once.
        #[arg(long, value_name = "DIR")]
        apps: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one app.
    Show {
        /// Its slug, e.g. slack.
        slug: String,
        /// Directory with app manifests of your own; may be given more than once.
        #[arg(long, value_name = "DIR")]
        apps: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check manifests; mistakes are shown with line and column.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the exact requests an app makes, with ‹placeholders› for what is secret. Nothing is sent.
    ///
    /// Without --action, --options, --trigger or --all: those that connect (authorize URL, token request, refresh,
    /// revocation, second calls, verify), for each way to connect.
    DryRun(Box<DryRunArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct DryRunArgs {
    /// An app's slug, or a manifest file.
    #[arg(value_name = "SLUG|FILE")]
    pub(crate) app: String,

    /// Only this way to connect, e.g. oauth2 or api_key.
    #[arg(long, value_name = "ID")]
    pub(crate) method: Option<String>,

    /// The request of this action.
    #[arg(long, value_name = "KEY", group = "call")]
    pub(crate) action: Option<String>,

    /// The request of this drop-down's list.
    #[arg(long, value_name = "NAME", group = "call")]
    pub(crate) options: Option<String>,

    /// The poll of this trigger.
    #[arg(long, value_name = "KEY", group = "call")]
    pub(crate) trigger: Option<String>,

    /// Every request there is.
    #[arg(long, group = "call")]
    pub(crate) all: bool,

    /// What the action, list or trigger is given; placeholders for what is required when left out.
    #[arg(long, value_name = "JSON")]
    pub(crate) input: Option<String>,

    /// Settings of the connection, such as a subdomain; the manifest's examples when left out.
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,

    /// What the last poll remembered.
    #[arg(long, value_name = "JSON", requires = "trigger")]
    pub(crate) cursor: Option<String>,

    /// What the redirect URI begins with.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8700")]
    pub(crate) public_url: Url,

    /// Directory with app manifests of your own; may be given more than once.
    #[arg(long, value_name = "DIR")]
    pub(crate) apps: Vec<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
