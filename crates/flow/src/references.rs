//! What an expression refers to.

use std::collections::BTreeSet;

/// Names at the root of every expression in a flow.
pub(crate) const ROOTS: [&str; 6] = ["trigger", "steps", "loop", "vars", "run", "flow"];

/// Which steps' outputs a template needs to be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Needs {
    /// These.
    Steps(BTreeSet<String>),
    /// Any: it computes a name.
    All,
}

impl Needs {
    pub(crate) fn of(references: &[String]) -> Self {
        let mut steps = BTreeSet::new();
        for reference in references {
            match step_of(reference) {
                Some(Some(id)) => {
                    steps.insert(id.to_owned());
                }
                Some(None) => return Self::All,
                None => {}
            }
        }
        Self::Steps(steps)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Steps(ids) => ids.contains(id),
        }
    }
}

/// `steps.me.body` → `Some(Some("me"))`; `steps` alone → `Some(None)`; anything else → `None`.
pub(crate) fn step_of(reference: &str) -> Option<Option<&str>> {
    let mut parts = reference.split('.');
    if parts.next() != Some("steps") {
        return None;
    }
    Some(parts.next().filter(|id| !id.is_empty()))
}

/// The first name of a reference.
pub(crate) fn root_of(reference: &str) -> &str {
    reference.split('.').next().unwrap_or(reference)
}
