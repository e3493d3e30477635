//! Who acts: the first argument of every function that acts for somebody.

use crate::{
    Code, FlowId, KeyId, Problem, ProjectId, Right, Role, RunId, UserId,
    rights::{allows, manages_connection},
};

/// Whoever is behind a request or a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in person.
    User {
        /// Who.
        id: UserId,
        /// Their name, for the audit log.
        name: String,
    },
    /// An API key, acting for the person who made it.
    Key {
        /// Which key.
        id: KeyId,
        /// Its name, for the audit log.
        name: String,
        /// The person it acts for.
        user: UserId,
    },
    /// A run of a flow.
    Run {
        /// Which run.
        id: RunId,
        /// Of which flow.
        flow: FlowId,
    },
    /// Patchbay itself: refreshing, purging, recovering.
    System,
}

/// A principal in one project, with what it may do there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who acts.
    pub principal: Principal,
    /// Where.
    pub project: ProjectId,
    /// As what.
    pub role: Role,
}

impl Actor {
    /// Patchbay itself in a project.
    pub fn system(project: ProjectId) -> Self {
        Self {
            principal: Principal::System,
            project,
            role: Role::Admin,
        }
    }

    /// A run in its project: it may use connections and nothing else that an editor may not.
    pub fn run(project: ProjectId, run: RunId, flow: FlowId) -> Self {
        Self {
            principal: Principal::Run { id: run, flow },
            project,
            role: Role::Editor,
        }
    }

    /// The person behind the principal, if there is one.
    pub fn user(&self) -> Option<&UserId> {
        match &self.principal {
            Principal::User { id, .. } => Some(id),
            Principal::Key { user, .. } => Some(user),
            Principal::Run { .. } | Principal::System => None,
        }
    }

    /// Whether the role has the right.
    pub fn can(&self, right: Right) -> bool {
        allows(self.role, right)
    }

    /// Whether this connection's owner is the person who acts.
    pub fn owns(&self, owner: &UserId) -> bool {
        self.user() == Some(owner)
    }

    /// Whether the actor may manage a connection of this owner.
    pub fn can_manage(&self, owner: &UserId) -> bool {
        manages_connection(self.role, self.owns(owner))
    }

    /// Refuses unless the role has the right.
    pub fn require(&self, right: Right) -> Result<(), Problem> {
        if self.can(right) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            format!(
                "Your role here is {}; this needs {}. Ask an admin of the project.",
                self.role,
                right.least_role()
            ),
        ))
    }

    /// Refuses unless the actor may manage a connection of this owner.
    pub fn require_manage(&self, owner: &UserId) -> Result<(), Problem> {
        self.require(Right::ConnectionManage)?;
        if self.can_manage(owner) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            "Somebody else owns this connection. Its owner or an admin of the project can change it.",
        ))
    }
}
