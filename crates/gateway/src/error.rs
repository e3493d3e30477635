//! Why a request through a connection got no usable answer.

use std::time::Duration;

use patchbay_catalog::RenderError;
use patchbay_connect::{ConnectError, UseError};
use patchbay_egress::EgressError;
use patchbay_model::{Code, Problem};
use serde_json::json;

/// Why a request through a connection failed. The texts are fit to show and hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The actor may not use connections.
    #[error("{}", .0.message)]
    Denied(Box<Problem>),
    /// The connection cannot be used: missing, foreign, deleted, expired, failing or revoked.
    #[error(transparent)]
    Unusable(Box<UseError>),
    /// The connection's app is no longer in the catalog.
    #[error(
        "The app {0} is not in the catalog any more, so its connections cannot be used; an operator can restore its manifest."
    )]
    AppMissing(String),
    /// The app has no such action or list of options.
    #[error("{app} has no {what} named {name}.")]
    Unknown {
        /// Slug.
        app: String,
        /// `action` or `options`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// The connection belongs to another app than the one asked for.
    #[error(
        "This connection belongs to {connection}, not to {wanted}; choose a connection of {wanted}."
    )]
    WrongApp {
        /// The connection's app.
        connection: String,
        /// The app of the action.
        wanted: String,
    },
    /// The input does not fit the action.
    #[error("The input does not fit: {}.", .0.join("; "))]
    Input(Vec<String>),
    /// The request could not be built, or leads to a host that the connection is not pinned to.
    #[error("{0}.")]
    Request(#[from] RenderError),
    /// Method, header or body as given cannot be sent.
    #[error("The request cannot be sent: {0}.")]
    Unsendable(String),
    /// The app takes no more requests for now.
    #[error("{app} takes no more requests through this connection for now; try again in {} seconds.", .wait.as_secs().max(1))]
    Paced {
        /// Slug.
        app: String,
        /// How long.
        wait: Duration,
    },
    /// No answer came, or none that can be read.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The app answered that it did not do it.
    #[error("{app} answered {status}: {message}")]
    Failed {
        /// Slug.
        app: String,
        /// HTTP status; a success status where the app says so in the body.
        status: u16,
        /// The app's own words, or ours when it had none.
        message: String,
        /// When the app wants to be asked again.
        retry_after: Option<Duration>,
    },
}

impl GatewayError {
    /// Whether it is certain that the app did not get the request, so that sending it again cannot do a
    /// thing twice.
    #[must_use]
    pub fn definitely_not_sent(&self) -> bool {
        match self {
            Self::Egress(error) => error.definitely_not_sent(),
            Self::Failed { .. } => false,
            _ => true,
        }
    }

    /// Whether our own database failed. The request was not sent, or was turned away with a 401.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Denied(problem) => problem.code.is_ours(),
            Self::Unusable(error) => match &**error {
                UseError::Refused(problem) => problem.code.is_ours(),
                UseError::Failed(ConnectError::Store(error)) => error.is_failure(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Egress(error) => !error.is_refused(),
            Self::Paced { .. } => true,
            Self::Unusable(error) => matches!(**error, UseError::Unavailable { .. }),
            Self::Failed { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// How long the app asked to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Paced { wait, .. } => Some(*wait),
            Self::Unusable(error) => match **error {
                UseError::Unavailable { retry_after, .. } => Some(retry_after),
                _ => None,
            },
            Self::Failed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl From<UseError> for GatewayError {
    fn from(error: UseError) -> Self {
        Self::Unusable(Box::new(error))
    }
}

impl From<GatewayError> for Problem {
    fn from(error: GatewayError) -> Self {
        let message = error.to_string();
        match error {
            GatewayError::Denied(problem) => *problem,
            GatewayError::Unusable(error) => (*error).into(),
            GatewayError::Egress(error) => error.into(),
            GatewayError::AppMissing(_) => Problem::new(Code::AppNotFound, message),
            GatewayError::Unknown { .. } => Problem::new(Code::NotFound, message),
            GatewayError::WrongApp { .. } | GatewayError::Unsendable(_) => {
                Problem::new(Code::RequestInvalid, message)
            }
            GatewayError::Input(problems) => Problem::new(Code::ValidationFailed, message)
                .with_details(json!({ "problems": problems })),
            GatewayError::Request(RenderError::HostNotAllowed { .. }) => {
                Problem::new(Code::HostNotAllowed, message)
            }
            GatewayError::Request(_) => Problem::new(Code::RequestInvalid, message),
            GatewayError::Paced { wait, .. } => {
                Problem::new(Code::RateLimited, message).retry_after(wait)
            }
            GatewayError::Failed {
                status,
                retry_after,
                ..
            } => {
                let problem = Problem::new(Code::UpstreamFailed, message)
                    .with_details(json!({ "status": status }));
                match retry_after {
                    Some(after) => problem.retry_after(after),
                    None => problem,
                }
            }
        }
    }
}
