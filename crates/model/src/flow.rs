//! Flow documents as the API carries them (schema 1): one trigger and a tree of steps.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ConnectionId;

/// The document of a draft or a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowDocument {
    /// Version of the document format; always 1.
    pub schema: u32,
    /// What starts a run.
    pub trigger: Trigger,
    /// What a run does, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// Somebody presses Run or calls the API.
    Manual {},
    /// A clock.
    Schedule {
        /// Five-field cron expression.
        cron: String,
        /// IANA time zone, e.g. `Europe/Berlin`.
        #[serde(default = "utc")]
        timezone: String,
    },
    /// A call to the flow's own URL.
    Webhook {
        /// When the caller is answered.
        #[serde(default)]
        respond: WebhookRespond,
        /// What the caller must show.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth: Option<WebhookAuth>,
        /// The only method taken; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
    },
    /// Something new in an app, found by polling.
    App {
        /// Slug of the app.
        app: String,
        /// Key of the trigger in the app's manifest.
        trigger: String,
        /// Through which connection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionRef>,
        /// The trigger's own input.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        #[schema(value_type = Object)]
        input: Value,
    },
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Trigger {
    /// The word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Manual {} => "manual",
            Self::Schedule { .. } => "schedule",
            Self::Webhook { .. } => "webhook",
            Self::App { .. } => "app",
        }
    }
}

/// When the caller of a webhook is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookRespond {
    /// At once, with the run's id.
    #[default]
    Immediately,
    /// When the run ends, with what its `respond` step says.
    AfterRun,
}

/// What the caller of a webhook must show. Secrets are kept as SHA-256 hashes; `secret` is write-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WebhookAuth {
    /// Nothing.
    None {},
    /// User name and password.
    Basic {
        /// The user name.
        username: String,
        /// The password, only when being set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// Hex SHA-256 of the password.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            rename = "secretHash"
        )]
        secret_hash: Option<String>,
    },
    /// A header with a secret value.
    Header {
        /// The header's name.
        name: String,
        /// The value, only when being set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        /// Hex SHA-256 of the value.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            rename = "secretHash"
        )]
        secret_hash: Option<String>,
    },
}

/// How a step names its connection: typed, never inside a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionRef {
    /// Which connection.
    #[serde(rename = "$connection")]
    pub connection: ConnectionId,
}

/// One node of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name that expressions use, unique in the flow: letters, digits, `_`.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    pub kind: StepKind,
    /// Slug of the app, for `action` (and for `http` through a connection, to show its icon).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Key of the action in the app's manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Through which connection it calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionRef>,
    /// Its input, with templates in strings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object)]
    pub input: Value,
    /// How often to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// What happens to the run when it fails.
    #[serde(default, skip_serializing_if = "OnError::is_default")]
    pub on_error: OnError,
    /// Cases of a `branch`; the first whose condition holds is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
    /// Taken by a `branch` when no condition holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub otherwise: Vec<Step>,
    /// What a `loop` goes over: an expression that yields a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub items: Option<Value>,
    /// How many items of a `loop` are worked on at once; 1 keeps their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// The body of a `loop`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub steps: Vec<Step>,
    /// Condition of a `filter`: the run ends here, well, when it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub when: Option<Value>,
    /// What later editors of the document may add without meaning for a run (canvas notes).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub meta: Map<String, Value>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// An HTTP request.
    Http,
    /// An action of an app.
    Action,
    /// If and else.
    Branch,
    /// Once for each item of a list.
    Loop,
    /// Waits for a while.
    Delay,
    /// Goes on only if.
    Filter,
    /// Sets variables.
    Set,
    /// Runs another flow.
    RunFlow,
    /// Waits for a call.
    Wait,
    /// Sends an e-mail.
    SendEmail,
    /// Answers the caller of the webhook.
    Respond,
}

/// One case of a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// What people call the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition: an expression, e.g. `{{ trigger.body.n > 10 }}`.
    #[schema(value_type = Object)]
    pub when: Value,
    /// What is done when it holds.
    #[serde(default)]
    #[schema(no_recursion)]
    pub steps: Vec<Step>,
}

/// How often a failed step is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Tries beyond the first.
    pub times: u32,
    /// Seconds before the second try; doubled each time. 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
}

/// What happens to the run when a step fails for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The run goes on; the step's error is its output.
    Continue,
}

impl OnError {
    #[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A step with the path that leads to it, e.g. `big.otherwise[0]`.
#[derive(Debug, Clone, Copy)]
pub struct StepAt<'a> {
    /// The step.
    pub step: &'a Step,
    /// How deep it is nested; top-level steps are at 0.
    pub depth: usize,
}

impl FlowDocument {
    /// A document with nothing but a manual trigger.
    pub fn empty() -> Self {
        Self {
            schema: 1,
            trigger: Trigger::Manual {},
            steps: Vec::new(),
        }
    }

    /// Every step, outer before inner, in the order they stand.
    pub fn walk(&self) -> Vec<StepAt<'_>> {
        fn visit<'a>(steps: &'a [Step], depth: usize, out: &mut Vec<StepAt<'a>>) {
            for step in steps {
                out.push(StepAt { step, depth });
                for branch in &step.branches {
                    visit(&branch.steps, depth + 1, out);
                }
                visit(&step.otherwise, depth + 1, out);
                visit(&step.steps, depth + 1, out);
            }
        }
        let mut out = Vec::new();
        visit(&self.steps, 0, &mut out);
        out
    }

    /// Every connection the document names: where (`trigger` or a step's id) and which.
    pub fn connections(&self) -> Vec<(String, ConnectionId)> {
        let mut out = Vec::new();
        if let Trigger::App {
            connection: Some(reference),
            ..
        } = &self.trigger
        {
            out.push(("trigger".to_owned(), reference.connection.clone()));
        }
        for at in self.walk() {
            if let Some(reference) = &at.step.connection {
                out.push((at.step.id.clone(), reference.connection.clone()));
            }
        }
        out
    }

    /// Puts `to` wherever `from` stands and says in which places (`trigger` or step ids).
    pub fn replace_connection(&mut self, from: &ConnectionId, to: &ConnectionId) -> Vec<String> {
        fn visit(
            steps: &mut [Step],
            from: &ConnectionId,
            to: &ConnectionId,
            out: &mut Vec<String>,
        ) {
            for step in steps {
                if let Some(reference) = &mut step.connection
                    && reference.connection == *from
                {
                    reference.connection = to.clone();
                    out.push(step.id.clone());
                }
                for branch in &mut step.branches {
                    visit(&mut branch.steps, from, to, out);
                }
                visit(&mut step.otherwise, from, to, out);
                visit(&mut step.steps, from, to, out);
            }
        }
        let mut out = Vec::new();
        if let Trigger::App {
            connection: Some(reference),
            ..
        } = &mut self.trigger
            && reference.connection == *from
        {
            reference.connection = to.clone();
            out.push("trigger".to_owned());
        }
        visit(&mut self.steps, from, to, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_example_reads_and_writes_back() -> Result<(), serde_json::Error> {
        let connection = ConnectionId::new();
        let text = serde_json::json!({
            "schema": 1,
            "trigger": {"kind": "webhook", "respond": "after_run"},
            "steps": [
                {"id": "me", "kind": "http", "connection": {"$connection": connection},
                 "input": {"method": "GET", "url": "/users/me", "headers": {}, "query": {}, "body": null}},
                {"id": "big", "kind": "branch",
                 "branches": [{"when": "{{ trigger.body.n > 10 }}", "steps": [
                    {"id": "post", "kind": "action", "app": "slack", "action": "send_message",
                     "connection": {"$connection": connection}, "input": {"channel": "C1"},
                     "retry": {"times": 3}, "on_error": "fail"}]}],
                 "otherwise": []},
                {"id": "each", "kind": "loop", "items": "{{ steps.me.body.items }}", "parallel": 1, "steps": []},
                {"id": "done", "kind": "respond", "input": {"status": 200}}
            ]
        });
        let mut document: FlowDocument = serde_json::from_value(text)?;
        assert_eq!(document.walk().len(), 5);
        assert_eq!(document.connections().len(), 2);
        let other = ConnectionId::new();
        assert_eq!(
            document.replace_connection(&connection, &other),
            ["me", "post"]
        );
        let back: FlowDocument = serde_json::from_value(serde_json::to_value(&document)?)?;
        assert_eq!(back, document);
        Ok(())
    }

    #[test]
    fn unknown_fields_are_refused() {
        let odd = serde_json::json!({"schema": 1, "trigger": {"kind": "manual"}, "steps": [{"id": "a", "kind": "http", "conection": {}}]});
        assert!(serde_json::from_value::<FlowDocument>(odd).is_err());
    }
}
