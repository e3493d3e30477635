//! The workspace, its people, their sessions and keys, and the projects they are in.

mod attempts;
mod entity;
mod invitations;
mod keys;
mod members;
mod projects;
mod sessions;
mod users;
mod workspace;

use std::{fmt::Display, str::FromStr};

use crate::{StoreError, StoreResult};

pub use attempts::{Attempts, attempts_clear, attempts_lock, attempts_prune, attempts_put};
pub use invitations::{
    Invitation, NewInvitation, invitation_accept, invitation_by_token, invitation_delete,
    invitation_delete_open, invitation_get, invitation_insert, invitation_lock,
    invitation_open_count, invitation_role_set,
};
pub use keys::{
    ApiKey, KeyGrant, NewApiKey, key_get, key_grant, key_insert, key_list, key_revoke,
    key_revoke_all, key_touch,
};
pub use members::{
    Member, MemberOrInvited, member_admins_besides, member_counts, member_delete, member_get,
    member_insert, member_list, member_role_set,
};
pub use projects::{
    Project, project_by_name, project_count, project_delete, project_get, project_insert,
    project_list, project_list_all, project_lock, project_rename,
};
pub use sessions::{
    NewSession, Session, session_by_token, session_delete, session_delete_all, session_insert,
    session_list, session_prune, session_touch,
};
pub use users::{
    User, name_key, user_by_email, user_count, user_get, user_insert, user_lock, user_names,
    user_owner, user_update,
};
pub use workspace::{Workspace, workspace_ensure, workspace_get, workspace_lock, workspace_update};

/// Reads a stored word or id back into its type.
pub(crate) fn stored<T>(table: &'static str, text: &str) -> StoreResult<T>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Corrupt {
        table,
        what: error.to_string(),
    })
}
