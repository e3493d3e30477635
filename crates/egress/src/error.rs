//! What can go wrong on the way out.

use std::net::IpAddr;

use patchbay_model::{Code, Problem};

/// Why a request got no complete answer. The texts are fit to show; none contains a path, a query, a
/// header or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EgressError {
    /// The URL itself is not one that may be requested.
    #[error("The URL was refused: {reason}.")]
    RefusedUrl {
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// Plain `http` to a host that is not on the allow list.
    #[error(
        "The request to {host} was refused: plain http is only spoken to hosts on the egress allow list; use https."
    )]
    RefusedPlain {
        /// Host and port.
        host: String,
    },
    /// Every address of the host lies outside the public internet.
    #[error(
        "The request to {host} was refused: its address {address} is not public; an operator can allow it \
         by naming the exact host:port in PATCHBAY_EGRESS_ALLOW."
    )]
    RefusedAddress {
        /// Host and port.
        host: String,
        /// One of the refused addresses.
        address: IpAddr,
    },
    /// The name has no address.
    #[error(
        "The host name {host} could not be resolved ({message}); check the spelling and the DNS."
    )]
    Dns {
        /// Host and port.
        host: String,
        /// What the resolver said.
        message: String,
    },
    /// No address accepted a connection.
    #[error("No connection to {host} could be made ({message}); the service may be down.")]
    Connect {
        /// Host and port.
        host: String,
        /// What the last attempt said.
        message: String,
    },
    /// The TLS handshake failed: protocol version, certificate or name.
    #[error("No secure connection to {host} could be made ({message}).")]
    Tls {
        /// Host and port.
        host: String,
        /// What the TLS library said.
        message: String,
    },
    /// Time ran out.
    #[error("The request to {host} timed out {phase}.")]
    Timeout {
        /// Host and port.
        host: String,
        /// Where the time went.
        phase: TimeoutPhase,
    },
    /// The answer is larger than the caller accepts.
    #[error("The answer of {host} was refused: {what} is larger than {limit} bytes.")]
    TooLarge {
        /// Host and port.
        host: String,
        /// Which part of the answer.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// The connection broke after it was made; the request may or may not have been acted on.
    #[error("The connection to {host} broke before the answer was complete.")]
    Interrupted {
        /// Host and port.
        host: String,
    },
    /// What came back is not HTTP, or not in a form that is understood.
    #[error("The answer of {host} could not be read ({message}).")]
    Protocol {
        /// Host and port.
        host: String,
        /// What is wrong with it.
        message: String,
    },
    /// The body that was being sent failed at its source, for example because a client went away.
    #[error("The request body could not be read to its end.")]
    RequestBody,
}

/// Where the time of a request ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutPhase {
    /// Resolving, connecting or shaking hands.
    Connect,
    /// Waiting for status and headers, or sending the body.
    Response,
    /// Between two pieces of the answer's body.
    Idle,
    /// The deadline of the whole exchange.
    Total,
}

impl std::fmt::Display for TimeoutPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "while connecting",
            Self::Response => "waiting for the answer",
            Self::Idle => "in the middle of the answer",
            Self::Total => "before the answer was complete",
        })
    }
}

impl EgressError {
    pub(crate) fn refused_url(reason: &'static str) -> Self {
        Self::RefusedUrl { reason }
    }

    /// Whether it is certain that no byte of the request reached the other side, so that sending it
    /// again cannot do a thing twice.
    #[must_use]
    pub fn definitely_not_sent(&self) -> bool {
        match self {
            Self::RefusedUrl { .. }
            | Self::RefusedPlain { .. }
            | Self::RefusedAddress { .. }
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls { .. } => true,
            Self::Timeout { phase, .. } => *phase == TimeoutPhase::Connect,
            Self::TooLarge { .. }
            | Self::Interrupted { .. }
            | Self::Protocol { .. }
            | Self::RequestBody => false,
        }
    }

    /// Whether our own rules stopped the request; trying again cannot help.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(
            self,
            Self::RefusedUrl { .. } | Self::RefusedPlain { .. } | Self::RefusedAddress { .. }
        )
    }
}

impl From<EgressError> for Problem {
    fn from(error: EgressError) -> Self {
        let code = match &error {
            error if error.is_refused() => Code::HostNotAllowed,
            EgressError::Timeout { .. } => Code::UpstreamTimeout,
            EgressError::RequestBody => Code::BadRequest,
            _ => Code::UpstreamFailed,
        };
        Self::new(code, error.to_string())
    }
}
