//! Who may do what: the one table (requirement S5; `docs/rights.md` shows the same to people).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a member is in a project.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees, changes nothing.
    Viewer,
    /// Builds flows, creates connections, manages their own.
    Editor,
    /// Everything in the project.
    Admin,
}

/// What an API key may do; it acts for the person who made it, never beyond this scope.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum KeyScope {
    /// As a viewer.
    Read,
    /// As an editor.
    Write,
    /// As an admin.
    Admin,
}

impl KeyScope {
    /// The role a key of this scope acts in.
    pub const fn role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Write => Role::Editor,
            Self::Admin => Role::Admin,
        }
    }
}

/// A thing that can be done in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// See the project and its name.
    ProjectView,
    /// Rename the project.
    ProjectUpdate,
    /// Delete the project and all in it.
    ProjectDelete,
    /// See who is in the project.
    MemberView,
    /// Invite, change roles, remove.
    MemberManage,
    /// See and make API keys, revoke them.
    KeyManage,
    /// Read the audit log.
    AuditView,
    /// List connections and see one.
    ConnectionView,
    /// Make a connection.
    ConnectionCreate,
    /// Rename, reconnect, check, revoke, delete, restore or transfer a connection: one's own as an editor, any as an admin.
    ConnectionManage,
    /// Send requests through a connection, load its options, pick it in a step.
    ConnectionUse,
    /// Exchange one connection for another in every flow.
    ConnectionReplace,
    /// See and set OAuth clients.
    OAuthClientManage,
    /// See flows and their versions.
    FlowView,
    /// Create, change, publish, switch and delete flows.
    FlowEdit,
    /// Run and test flows, cancel and retry runs.
    FlowRun,
    /// See runs with their data.
    RunView,
}

impl Right {
    /// Every right, in the order of the documentation.
    pub const ALL: &'static [Right] = &[
        Right::ProjectView,
        Right::ProjectUpdate,
        Right::ProjectDelete,
        Right::MemberView,
        Right::MemberManage,
        Right::KeyManage,
        Right::AuditView,
        Right::ConnectionView,
        Right::ConnectionCreate,
        Right::ConnectionManage,
        Right::ConnectionUse,
        Right::ConnectionReplace,
        Right::OAuthClientManage,
        Right::FlowView,
        Right::FlowEdit,
        Right::FlowRun,
        Right::RunView,
    ];

    /// The least role that has it. [`Right::ConnectionManage`] is for editors on their own connections only;
    /// [`manages_connection`] decides that.
    pub const fn least_role(self) -> Role {
        match self {
            Self::ProjectView
            | Self::MemberView
            | Self::ConnectionView
            | Self::FlowView
            | Self::RunView => Role::Viewer,
            Self::ConnectionCreate
            | Self::ConnectionManage
            | Self::ConnectionUse
            | Self::FlowEdit
            | Self::FlowRun => Role::Editor,
            Self::ProjectUpdate
            | Self::ProjectDelete
            | Self::MemberManage
            | Self::KeyManage
            | Self::AuditView
            | Self::ConnectionReplace
            | Self::OAuthClientManage => Role::Admin,
        }
    }
}

/// Whether a role has a right.
pub fn allows(role: Role, right: Right) -> bool {
    role >= right.least_role()
}

/// Whether a role may manage a connection: admins any, editors their own.
pub fn manages_connection(role: Role, owns_it: bool) -> bool {
    role == Role::Admin || (role == Role::Editor && owns_it)
}

macro_rules! text_forms {
    ($type:ty, $what:literal, $($variant:path = $text:literal),*) => {
        impl $type {
            /// The word as it stands in the API and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($variant => $text,)* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok($variant),)*
                    other => Err(format!(concat!("`{}` is no ", $what, "; use one of ", $($text, " ",)*), other)),
                }
            }
        }
    };
}

text_forms!(
    Role,
    "role",
    Role::Viewer = "viewer",
    Role::Editor = "editor",
    Role::Admin = "admin"
);
text_forms!(
    KeyScope,
    "scope",
    KeyScope::Read = "read",
    KeyScope::Write = "write",
    KeyScope::Admin = "admin"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_viewers_change_nothing() {
        let seen: Vec<_> = Right::ALL
            .iter()
            .filter(|right| allows(Role::Viewer, **right))
            .collect();
        assert_eq!(
            seen,
            [
                &Right::ProjectView,
                &Right::MemberView,
                &Right::ConnectionView,
                &Right::FlowView,
                &Right::RunView
            ]
        );
    }

    #[test]
    fn s5_editors_manage_their_own_connections_and_admins_all() {
        assert!(manages_connection(Role::Editor, true));
        assert!(!manages_connection(Role::Editor, false));
        assert!(manages_connection(Role::Admin, false));
        assert!(!manages_connection(Role::Viewer, true));
    }

    #[test]
    fn admins_have_every_right() {
        assert!(Right::ALL.iter().all(|right| allows(Role::Admin, *right)));
    }
}
