//! Commands that speak to a running server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which server; its API key comes from the environment.
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoteArgs {
    /// The running server to ask. The API key comes from PATCHBAY_KEY.
    #[arg(
        long,
        value_name = "URL",
        env = "PATCHBAY_SERVER",
        default_value = "http://127.0.0.1:8700"
    )]
    pub(crate) server: String,

    /// PEM file with certificate authorities to trust besides the public ones.
    #[arg(long, value_name = "FILE", env = "PATCHBAY_EXTRA_CA")]
    pub(crate) extra_ca: Option<PathBuf>,

    /// Print JSON, as the API answers it.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    /// List the connections of the key's project.
    List {
        /// Words in the name or the account.
        query: Option<String>,
        /// Only with this status; several with commas.
        #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = ["active", "expired", "error", "revoked"])]
        status: Vec<String>,
        /// Only of these apps, by slug; several with commas.
        #[arg(long, value_name = "SLUG")]
        app: Option<String>,
        /// Only those that no flow uses.
        #[arg(long)]
        unused: bool,
        /// Only those that expire within this time, e.g. 7d or 12h.
        #[arg(long, value_name = "TIME")]
        expiring_within: Option<String>,
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Ask the apps whether they still accept the credentials; fails when one does not.
    Check {
        /// Ids or names.
        #[arg(required = true, value_name = "CONNECTION")]
        connections: Vec<String>,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Show which flows and steps use a connection.
    Usage {
        /// Its id or name.
        connection: String,
        #[command(flatten)]
        remote: RemoteArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FlowsCommand {
    /// List the flows of the key's project.
    List {
        /// Words in the name.
        query: Option<String>,
        /// Only with this status.
        #[arg(long, value_name = "STATUS", value_parser = ["active", "inactive"])]
        status: Option<String>,
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Print a flow's name and draft, as import takes them. It names connections by id and holds no credential.
    Export {
        /// The flow's id.
        flow: String,
        /// Write to this file rather than to standard output.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Make a flow of an exported file. It is a draft: publish it when its connections are right.
    Import {
        /// The file, or - for standard input.
        file: PathBuf,
        /// Replace the draft of this flow rather than make a new one.
        #[arg(long, value_name = "FLOW")]
        into: Option<String>,
        /// Another name than the file's.
        #[arg(long)]
        name: Option<String>,
        /// Put another connection in place of one that the file names; may be given more than once.
        #[arg(long = "connection", value_name = "OLD=NEW")]
        connections: Vec<String>,
        #[command(flatten)]
        remote: RemoteArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List the runs of the key's project, newest first.
    List {
        /// Only of this flow, by id.
        #[arg(long, value_name = "FLOW")]
        flow: Option<String>,
        /// Only with this status.
        #[arg(
            long,
            value_name = "STATUS",
            value_parser = ["queued", "running", "waiting", "held", "succeeded", "failed", "cancelled"]
        )]
        status: Option<String>,
        /// How many at most.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Show a run and its steps; with --json also their inputs and outputs.
    Show {
        /// The run's id.
        run: String,
        #[command(flatten)]
        remote: RemoteArgs,
    },
}
