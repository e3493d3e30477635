//! What keeps a document from being published.

use serde::Serialize;

/// One mistake in a document, with the place where it is mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowProblem {
    /// The step's id; `None` for the trigger and the document as a whole.
    pub step: Option<String>,
    /// The field within the step, e.g. `input.url`; within the trigger, e.g. `trigger.cron`.
    pub path: String,
    /// A code to act on.
    pub code: ProblemCode,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

/// The closed list of kinds of mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    /// The document is of another version.
    SchemaUnknown,
    /// The document is too large, too deep or has too many steps.
    TooLarge,
    /// There is nothing to do.
    NoSteps,
    /// An id is missing, misshapen or reserved.
    IdInvalid,
    /// Two steps have the same id.
    IdDuplicate,
    /// This kind of step or trigger is not there in this version.
    NotAvailable,
    /// A field is missing.
    Required,
    /// A field has a value it cannot have.
    Invalid,
    /// A field that this kind of step does not have.
    Unknown,
    /// The catalog has no such app.
    AppUnknown,
    /// The app has no such action.
    ActionUnknown,
    /// The app has no such trigger.
    TriggerUnknown,
    /// A connection must be chosen.
    ConnectionMissing,
    /// The project has no such connection, or it is somebody else's alone.
    ConnectionUnknown,
    /// The connection is of another app.
    ConnectionWrongApp,
    /// An expression cannot be read.
    ExpressionInvalid,
    /// An expression uses something that is not there, or not yet.
    ReferenceUnknown,
    /// The schedule cannot be read.
    ScheduleInvalid,
    /// There is nobody to respond to.
    RespondUnused,
    /// The flow to run is not there.
    FlowUnknown,
}

impl FlowProblem {
    pub(crate) fn step(
        id: &str,
        path: impl Into<String>,
        code: ProblemCode,
        message: impl Into<String>,
    ) -> Self {
        Self {
            step: Some(id.to_owned()),
            path: path.into(),
            code,
            message: message.into(),
        }
    }

    pub(crate) fn document(
        path: impl Into<String>,
        code: ProblemCode,
        message: impl Into<String>,
    ) -> Self {
        Self {
            step: None,
            path: path.into(),
            code,
            message: message.into(),
        }
    }
}
