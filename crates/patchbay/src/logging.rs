//! Log lines: to standard error, structured, one an event.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::{Misuse, cli::LogFormat};

/// Starts logging for the life of the process.
pub(crate) fn install(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Misuse::new(format!(
            "--log {filter} is no filter; try info or patchbay=debug: {error}"
        ))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for eyes: a file or a journal gets plain lines.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr);
    let installed = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    installed.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}
