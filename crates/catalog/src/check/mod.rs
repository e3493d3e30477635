//! Finds mistakes in manifests and says where they stand.

mod hosts;
mod locate;
mod rules;
mod templates;
mod uses;

pub(crate) use hosts::authority;

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::app::App;
use crate::manifest::Manifest;

/// A mistake and the path of the value it is about, such as `auth[0].fields[1].pattern`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// A mistake in a manifest, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestProblem {
    /// The file as given.
    pub file: String,
    /// From 1; 0 when there is no place in the file to point at.
    pub line: u64,
    /// From 1; 0 when there is no place in the file to point at.
    pub column: u64,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for ManifestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

/// Largest manifest, in bytes.
const MANIFEST_BYTES: usize = 512 * 1024;

/// Checks a manifest file; the app it describes, or every mistake found.
pub fn check_file(path: &Path) -> Result<App, Vec<ManifestProblem>> {
    let file = path.display().to_string();
    let problem = |message: String| {
        vec![ManifestProblem {
            file: file.clone(),
            line: 0,
            column: 0,
            message,
        }]
    };
    let bytes = std::fs::read(path).map_err(|e| problem(format!("cannot be read: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8 text".to_owned()))?;
    check_text(&file, &text)
}

/// Checks the text of a manifest; `file` is what problems are shown under.
pub fn check_text(file: &str, text: &str) -> Result<App, Vec<ManifestProblem>> {
    let at = |line, column, message| ManifestProblem {
        file: file.to_owned(),
        line,
        column,
        message,
    };
    if text.len() > MANIFEST_BYTES {
        return Err(vec![at(
            0,
            0,
            format!("is larger than {} KiB", MANIFEST_BYTES / 1024),
        )]);
    }
    let manifest =
        parse(text).map_err(|(line, column, message)| vec![at(line, column, message)])?;
    let mut findings = rules::check(&manifest);
    findings.extend(templates::check(&manifest));
    findings.extend(hosts::check(&manifest));
    let app = match App::new(manifest) {
        Ok(app) => Some(app),
        Err(found) => {
            findings.extend(found);
            None
        }
    };
    match app {
        Some(app) if findings.is_empty() => Ok(app),
        _ => {
            let positions = locate::positions(text);
            let mut problems: Vec<ManifestProblem> = findings
                .into_iter()
                .map(|f| {
                    let (line, column) = positions.find(&f.path);
                    at(line, column, f.message)
                })
                .collect();
            problems.sort_by_key(|p| (p.line, p.column));
            problems.dedup();
            Err(problems)
        }
    }
}

/// Reads a manifest that tests have checked.
pub(crate) fn read_trusted(text: &[u8]) -> Result<App, String> {
    let text = std::str::from_utf8(text).map_err(|e| e.to_string())?;
    let manifest =
        parse(text).map_err(|(line, column, message)| format!("{line}:{column}: {message}"))?;
    App::new(manifest).map_err(|f| {
        f.first()
            .map_or_else(String::new, |f| format!("{}: {}", f.path, f.message))
    })
}

fn parse(text: &str) -> Result<Manifest, (u64, u64, String)> {
    yaml(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
        (line, column, plain(&error))
    })
}

/// Reads YAML 1.2: `yes` and `no` are text, not booleans.
pub(crate) fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
}

/// The parser's sentence without the place, which stands beside it.
fn plain(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.rfind(" at line ").map_or(text, |at| &text[..at]);
    // The parser goes on with advice for whoever calls it.
    let text = text
        .split_once(", set DuplicateKeyPolicy")
        .map_or(text, |(said, _)| said);
    text.to_owned()
}
