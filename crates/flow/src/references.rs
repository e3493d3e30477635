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
                StepName::Named(id) => {
                    steps.insert(id.to_owned());
                }
                StepName::Computed => return Self::All,
                StepName::None => {}
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

/// Which step a reference is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepName<'a> {
    /// `steps.me.body`: this one.
    Named(&'a str),
    /// `steps` alone: one that is known only in a run.
    Computed,
    /// It is to something else.
    None,
}

pub(crate) fn step_of(reference: &str) -> StepName<'_> {
    let mut parts = reference.split('.');
    if parts.next() != Some("steps") {
        return StepName::None;
    }
    match parts.next() {
        Some(id) if !id.is_empty() => StepName::Named(id),
        _ => StepName::Computed,
    }
}

/// The first name of a reference.
pub(crate) fn root_of(reference: &str) -> &str {
    reference.split('.').next().unwrap_or(reference)
}
