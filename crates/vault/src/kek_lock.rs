//! One change of a key file at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::KekError;

/// Held by whoever changes a key file, until dropped. The kernel lets go of it when the process dies.
///
/// It is a lock on the file's directory, because a rotation puts another file in the key file's place.
#[derive(Debug)]
pub struct KeyFileLock {
    _directory: File,
}

impl KeyFileLock {
    /// Errors: [`KekError::Busy`] while another process changes a key file of that directory.
    pub fn acquire(path: &Path) -> Result<Self, KekError> {
        let io = |source| KekError::Io {
            path: path.to_owned(),
            source,
        };
        let path = &std::fs::canonicalize(path).map_err(io)?;
        let parent = path
            .parent()
            .map_or_else(|| PathBuf::from("."), Path::to_owned);
        let directory = File::open(parent).map_err(io)?;
        match directory.try_lock() {
            Ok(()) => Ok(Self {
                _directory: directory,
            }),
            Err(TryLockError::WouldBlock) => Err(KekError::Busy { path: path.clone() }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
