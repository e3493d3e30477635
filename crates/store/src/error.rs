//! What can go wrong with the database.

use patchbay_model::{Code, Problem};
use sea_orm::{DbErr, SqlErr};

/// A database operation that did not come to pass. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index refused the row.
    #[error("another row has this value")]
    Duplicate,
    /// A row was changed or taken by somebody else meanwhile.
    #[error("the row was changed by somebody else")]
    Conflict,
    /// The database cannot be reached, or has no room to write.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),
    /// A stored value is not what was written there.
    #[error("a stored value of {table} cannot be read: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is odd about it.
        what: String,
    },
    /// A page cursor that no list of ours made.
    #[error("the cursor was not made by this list")]
    Cursor,
    /// Anything else the database said.
    #[error("the database refused the operation")]
    Database(#[source] DbErr),
}

/// What every function of this room answers.
pub type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    /// Whether the database itself failed, rather than said something about the rows.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Database(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Duplicate;
        }
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error),
            other if unavailable(&other) => Self::Unavailable(other),
            other => Self::Database(other),
        }
    }
}

/// SQLite says "disk I/O error", "readonly" or "full" and PostgreSQL class 53, 57 or 58 or a broken socket when the
/// cause lies outside the statement.
fn unavailable(error: &DbErr) -> bool {
    let (DbErr::Exec(sea_orm::RuntimeErr::SqlxError(cause))
    | DbErr::Query(sea_orm::RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    match &**cause {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            let primary = code.parse::<u32>().ok().map(|number| number & 0xff);
            let sqlite = code.len() <= 5 && matches!(primary, Some(8 | 10 | 13 | 14));
            let postgres = code.len() == 5
                && (code.starts_with("53") || code.starts_with("57P") || code.starts_with("58"));
            sqlite || postgres
        }),
        _ => false,
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Duplicate => Problem::new(
                Code::NameTaken,
                "Something with this name is there already.",
            ),
            StoreError::Conflict => Problem::new(
                Code::Conflict,
                "Somebody else changed this meanwhile. Load it again and repeat your change.",
            ),
            StoreError::Cursor => Problem::new(
                Code::CursorInvalid,
                "cursor: it was not made by this list. Start again without it.",
            ),
            StoreError::Unavailable(cause) => {
                tracing::error!(error = %cause, "database unavailable");
                Problem::new(
                    Code::Unavailable,
                    "The database cannot be reached right now. Nothing was changed; try again in a moment.",
                )
                .retry_after(std::time::Duration::from_secs(2))
            }
            StoreError::Corrupt { .. } => {
                tracing::error!(%error, "stored value unreadable");
                Problem::internal()
            }
            StoreError::Database(cause) => {
                tracing::error!(error = %cause, "database error");
                Problem::internal()
            }
        }
    }
}
