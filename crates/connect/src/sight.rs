//! Who may see which connections.
//!
//! On a plan that shares connections, everybody in the project sees the project's (T1) and their own private ones; on
//! one that does not, a connection is its creator's alone. Admins see all (S5), which does not let them use what is
//! private to somebody else.

use patchbay_model::{Actor, Right, Role, UserId, Visibility};
use patchbay_store::{
    connections::{ConnectionFilter, ConnectionRow},
    people,
};

use crate::{ConnectResult, Connector};

impl Connector {
    /// Whether the workspace's plan shares connections in their project.
    pub(crate) async fn plan_shares(&self) -> ConnectResult<bool> {
        let workspace = people::workspace_get(self.store().reader()).await?;
        Ok(workspace.is_none_or(|workspace| workspace.plan.shares_connections()))
    }

    /// Whether everybody in the project has it.
    pub(crate) async fn shared(&self, row: &ConnectionRow) -> ConnectResult<bool> {
        Ok(row.visibility == Visibility::Project && self.plan_shares().await?)
    }

    /// Whether the actor may know of it.
    pub(crate) async fn may_see(&self, actor: &Actor, row: &ConnectionRow) -> ConnectResult<bool> {
        if !actor.can(Right::ConnectionView) {
            return Ok(false);
        }
        if sees_all(actor) || actor.owns(&row.owner) {
            return Ok(true);
        }
        self.shared(row).await
    }

    /// A filter that lets through what the actor may know of.
    pub(crate) async fn seen(&self, actor: &Actor) -> ConnectResult<ConnectionFilter> {
        let mut filter = ConnectionFilter::default();
        if sees_all(actor) {
            return Ok(filter);
        }
        let me = actor.user().cloned();
        if self.plan_shares().await? {
            filter.visible_to = me;
        } else {
            filter.only_of = me;
        }
        Ok(filter)
    }

    /// The visibility a new connection of the project gets.
    pub(crate) async fn visibility_default(&self) -> ConnectResult<Visibility> {
        Ok(if self.plan_shares().await? {
            Visibility::Project
        } else {
            Visibility::Private
        })
    }
}

fn sees_all(actor: &Actor) -> bool {
    actor.role == Role::Admin || actor.user().is_none()
}

/// Whether the actor may manage it, and whether they may send requests through it.
pub(crate) fn can(actor: &Actor, owner: &UserId, visibility: Visibility, plan_shares: bool) -> Can {
    let own = actor.owns(owner);
    let shared = plan_shares && visibility == Visibility::Project;
    Can {
        manage: actor.can_manage(owner),
        use_it: actor.can(Right::ConnectionUse) && (own || shared),
    }
}

/// What somebody may do with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Can {
    /// Rename, reconnect, revoke, delete and so on.
    pub manage: bool,
    /// Send requests through it, pick it in a step.
    pub use_it: bool,
}
