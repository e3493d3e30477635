//! What can go wrong in the vault.

use patchbay_model::{Code, Problem, ProjectId};

use crate::{DekId, KekError};

/// Errors of [`Vault`](crate::Vault). None carries a secret or tells more about a sealed value than
/// its place.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key-encryption key is missing, wrong or unusable; the vault stays sealed.
    #[error(transparent)]
    Kek(#[from] KekError),
    /// There is no root row to unlock with.
    #[error(
        "The database holds no root key; create the vault first, or restore the keyring from a backup."
    )]
    RootMissing,
    /// A wrapped root does not open although the right key-encryption key is held.
    #[error(
        "Root key version {0} is damaged or belongs to another installation; restore it from a backup."
    )]
    RootCorrupted(u16),
    /// A data key or derivation names a root version that is not loaded.
    #[error("Root key version {0} is needed but not loaded.")]
    RootUnknown(u16),
    /// Version numbers of roots are used up.
    #[error("No further root key version can be made.")]
    RootsExhausted,
    /// A wrapped data key does not open.
    #[error(
        "Data key {0} is damaged or belongs to another project or installation; restore it from a backup."
    )]
    DekCorrupted(DekId),
    /// Another data key with the same id, or the same project and version, is already loaded.
    #[error("Data key {0} contradicts one that is already loaded.")]
    DekConflict(DekId),
    /// The project has no data key loaded yet.
    #[error("Project {project} has no data key loaded.")]
    DekMissing {
        /// The project.
        project: ProjectId,
    },
    /// The project has a data key already; a further version comes from `dek_rotate`.
    #[error("Project {project} already has a data key.")]
    DekExists {
        /// The project.
        project: ProjectId,
    },
    /// The data key has sealed as often as it may; it must be rotated.
    #[error("Data key {0} has been used as often as is safe; rotate it.")]
    DekExhausted(DekId),
    /// A record was sealed with a data key that is not loaded. The caller loads the project's rows
    /// and tries once more.
    #[error("Data key {0} is needed but not loaded.")]
    UnknownDek(DekId),
    /// The bytes are not a sealed record at all, or are cut short.
    #[error("The stored value is not a sealed record.")]
    NotARecord,
    /// The record format is newer than this program, or the byte was altered.
    #[error("The sealed record has format {0}, which this version does not know.")]
    UnknownFormat(u8),
    /// The algorithm is newer than this program, or the byte was altered.
    #[error("The sealed record uses algorithm {0}, which this version does not know.")]
    UnknownAlgorithm(u8),
    /// The record was altered, or belongs to another row, field, project, generation or
    /// installation.
    #[error(
        "The sealed value {table}.{field} of {record} was altered or belongs elsewhere; it was not used."
    )]
    Integrity {
        /// Table of the place it was read from.
        table: String,
        /// Field of that place.
        field: String,
        /// Row of that place.
        record: String,
    },
    /// A text was read as a map or the other way round.
    #[error("The sealed value holds another kind of secret than was asked for.")]
    WrongKind,
    /// The secret is larger than a record may be.
    #[error("The secret is larger than 1 MiB and cannot be stored.")]
    TooLong,
    /// The cryptographic library refused, or has no randomness.
    #[error("The cryptographic library failed.")]
    Crypto,
}

/// A sealed vault is told as such; everything else is an internal failure whose cause (without any
/// secret) goes to the log.
impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "vault");
        match error {
            VaultError::Kek(_) | VaultError::RootMissing | VaultError::RootCorrupted(_) => {
                Self::new(
                    Code::Sealed,
                    "The vault is sealed because its key is missing or wrong; the operator finds the reason in the server log.",
                )
            }
            VaultError::TooLong => Self::new(Code::PayloadTooLarge, error.to_string()),
            _ => Self::internal(),
        }
    }
}
