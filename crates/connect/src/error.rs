//! What can go wrong here, as others are told.

use std::time::Duration;

use patchbay_catalog::{FieldProblem, RenderError};
use patchbay_model::{Code, ConnectionId, ConnectionStatus, Problem, StatusReason};
use patchbay_store::StoreError;
use patchbay_vault::VaultError;
use serde_json::{Map, Value, json};

/// Why something about a connection did not come to pass.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A refusal fit to show.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A manifest's template, on the values given.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// What functions of this room answer.
pub type ConnectResult<T> = Result<T, ConnectError>;

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(problem) => problem,
            ConnectError::Store(error) => error.into(),
            ConnectError::Vault(error) => vault_problem(&error),
            ConnectError::Render(error) => render_problem(&error),
        }
    }
}

fn vault_problem(error: &VaultError) -> Problem {
    tracing::error!(%error, "vault");
    match error {
        VaultError::Kek(_) | VaultError::RootMissing => Problem::new(
            Code::Sealed,
            "The vault is sealed: its key is missing or wrong. An operator has to start Patchbay with the right key file.",
        ),
        _ => Problem::internal(),
    }
}

fn render_problem(error: &RenderError) -> Problem {
    let code = match error {
        RenderError::HostNotAllowed { .. } => Code::HostNotAllowed,
        _ => Code::RequestInvalid,
    };
    Problem::new(code, sentence(&error.to_string()))
}

/// A text that starts with a capital and ends with a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    out.push_str(chars.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// Why a connection's credential cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// The actor may not, or there is no such connection.
    #[error(transparent)]
    Refused(Problem),
    /// A person has to reconnect it; what waits for it is held until then.
    #[error("the connection `{name}` cannot be used")]
    Unusable {
        /// Which connection.
        connection: ConnectionId,
        /// Its name.
        name: String,
        /// How it is.
        status: ConnectionStatus,
        /// Why.
        reason: Option<StatusReason>,
    },
    /// It is in the trash; what waits for it is held until it is restored or destroyed.
    #[error("the connection `{name}` is in the trash")]
    Deleted {
        /// Which connection.
        connection: ConnectionId,
        /// Its name.
        name: String,
    },
    /// Its token has run out and cannot be renewed this moment; trying again later may work.
    #[error("the connection `{name}` cannot be renewed right now")]
    Unavailable {
        /// Which connection.
        connection: ConnectionId,
        /// Its name.
        name: String,
        /// What the provider or the network said.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// Something failed on our side.
    #[error(transparent)]
    Failed(ConnectError),
}

impl<E: Into<ConnectError>> From<E> for UseError {
    fn from(error: E) -> Self {
        match error.into() {
            ConnectError::Refused(problem) => Self::Refused(problem),
            other => Self::Failed(other),
        }
    }
}

impl From<UseError> for Problem {
    fn from(error: UseError) -> Self {
        match error {
            UseError::Refused(problem) => problem,
            UseError::Failed(error) => error.into(),
            UseError::Deleted { name, .. } => Problem::new(
                Code::ConnectionNotFound,
                format!("{name} is in the trash. Restore it there, or choose another connection."),
            ),
            UseError::Unusable {
                connection,
                name,
                status,
                reason,
            } => Problem::new(
                Code::ConnectionUnusable,
                format!(
                    "The connection {name} is {}. {}",
                    word(status),
                    reason.map_or("Reconnect it to use it again.", StatusReason::sentence)
                ),
            )
            .with_details(json!({
                "connection": connection,
                "status": status.as_str(),
                "statusReason": reason.map(StatusReason::as_str),
            })),
            UseError::Unavailable {
                connection,
                name,
                message,
                retry_after,
            } => Problem::new(
                Code::UpstreamFailed,
                format!("The sign-in of {name} could not be renewed just now: {message} Try again in a moment."),
            )
            .with_details(json!({ "connection": connection }))
            .retry_after(retry_after),
        }
    }
}

/// The word of a status inside a sentence.
pub(crate) const fn word(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Active => "active",
        ConnectionStatus::Expired => "expired",
        ConnectionStatus::Error => "failing",
        ConnectionStatus::Revoked => "revoked",
    }
}

/// `VALIDATION_FAILED` with every field that is not as it must be. `under` is put before the names, e.g. `value`.
pub(crate) fn fields_problem(under: &str, problems: &[FieldProblem]) -> Problem {
    let fields: Map<String, Value> = problems
        .iter()
        .map(|problem| {
            (
                format!("{under}.{}", problem.field),
                Value::from(problem.message.clone()),
            )
        })
        .collect();
    let message = problems
        .first()
        .map_or_else(String::new, |problem| problem.message.clone());
    Problem::new(Code::ValidationFailed, sentence(&message))
        .with_details(json!({ "fields": fields }))
}
