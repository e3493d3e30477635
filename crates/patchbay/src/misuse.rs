//! A command that was called in a way it cannot be carried out.

use std::fmt;

/// Ends the process with exit code 2, where any other error ends it with 1.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl Misuse {
    /// What is wrong with the call, and what to write instead.
    // An anyhow error, because every caller returns one.
    #[allow(clippy::new_ret_no_self)]
    pub(crate) fn new(text: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self(text.into()))
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}
