//! Settings from a file: they take the place of the defaults, and so give way to the environment and to flags.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Context, bail};
use clap::Command;

/// Reads the file that `--config` or `PATCHBAY_CONFIG` names and makes its values the defaults of `serve`, and of
/// `doctor`, which looks at the same settings.
pub(crate) fn apply(
    command: Command,
    args: impl IntoIterator<Item = OsString>,
) -> anyhow::Result<Command> {
    let Some((name, path)) = path(args) else {
        return Ok(command);
    };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let table: toml::Table = text
        .parse()
        .with_context(|| format!("{} is not valid TOML", path.display()))?;
    let mut values = Vec::with_capacity(table.len());
    for (key, value) in table {
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            other => bail!(
                "{}: {key} must be a text, a number or true/false, not {}",
                path.display(),
                other.type_str()
            ),
        };
        values.push((key.replace('-', "_"), text));
    }
    let serve = command
        .find_subcommand(name)
        .context("the command line lacks a command")?;
    for (key, _) in &values {
        if key == "config"
            || !serve
                .get_arguments()
                .any(|arg| arg.get_id() == key.as_str())
        {
            bail!(
                "{}: there is no setting {key}; see patchbay serve --help",
                path.display()
            );
        }
    }
    Ok(command.mut_subcommand(name, |serve| {
        values.into_iter().fold(serve, |serve, (key, value)| {
            serve.mut_arg(key, |arg| arg.default_value(value))
        })
    }))
}

/// The command the file is for, and the file.
fn path(args: impl IntoIterator<Item = OsString>) -> Option<(&'static str, PathBuf)> {
    let mut args = args.into_iter().skip(1);
    let first = args.next()?;
    let name = ["serve", "doctor"]
        .into_iter()
        .find(|name| first == *name)?;
    let named = |path: OsString| (name, PathBuf::from(path));
    while let Some(arg) = args.next() {
        if arg == "--config" {
            return args.next().map(named);
        }
        if let Some(value) = arg.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(named(value.into()));
        }
    }
    std::env::var_os("PATCHBAY_CONFIG").map(named)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::cli::{Cli, Command as PatchbayCommand};

    fn parse(file: &str, args: &[&str]) -> anyhow::Result<Cli> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("patchbay.toml");
        std::fs::write(&path, file)?;
        let mut all: Vec<OsString> = vec![
            "patchbay".into(),
            "serve".into(),
            "--config".into(),
            path.into(),
        ];
        all.extend(args.iter().map(OsString::from));
        let command = apply(Cli::command(), all.clone())?;
        let mut matches = command.try_get_matches_from(all)?;
        Ok(Cli::from_arg_matches_mut(&mut matches)?)
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() -> anyhow::Result<()> {
        let file = "listen = \"127.0.0.1:9000\"\nworkers = 3\nbehind-proxy = true\n";
        let cli = parse(file, &["--workers", "5"])?;
        let PatchbayCommand::Serve(args) = cli.command else {
            bail!("serve was parsed as something else");
        };
        assert_eq!(args.listen.to_string(), "127.0.0.1:9000");
        assert_eq!(args.workers, 5);
        assert!(args.behind_proxy);
        Ok(())
    }

    #[test]
    fn unknown_settings_are_refused_by_name() {
        let error = parse("lisen = \"x\"", &[]).expect_err("it is refused");
        assert!(error.to_string().contains("there is no setting lisen"));
    }
}
