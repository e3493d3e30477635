//! One process a data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The operating system's lock on a data directory, held until dropped; the kernel lets go of it when the process
/// dies, so a crash leaves nothing to clean up.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// The directory is in use or cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum DataLockError {
    /// Another process holds it.
    #[error(
        "another Patchbay is running on {}; stop it first, or choose another directory with --data",
        .0.display()
    )]
    Held(PathBuf),
    /// The lock file cannot be opened.
    #[error("cannot lock {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

impl DataLock {
    /// Whether a process holds the lock of this directory now. Nothing is made or kept.
    pub fn is_held(directory: &Path) -> bool {
        File::open(directory.join("patchbay.lock"))
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Locks the directory, which must exist.
    pub fn acquire(directory: &Path) -> Result<Self, DataLockError> {
        let path = directory.join("patchbay.lock");
        let failed = |error| DataLockError::Io(path.clone(), error);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DataLockError::Held(directory.to_owned())),
            Err(TryLockError::Error(error)) => Err(DataLockError::Io(path, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s44_a_second_holder_is_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let first = DataLock::acquire(directory.path()).expect("the first lock");
        assert!(matches!(
            DataLock::acquire(directory.path()),
            Err(DataLockError::Held(_))
        ));
        assert!(DataLock::is_held(directory.path()));
        drop(first);
        assert!(!DataLock::is_held(directory.path()));
        assert!(DataLock::acquire(directory.path()).is_ok());
    }
}
