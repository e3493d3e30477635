//! The trigger of a document.

use patchbay_model::flow::{Trigger, WebhookAuth};

use super::Surroundings;
use crate::{FlowProblem, ProblemCode};

pub(super) fn check(trigger: &Trigger, around: &Surroundings<'_>, problems: &mut Vec<FlowProblem>) {
    let mut say = |path: &str, code, message: String| {
        problems.push(FlowProblem::document(path, code, message));
    };
    match trigger {
        Trigger::Manual {} => {}
        Trigger::Schedule { cron, timezone } => {
            if let Err(why) = (around.schedule)(cron, timezone) {
                say("trigger.cron", ProblemCode::ScheduleInvalid, why);
            }
        }
        Trigger::Webhook { auth, method, .. } => {
            if let Some(method) = method
                && !crate::input::METHODS.contains(&method.to_ascii_uppercase().as_str())
            {
                say(
                    "trigger.method",
                    ProblemCode::Invalid,
                    format!("Use one of {}.", crate::input::METHODS.join(", ")),
                );
            }
            match auth {
                None | Some(WebhookAuth::None {}) => {}
                Some(WebhookAuth::Basic {
                    username,
                    secret,
                    secret_hash,
                }) => {
                    if username.is_empty() || username.contains(':') {
                        say(
                            "trigger.auth.username",
                            ProblemCode::Invalid,
                            "Give a user name without a colon.".to_owned(),
                        );
                    }
                    if secret.is_none() && secret_hash.is_none() {
                        say(
                            "trigger.auth.secret",
                            ProblemCode::Required,
                            "Give the password that callers must show.".to_owned(),
                        );
                    }
                }
                Some(WebhookAuth::Header {
                    name,
                    secret,
                    secret_hash,
                }) => {
                    let shaped = !name.is_empty()
                        && name
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                    if !shaped {
                        say(
                            "trigger.auth.name",
                            ProblemCode::Invalid,
                            "Give a header name of letters, digits and `-`.".to_owned(),
                        );
                    }
                    if secret.is_none() && secret_hash.is_none() {
                        say(
                            "trigger.auth.secret",
                            ProblemCode::Required,
                            "Give the value that callers must show.".to_owned(),
                        );
                    }
                }
            }
        }
        Trigger::App { .. } => say(
            "trigger.kind",
            ProblemCode::NotAvailable,
            "App event triggers are not available in this version; use a webhook or a schedule."
                .to_owned(),
        ),
    }
}
