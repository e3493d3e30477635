//! `patchbay doctor`: what is wrong with an installation, and what to do about it.

mod network;
mod storage;

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::{cli::DoctorArgs, print};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// What was found about one thing.
#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    level: Level,
    message: String,
    /// What to do about it.
    action: Option<String>,
}

/// The findings so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, name: &'static str, message: impl Into<String>) {
        self.add(name, Level::Ok, message.into(), None);
    }

    fn warn(&mut self, name: &'static str, message: impl Into<String>, action: impl Into<String>) {
        self.add(name, Level::Warn, message.into(), Some(action.into()));
    }

    fn fail(&mut self, name: &'static str, message: impl Into<String>, action: impl Into<String>) {
        self.add(name, Level::Fail, message.into(), Some(action.into()));
    }

    fn add(&mut self, name: &'static str, level: Level, message: String, action: Option<String>) {
        self.0.push(Finding {
            name,
            level,
            message,
            action,
        });
    }
}

/// Looks at everything; nothing is changed.
pub(crate) async fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let serve = &args.serve;
    let mut findings = Findings::default();
    let running = storage::directory(&mut findings, &serve.data);
    storage::key_file(&mut findings, &serve.data);
    storage::database(&mut findings, &serve.data).await;
    storage::room(&mut findings, &serve.data);
    network::port(&mut findings, serve, running).await;
    network::tls(&mut findings, serve);
    network::public_url(&mut findings, serve);
    network::egress(&mut findings, serve);
    network::apps(&mut findings, serve);

    let failed = findings
        .0
        .iter()
        .any(|finding| finding.level == Level::Fail);
    if args.json {
        print::json(&json!({"ok": !failed, "checks": findings.0}));
    } else {
        for finding in &findings.0 {
            let level = match finding.level {
                Level::Ok => "ok  ",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            print::line(format!("{level}  {}: {}", finding.name, finding.message));
            if let Some(action) = &finding.action {
                print::line(format!("      → {action}"));
            }
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
