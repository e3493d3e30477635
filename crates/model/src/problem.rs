//! A refusal fit to be shown to the caller.
//!
//! Every room turns its errors into a [`Problem`]; the ways in only add the request id. Causes that may hold
//! internals (SQL, paths, addresses) go to the log, never into a problem.

use std::{fmt, time::Duration};

use serde_json::Value;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $status:literal;)*) => {
        /// The closed list of error codes of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// Every code there is, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it stands in an answer.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }

            /// One line on when it is given.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),*),)* }
            }
        }
    };
}

codes! {
    /// The request is not well formed: bad JSON, unknown field, bad query value.
    BadRequest = "BAD_REQUEST", 400;
    /// A page cursor was not made by this list.
    CursorInvalid = "CURSOR_INVALID", 400;
    /// Nobody is signed in, or the API key is unknown.
    Unauthenticated = "UNAUTHENTICATED", 401;
    /// E-mail or password is wrong.
    InvalidCredentials = "INVALID_CREDENTIALS", 401;
    /// The caller's role or key scope does not allow this.
    Forbidden = "FORBIDDEN", 403;
    /// The request came from another site.
    CrossSite = "CROSS_SITE", 403;
    /// The connect session belongs to another browser or person.
    ConnectSessionForeign = "CONNECT_SESSION_FOREIGN", 403;
    /// There is nothing at this address.
    NotFound = "NOT_FOUND", 404;
    /// No such project, or not one of the caller's.
    ProjectNotFound = "PROJECT_NOT_FOUND", 404;
    /// No such connection in this project.
    ConnectionNotFound = "CONNECTION_NOT_FOUND", 404;
    /// No such flow in this project.
    FlowNotFound = "FLOW_NOT_FOUND", 404;
    /// No such run in this project.
    RunNotFound = "RUN_NOT_FOUND", 404;
    /// No such app in the catalog.
    AppNotFound = "APP_NOT_FOUND", 404;
    /// No such member in this project.
    MemberNotFound = "MEMBER_NOT_FOUND", 404;
    /// No such API key in this project.
    KeyNotFound = "KEY_NOT_FOUND", 404;
    /// No such session.
    SessionNotFound = "SESSION_NOT_FOUND", 404;
    /// The invitation is unknown, used or out of date.
    InvitationNotFound = "INVITATION_NOT_FOUND", 404;
    /// No such connect session.
    ConnectSessionNotFound = "CONNECT_SESSION_NOT_FOUND", 404;
    /// No OAuth client is configured for this app in this project.
    OAuthClientNotFound = "OAUTH_CLIENT_NOT_FOUND", 404;
    /// The address exists, but not for this method.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405;
    /// The thing is not in a state that allows this.
    Conflict = "CONFLICT", 409;
    /// The workspace has an owner already.
    SetupDone = "SETUP_DONE", 409;
    /// Another connection of the project has this name.
    ConnectionNameTaken = "CONNECTION_NAME_TAKEN", 409;
    /// Active flows use the connection.
    ConnectionInUse = "CONNECTION_IN_USE", 409;
    /// The connection is in the trash.
    ConnectionDeleted = "CONNECTION_DELETED", 409;
    /// Somebody with this e-mail address is there already.
    EmailTaken = "EMAIL_TAKEN", 409;
    /// A member, project or other name is taken.
    NameTaken = "NAME_TAKEN", 409;
    /// The project needs at least one admin.
    LastAdmin = "LAST_ADMIN", 409;
    /// The deletion must be confirmed by name.
    ConfirmationNeeded = "CONFIRMATION_NEEDED", 409;
    /// The connect session has ended.
    ConnectSessionEnded = "CONNECT_SESSION_ENDED", 409;
    /// The flow has not been published.
    FlowNotPublished = "FLOW_NOT_PUBLISHED", 409;
    /// The flow is switched off.
    FlowInactive = "FLOW_INACTIVE", 409;
    /// The run has ended.
    RunEnded = "RUN_ENDED", 409;
    /// The same Idempotency-Key was used with another request.
    IdempotencyMismatch = "IDEMPOTENCY_MISMATCH", 409;
    /// The draft was changed by somebody else meanwhile.
    RevisionConflict = "REVISION_CONFLICT", 412;
    /// The request body is larger than allowed.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413;
    /// The body is not JSON by its content type.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415;
    /// One or more fields are not as they must be; `details.fields` says which.
    ValidationFailed = "VALIDATION_FAILED", 422;
    /// The app refused the credential, or could not be asked.
    CredentialRejected = "CREDENTIAL_REJECTED", 422;
    /// This way of signing in needs a browser.
    NeedsBrowser = "NEEDS_BROWSER", 422;
    /// The app does not offer this way of signing in.
    AuthMethodUnknown = "AUTH_METHOD_UNKNOWN", 422;
    /// No OAuth client is set up for this app yet.
    OAuthClientMissing = "OAUTH_CLIENT_MISSING", 422;
    /// The flow has mistakes that keep it from being published.
    FlowInvalid = "FLOW_INVALID", 422;
    /// The connection cannot be used: expired, failing or revoked.
    ConnectionUnusable = "CONNECTION_UNUSABLE", 422;
    /// The address is not one this connection may be used for.
    HostNotAllowed = "HOST_NOT_ALLOWED", 422;
    /// The request for the app could not be built from the input.
    RequestInvalid = "REQUEST_INVALID", 422;
    /// The plan's limit is reached.
    PlanLimit = "PLAN_LIMIT", 422;
    /// The replacement cannot be undone any more.
    UndoExpired = "UNDO_EXPIRED", 410;
    /// Too many requests; wait as Retry-After says.
    RateLimited = "RATE_LIMITED", 429;
    /// Too many failed sign-ins; wait as Retry-After says.
    AccountLocked = "ACCOUNT_LOCKED", 429;
    /// Something failed on our side; the request id leads to the cause in the log.
    Internal = "INTERNAL", 500;
    /// The app did not answer, or not in a way that can be understood.
    UpstreamFailed = "UPSTREAM_FAILED", 502;
    /// The vault is sealed: its key is missing or wrong.
    Sealed = "SEALED", 503;
    /// The database cannot be reached right now.
    Unavailable = "UNAVAILABLE", 503;
    /// The app took too long to answer.
    UpstreamTimeout = "UPSTREAM_TIMEOUT", 504;
}

impl Code {
    /// Whether what was asked may be right and only we are not able to do it now.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Sealed | Self::Unavailable)
    }
}

/// What the caller is told: a code to act on, a sentence to read, and what else helps.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What kind of refusal.
    pub code: Code,
    /// One sentence: what happened, where, what to do.
    pub message: String,
    /// Machine-readable particulars, shape by code.
    pub details: Option<Value>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem with a sentence for the caller.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: None,
            retry_after: None,
        }
    }

    /// The same with particulars.
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same with a time after which to try again.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// One field of the request is not as it must be.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let details = serde_json::json!({ "fields": { name: message } });
        Self::new(Code::ValidationFailed, format!("{name}: {message}")).with_details(details)
    }

    /// Something failed on our side. The cause belongs in the log.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "Something failed on our side. Try again; if it stays, give the request id to your operator.",
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_have_error_statuses() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.status() >= 400));
    }

    /// `UPDATE_DOCS=1` writes the page anew.
    #[test]
    fn the_page_of_error_codes_lists_them_all() {
        let mut page = String::from(
            "# Error codes\n\nEvery refusal of the API is `{\"error\": {\"code\", \"message\", \"statusCode\", \"details\"?, \"requestId\"}}`.\n\
             The code is one of this closed list; the message says what happened and what to do. Made from `crates/model/src/problem.rs`.\n\n\
             | code | status | given when |\n|---|---|---|\n",
        );
        for code in Code::ALL {
            let row = format!(
                "| `{}` | {} | {} |\n",
                code.as_str(),
                code.status(),
                code.meaning().trim()
            );
            page.push_str(&row);
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).expect("the page can be written");
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == checked_in,
            "run UPDATE_DOCS=1 cargo test -p patchbay-model"
        );
    }
}
