//! Connections, their sealed credentials, and which flows use them.

mod by_flow;
mod credential;
mod due;
mod entity;
mod filter;
mod lease;
mod list;
#[cfg(test)]
mod plans;
mod row;
mod tally;
mod texts;
mod undo;
mod usage;
mod write;

pub use by_flow::{connections_apps_by_flow, connections_broken_by_flow};
pub use credential::{
    OrphanToken, SealedPart, credential_newest, credential_part, credential_put, credentials_exist,
    credentials_shred, orphan_delete, orphan_newest, orphan_put, orphans_expire,
};
pub use due::{
    expired_active, refresh_due, refresh_interrupted, refresh_park, refresh_unsettled, refresh_wake,
};
pub use filter::{ConnectionFilter, ConnectionOrder, ConnectionSort};
pub use lease::{
    LeaseClaim, RefreshFailure, Refreshed, database_now, refresh_claim, refresh_commit,
    refresh_failed, refresh_postpone, refresh_reopen, refresh_unblock,
};
pub use list::connections_list;
pub use row::{ConnectionRow, IntentPhase, RefreshState, name_key};
pub use tally::{
    AppInUse, ConnectionCounts, TabLimits, connection_apps, connections_count, connections_total,
};
pub use undo::{UndoRow, undo_insert, undo_take};
pub use usage::{
    Usage, UsageVersion, UsedRecently, usage_exists, usages, usages_flow_forget, usages_replace,
    used_record,
};
pub use write::{
    ConnectionNew, Grant, StatusChange, connection_account_set, connection_get, connection_insert,
    connection_lock, connection_name_taken, connection_names_like, connection_owner_set,
    connection_purge, connection_reconnect, connection_rename, connection_restore,
    connection_revoke, connection_status_set, connection_trash, connection_visibility_set,
    connections_get, connections_purgeable,
};
