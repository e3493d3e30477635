//! Commands for whoever runs the server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataArgs, ServeArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show which key-encryption keys the key file holds and which of them the database needs.
    Status(KeysArgs),
    /// Make a new key-encryption key and wrap the root keys with it. May run while the server runs, and once more after
    /// it was cut off.
    ///
    /// Credentials stay as they are: they are sealed with keys of their own, which the root keys wrap. The old key is
    /// taken out of the key file once nothing needs it; backups made before still do, so keep the old copy of the key
    /// file as long as you keep them. With several nodes, copy the new key file to each of them.
    Rotate(KeysArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The copy is complete and consistent as of one moment. It holds no credential in clear: everything secret in it is
/// sealed. The key file is not part of it and must be kept apart, in another place: without the key the backup's
/// credentials cannot be opened by anybody, and whoever holds both can open them all.
///
/// PostgreSQL is backed up with its own pg_dump; the command is printed.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Where to write it. An existing file is left as it is.
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The file is checked before anything is touched: that it is a Patchbay database, undamaged, and not of a newer
/// version. The key file is kept apart from backups; put the one that belongs to this backup in place as well.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// A file that `patchbay backup` made, or another complete copy of patchbay.db.
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Also into a directory that holds data; the database there is kept as patchbay.db.replaced.
    #[arg(long)]
    pub(crate) force: bool,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no entry of the audit log was changed, moved or removed; fails and names the first place otherwise.
    Verify(AuditArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Takes the settings of `serve`, so that it looks at the same directory, key, port and address. It changes nothing.
/// Exit code 1 when something must be mended.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) serve: ServeArgs,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
