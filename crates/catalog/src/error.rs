use patchbay_expr::ExprError;

/// Why something of an app could not be rendered or read.
///
/// The text is one sentence fit to show. None holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template failed on the values given.
    #[error("the {place} of {app} cannot be made: {message}")]
    Template {
        /// The app's slug.
        app: String,
        /// What was being made, such as `request path`.
        place: String,
        /// The template's own complaint.
        message: String,
    },
    /// What came out is no usable URL.
    #[error("the {place} of {app} is not a usable URL: {message}")]
    Url {
        /// The app's slug.
        app: String,
        /// What was being made.
        place: String,
        /// Why not.
        message: String,
    },
    /// The URL leads to a host the credential may not be sent to.
    #[error("{host} is not a host of this connection; it may only talk to {allowed}")]
    HostNotAllowed {
        /// Where the request would have gone.
        host: String,
        /// The hosts of the connection.
        allowed: String,
    },
    /// A value for a header, path or query that must not stand there.
    #[error("{place} holds {what}, which cannot be sent")]
    BadValue {
        /// Where it stands, such as `header Authorization`.
        place: String,
        /// Such as `a line break`; never the value.
        what: &'static str,
    },
    /// The method lacks what the operation needs, such as a revocation endpoint.
    #[error("{app} has no {what}")]
    Missing {
        /// The app's slug.
        app: String,
        /// What is missing.
        what: &'static str,
    },
}

impl RenderError {
    pub(crate) fn template(app: &str, place: impl Into<String>, error: &ExprError) -> Self {
        Self::Template {
            app: app.to_owned(),
            place: place.into(),
            message: error.message.clone(),
        }
    }

    /// For templates on credentials: the message quotes no value.
    pub(crate) fn secret_template(app: &str, place: impl Into<String>, error: &ExprError) -> Self {
        Self::template(app, place, &error.without_values())
    }

    pub(crate) fn url(app: &str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Url {
            app: app.to_owned(),
            place: place.into(),
            message: message.into(),
        }
    }
}
