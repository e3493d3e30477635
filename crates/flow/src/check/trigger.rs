//! The trigger of a document.

use patchbay_catalog::App;
use patchbay_model::flow::{Trigger, WebhookAuth};
use serde_json::Value;

use super::{
    Surroundings, app_of,
    input::{fits, has_template},
};
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
        Trigger::App {
            app,
            trigger,
            connection,
            input,
        } => {
            let mut say = |path: String, code, message: String| {
                say(&format!("trigger.{path}"), code, message);
            };
            let found = app_of(
                Some(app.as_str()).filter(|slug| !slug.is_empty()),
                connection.as_ref(),
                around,
                &mut say,
            );
            if let Some(found) = found {
                event(&found, trigger, input, &mut say);
            }
        }
    }
}

/// What an app is asked for.
fn event(app: &App, key: &str, input: &Value, say: &mut impl FnMut(String, ProblemCode, String)) {
    if key.is_empty() {
        say(
            "trigger".to_owned(),
            ProblemCode::Required,
            format!("Choose what in {} starts the flow.", app.name),
        );
        return;
    }
    let Some(trigger) = app.triggers.get(key) else {
        say(
            "trigger".to_owned(),
            ProblemCode::TriggerUnknown,
            format!("{} has no trigger `{key}`.", app.name),
        );
        return;
    };
    if has_template(input) {
        say(
            "input".to_owned(),
            ProblemCode::ExpressionInvalid,
            "A trigger's fields take no expressions, since nothing has happened yet; fill in plain values."
                .to_owned(),
        );
        return;
    }
    fits(input, &trigger.input, say);
}
