//! Key-encryption keys in a file, or in one environment variable.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

use crate::key::{KEY_LEN, KeyMaterial};
use crate::wrap::{self, KEK_WRAPS_ROOT, UnwrapError};
use crate::{KekError, KekId, KekProvider};

/// A key file is two short lines and a comment.
const FILE_MAX: u64 = 4096;
/// Base64 of 32 bytes, with padding.
const BASE64_LEN: usize = 44;

const PREAMBLE: &str = "# Patchbay key file. Keep a copy away from this machine and away from the backups:\n\
                        # without it the stored credentials cannot be opened by anybody.\n";

/// A current key, and during a rotation the previous one, held in memory.
///
/// The file is text: comment lines, `current = <base64 of 32 bytes>` and optionally
/// `previous = <base64 of 32 bytes>`.
pub struct FileKek {
    current: KeyMaterial,
    previous: Option<KeyMaterial>,
}

impl FileKek {
    /// Makes a key file with a fresh key, mode 0600. An existing file, whatever it holds, stays as
    /// it is and is answered by [`KekError::Exists`].
    pub fn create_new(path: &Path) -> Result<Self, KekError> {
        let kek = Self {
            current: KeyMaterial::random().ok_or(KekError::Crypto)?,
            previous: None,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => KekError::Exists {
                    path: path.to_owned(),
                },
                _ => io_error(path, source),
            })?;
        if let Err(source) = kek.write_to(&mut file).and_then(|()| directory_sync(path)) {
            // This call made the file and nothing was sealed with its key yet.
            let _ = fs::remove_file(path);
            return Err(io_error(path, source));
        }
        Ok(kek)
    }

    /// Reads a key file. It must be a regular file, belong to the user this process runs as (or to
    /// root) and be readable by its owner alone.
    pub fn load(path: &Path) -> Result<Self, KekError> {
        let content = file_read(path)?;
        let origin = || format!("The key file {}", path.display());
        let (mut current, mut previous) = (None, None);
        for line in content.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = |problem| KekError::Malformed {
                origin: origin(),
                problem,
            };
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| malformed("a line is not \"name = key\""))?;
            let slot = match name.trim() {
                "current" => &mut current,
                "previous" => &mut previous,
                _ => {
                    return Err(malformed(
                        "a line names neither \"current\" nor \"previous\"",
                    ));
                }
            };
            if slot.replace(key_decode(value, origin)?).is_some() {
                return Err(malformed("a key is given twice"));
            }
        }
        let current = current.ok_or_else(|| KekError::Malformed {
            origin: origin(),
            problem: "the line \"current = <key>\" is missing",
        })?;
        Ok(Self { current, previous })
    }

    /// The current key from base64 of 32 bytes, as an environment variable holds it.
    pub fn from_base64(current: &str) -> Result<Self, KekError> {
        let current = key_decode(current, || "The key given as base64".to_owned())?;
        Ok(Self {
            current,
            previous: None,
        })
    }

    /// Adds the previous key, needed until every root is wrapped by the current one.
    pub fn with_previous(mut self, previous: &str) -> Result<Self, KekError> {
        self.previous = Some(key_decode(previous, || {
            "The previous key given as base64".to_owned()
        })?);
        Ok(self)
    }

    /// First half of a rotation: puts a fresh current key into the file and keeps the old one as
    /// previous. Next, every root is rewrapped ([`Vault::rewrap`](crate::Vault::rewrap)) and stored,
    /// then [`previous_drop`](Self::previous_drop) ends it.
    ///
    /// Errors: [`KekError::PreviousPresent`] if an earlier rotation is unfinished.
    pub fn rotate(path: &Path) -> Result<Self, KekError> {
        let old = Self::load(path)?;
        if old.previous.is_some() {
            return Err(KekError::PreviousPresent {
                path: path.to_owned(),
            });
        }
        let rotated = Self {
            current: KeyMaterial::random().ok_or(KekError::Crypto)?,
            previous: Some(old.current),
        };
        rotated.file_replace(path)?;
        Ok(rotated)
    }

    /// Second half of a rotation: takes the previous key out of the file. Only after every stored
    /// root names the current key.
    pub fn previous_drop(path: &Path) -> Result<Self, KekError> {
        let kept = Self {
            previous: None,
            ..Self::load(path)?
        };
        kept.file_replace(path)?;
        Ok(kept)
    }

    /// The id of the previous key, if one is held.
    pub fn previous_id(&self) -> Option<KekId> {
        self.previous.as_ref().map(key_id)
    }

    fn held(&self) -> String {
        let mut held = key_id(&self.current).to_string();
        if let Some(previous) = self.previous_id() {
            held.push_str(", ");
            held.push_str(previous.as_str());
        }
        held
    }

    fn write_to(&self, file: &mut File) -> io::Result<()> {
        // The mode asked for at creation is narrowed by the umask; this sets it exactly.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(PREAMBLE.as_bytes())?;
        let lines = [
            ("current", Some(&self.current)),
            ("previous", self.previous.as_ref()),
        ];
        for (name, key) in lines {
            let Some(key) = key else { continue };
            let mut text = Zeroizing::new([0_u8; BASE64_LEN]);
            BASE64.encode_mut(key.expose(), text.as_mut_slice());
            file.write_all(name.as_bytes())?;
            file.write_all(b" = ")?;
            file.write_all(text.as_slice())?;
            file.write_all(b"\n")?;
        }
        file.sync_all()
    }

    /// Replaces the file in one step: a crash leaves the old or the new content, never a part. Behind
    /// a link, the file it leads to is replaced.
    fn file_replace(&self, path: &Path) -> Result<(), KekError> {
        let path = &fs::canonicalize(path).map_err(|source| io_error(path, source))?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let beside = path.with_file_name(name);
        let replaced = (|| {
            match fs::remove_file(&beside) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            self.write_to(&mut file)?;
            fs::rename(&beside, path)?;
            directory_sync(path)
        })();
        replaced.map_err(|source| {
            let _ = fs::remove_file(&beside);
            io_error(path, source)
        })
    }
}

impl KekProvider for FileKek {
    fn id(&self) -> KekId {
        key_id(&self.current)
    }

    fn wrap(&self, key: &KeyMaterial, aad: &[u8]) -> Result<Vec<u8>, KekError> {
        wrap::wrap(KEK_WRAPS_ROOT, &self.current, key, aad).ok_or(KekError::Crypto)
    }

    fn unwrap(&self, id: &KekId, blob: &[u8], aad: &[u8]) -> Result<KeyMaterial, KekError> {
        let named = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key_id(key) == *id)
            .ok_or_else(|| KekError::Wrong {
                needed: id.clone(),
                held: self.held(),
            })?;
        wrap::unwrap(KEK_WRAPS_ROOT, named, blob, aad).map_err(|error| match error {
            // The row names a key that is held but the blob was made by another: the row is wrong,
            // not the key.
            UnwrapError::WrongKey | UnwrapError::Corrupted => KekError::Corrupted,
        })
    }
}

fn key_id(key: &KeyMaterial) -> KekId {
    KekId::from(HEXLOWER.encode(&key.check_value(KEK_WRAPS_ROOT.check_label)))
}

fn key_decode(text: &str, origin: impl Fn() -> String) -> Result<KeyMaterial, KekError> {
    let malformed = || KekError::Malformed {
        origin: origin(),
        problem: "a key is base64 of 32 bytes, 44 characters; `openssl rand -base64 32` makes one",
    };
    let text = text.trim();
    if text.len() != BASE64_LEN {
        return Err(malformed());
    }
    // 44 characters may decode to 33 bytes; only 32 are a key.
    let mut decoded = Zeroizing::new([0_u8; KEY_LEN + 1]);
    let length = BASE64
        .decode_mut(text.as_bytes(), decoded.as_mut_slice())
        .map_err(|_| malformed())?;
    if length != KEY_LEN {
        return Err(malformed());
    }
    KeyMaterial::fill_with(|key| {
        key.copy_from_slice(&decoded[..KEY_LEN]);
        Ok(())
    })
}

fn file_read(path: &Path) -> Result<Zeroizing<String>, KekError> {
    let not_a_file = || KekError::Malformed {
        origin: format!("The key file {}", path.display()),
        problem: "it is not a regular file of a few lines",
    };
    // Looked at before opening as well, because opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(|source| io_error(path, source))?;
    if !metadata.is_file() {
        return Err(not_a_file());
    }
    let file = File::open(path).map_err(|source| io_error(path, source))?;
    let metadata = file.metadata().map_err(|source| io_error(path, source))?;
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return Err(not_a_file());
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KekError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    let uid = metadata.uid();
    if uid != 0 && uid != rustix::process::geteuid().as_raw() {
        return Err(KekError::Owner {
            path: path.to_owned(),
            uid,
        });
    }
    // Room for everything up front: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_MAX as usize + 1));
    file.take(FILE_MAX)
        .read_to_end(&mut bytes)
        .map_err(|source| io_error(path, source))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| not_a_file())?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn io_error(path: &Path, source: io::Error) -> KekError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        KekError::Missing { path }
    } else {
        KekError::Io { path, source }
    }
}

/// Makes a new or renamed directory entry durable.
fn directory_sync(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    File::open(parent)?.sync_all()
}
