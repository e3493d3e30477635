use std::fmt;

/// What went wrong, for callers that decide on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExprErrorKind {
    /// The template cannot be read.
    Syntax,
    /// A name or path that has no value.
    Undefined,
    /// The value has the wrong type for what is done to it, or a function
    /// refused it.
    Invalid,
    /// Fuel, output size or nesting depth is used up.
    Limit,
}

/// Why a template could not be compiled or rendered.
///
/// The message is one sentence fit to show to the author of the template. It
/// may quote the template, so it is not fit for logs when the *values* are
/// secret; use [`ExprError::without_values`] there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// The class of the failure.
    pub kind: ExprErrorKind,
    /// One sentence.
    pub message: String,
    /// Line in the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl ExprError {
    pub(crate) fn new(kind: ExprErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            line: 1,
            column: 1,
        }
    }

    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        self.line = line;
        self.column = column;
        self
    }

    /// The same failure with a message that cannot contain anything of the
    /// values the template was rendered with.
    pub fn without_values(&self) -> Self {
        let message = match self.kind {
            ExprErrorKind::Syntax => "the template has a syntax error",
            ExprErrorKind::Undefined => "the template uses a value that is not there",
            ExprErrorKind::Invalid => "the template cannot be applied to the values given",
            ExprErrorKind::Limit => "the template needs too much work or makes too much text",
        };
        Self::new(self.kind, message).at(self.line, self.column)
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExprError {}
