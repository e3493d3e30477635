//! Where the outermost key comes from.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::KeyMaterial;

/// Names a key-encryption key without giving it away. For keys of [`FileKek`](crate::FileKek) it is
/// 16 hex digits computed from the key, so that an id always fits its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KekId(String);

impl KekId {
    /// The id as text, as stored beside a wrapped root.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for KekId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&str> for KekId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A holder of key-encryption keys: wraps with its current key, unwraps with the key that is named.
pub trait KekProvider: Send + Sync {
    /// The key that [`wrap`](Self::wrap) uses now.
    fn id(&self) -> KekId;

    /// Wraps a root key under the current key, bound to `aad`.
    fn wrap(&self, key: &KeyMaterial, aad: &[u8]) -> Result<Vec<u8>, KekError>;

    /// Unwraps with exactly the key `id`; other keys are not tried.
    ///
    /// Errors: [`KekError::Wrong`] if that key is not held, [`KekError::Corrupted`] if it is and
    /// the blob does not open or is bound to another `aad`.
    fn unwrap(&self, id: &KekId, blob: &[u8], aad: &[u8]) -> Result<KeyMaterial, KekError>;
}

/// Why a key-encryption key cannot be had or used.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// There is no key file.
    #[error("The key file {} is missing; put the file that was made with this database back there.", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A key file is never overwritten.
    #[error("The key file {} already exists and was left as it is.", path.display())]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("The key file {} could not be read or written; check the path and its permissions.", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read the file.
    #[error("The key file {} has mode {mode:04o}, so others may read it; run chmod 600 on it.", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to somebody else.
    #[error("The key file {} belongs to user id {uid}; it must belong to the user the server runs as.", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        uid: u32,
    },
    /// The content is not a key.
    #[error("{origin} does not hold a key: {problem}.")]
    Malformed {
        /// "The key file …" or "The key given as base64".
        origin: String,
        /// What is wrong with it; never the content.
        problem: &'static str,
    },
    /// A previous key is still there, so that a second rotation would lose it.
    #[error("The key file {} still holds a previous key; finish the rotation before starting another.", path.display())]
    PreviousPresent {
        /// The file.
        path: PathBuf,
    },
    /// Another process is changing it.
    #[error("Another process is changing the key file {}; try again when it has ended.", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The key that is needed is not held.
    #[error(
        "Key {needed} is needed but the key given is {held}; start with the key this database was made with."
    )]
    Wrong {
        /// The id of the key that made the blob.
        needed: KekId,
        /// The ids of the keys held, comma separated.
        held: String,
    },
    /// The right key is held, the blob is not what it wrapped.
    #[error(
        "The wrapped key is damaged or belongs to another installation; restore it from a backup."
    )]
    Corrupted,
    /// The cryptographic library refused, or has no randomness.
    #[error("The cryptographic library failed while wrapping a key.")]
    Crypto,
}
