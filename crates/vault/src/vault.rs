//! The unlocked vault: sealing and opening.

use std::fmt;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use patchbay_model::ProjectId;
use subtle::ConstantTimeEq;

use crate::cipher::hkdf_sha256;
use crate::framing::frame;
use crate::key::KeyMaterial;
use crate::payload::Payload;
use crate::record::{self, RecordKey};
use crate::ring::{Dek, Ring, Root};
use crate::wrap::{self, ROOT_WRAPS_DEK};
use crate::{
    DekId, KekError, KekId, KekProvider, SealContext, Secret, SecretMap, VaultError, record_dek,
};

/// From this many seals on a data key wants rotating: 0.9 · 2^32, the margin below
/// [`SEALS_MAX`].
pub const SEALS_ROTATE_AT: u64 = 3_865_470_566;

/// How often one key may be used with random 96-bit nonces: 2^32 (NIST SP 800-38D). Subkeys make
/// the real margin larger; the limit is kept on the data key all the same.
pub const SEALS_MAX: u64 = 1 << 32;

/// A root key as a database row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedRoot {
    /// Ascending from 1.
    pub version: u16,
    /// The key-encryption key that wrapped it.
    pub kek_id: KekId,
    /// The wrapped key; safe to store.
    pub blob: Vec<u8>,
}

/// A project's data key as a database row. Two rows with the same project and version must never
/// exist: the table needs that unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedDek {
    /// Names it in the header of records.
    pub dek_id: DekId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// The root version that wrapped it.
    pub root_version: u16,
    /// Ascending from 1 in the project; the highest one seals.
    pub version: u32,
    /// The wrapped key; safe to store.
    pub blob: Vec<u8>,
}

/// The unlocked key ring. All methods take `&self`; share it in an `Arc` between threads.
///
/// Rows made here (`…_create`, `…_rotate`) take effect only when they are handed back through
/// `…_add`, after they are safely stored: nothing is ever sealed under a key that a crash or a lost
/// race could lose.
pub struct Vault {
    pub(crate) instance_id: String,
    pub(crate) kek: Arc<dyn KekProvider>,
    ring: RwLock<Ring>,
}

/// Shows the installation and how many keys are loaded, never a key.
impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring();
        out.debug_struct("Vault")
            .field("instance_id", &self.instance_id)
            .field("roots", &ring.roots.len())
            .field("deks", &ring.deks.len())
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// The first start with an empty database: a vault with a fresh root, and the row to store.
    /// Never to be called when the database holds roots already.
    pub fn create(
        instance_id: &str,
        kek: Arc<dyn KekProvider>,
    ) -> Result<(Self, WrappedRoot), VaultError> {
        let vault = Self::empty(instance_id, kek);
        let root = vault.root_make(1)?;
        vault.root_add(&root)?;
        Ok((vault, root))
    }

    /// Every later start. `deks` may be all rows, some, or none: missing ones are asked for by
    /// [`VaultError::UnknownDek`] and [`VaultError::DekMissing`] and added by
    /// [`dek_add`](Self::dek_add).
    ///
    /// Errors: [`VaultError::RootMissing`] without roots; [`KekError::Wrong`] naming the key id that
    /// is needed; [`VaultError::RootCorrupted`] and [`VaultError::DekCorrupted`] for rows that do
    /// not open although the key is right.
    pub fn unlock(
        instance_id: &str,
        kek: Arc<dyn KekProvider>,
        roots: &[WrappedRoot],
        deks: &[WrappedDek],
    ) -> Result<Self, VaultError> {
        if roots.is_empty() {
            return Err(VaultError::RootMissing);
        }
        let vault = Self::empty(instance_id, kek);
        for root in roots {
            vault.root_add(root)?;
        }
        for dek in deks {
            vault.dek_add(dek)?;
        }
        Ok(vault)
    }

    /// Seals a text for one place, under the project's newest data key.
    ///
    /// Errors: [`VaultError::DekMissing`] if none is loaded, [`VaultError::DekExhausted`] if it was
    /// not rotated in time (see [`dek_rotation_due`](Self::dek_rotation_due)).
    pub fn seal(&self, context: &SealContext<'_>, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        self.payload_seal(context, &Payload::from_text(secret)?)
    }

    /// Opens a text sealed for exactly this place.
    ///
    /// Errors: [`VaultError::UnknownDek`] asks the caller to load the project's data keys and try
    /// again; [`VaultError::Integrity`] means altered or moved.
    pub fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<Secret, VaultError> {
        self.payload_open(context, record)?.to_text()
    }

    /// Seals several fields as one record; otherwise like [`seal`](Self::seal).
    pub fn seal_map(
        &self,
        context: &SealContext<'_>,
        secrets: &SecretMap,
    ) -> Result<Vec<u8>, VaultError> {
        self.payload_seal(context, &Payload::from_map(secrets)?)
    }

    /// Opens what [`seal_map`](Self::seal_map) sealed; otherwise like [`open`](Self::open).
    pub fn open_map(
        &self,
        context: &SealContext<'_>,
        record: &[u8],
    ) -> Result<SecretMap, VaultError> {
        self.payload_open(context, record)?.to_map()
    }

    /// Opens a record at one place and seals it for another (or the same), under the newest data
    /// key there: for moving a connection, for a new generation, for re-encryption after a rotation.
    pub fn reseal(
        &self,
        from: &SealContext<'_>,
        to: &SealContext<'_>,
        record: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.payload_seal(to, &self.payload_open(from, record)?)
    }

    /// A 32-byte key for another use (audit chain, cookies, …), one a label, from the newest root.
    /// It changes when the root is rotated; see [`derive_at`](Self::derive_at).
    pub fn derive(&self, label: &str) -> Result<KeyMaterial, VaultError> {
        self.derive_at(self.root_current()?, label)
    }

    /// [`derive`](Self::derive) from a given root version, to check what was made before a rotation.
    pub fn derive_at(&self, root_version: u16, label: &str) -> Result<KeyMaterial, VaultError> {
        let root = self.root(root_version)?;
        let info = frame(&[b"derive/v1", self.instance_id.as_bytes(), label.as_bytes()]);
        KeyMaterial::fill_with(|key| hkdf_sha256(&root.key, &[], &info, key))
            .map_err(|_| VaultError::Crypto)
    }

    /// The newest root version.
    pub fn root_current(&self) -> Result<u16, VaultError> {
        self.ring()
            .root_newest()
            .map(|(version, _)| version)
            .ok_or(VaultError::RootMissing)
    }

    /// Takes a root row in: at start, or when another node or this one stored a new version.
    /// Repeating it is harmless.
    pub fn root_add(&self, row: &WrappedRoot) -> Result<(), VaultError> {
        let aad = self.root_aad(row.version, &row.kek_id);
        let key = self
            .kek
            .unwrap(&row.kek_id, &row.blob, &aad)
            .map_err(|error| match error {
                KekError::Corrupted => VaultError::RootCorrupted(row.version),
                other => VaultError::Kek(other),
            })?;
        let mut ring = self.ring_mut();
        if ring
            .roots
            .get(&row.version)
            .is_some_and(|known| !same(&known.key, &key))
        {
            return Err(VaultError::RootCorrupted(row.version));
        }
        ring.roots.insert(
            row.version,
            Arc::new(Root {
                key,
                kek_id: row.kek_id.clone(),
            }),
        );
        Ok(())
    }

    /// Makes the first data key of a project. Store the row, then hand it to
    /// [`dek_add`](Self::dek_add); if storing fails because another node was first, add that one.
    pub fn dek_create(&self, project: &ProjectId) -> Result<WrappedDek, VaultError> {
        if self.dek_current(project).is_some() {
            return Err(VaultError::DekExists {
                project: project.clone(),
            });
        }
        self.dek_make(project, 1)
    }

    /// Takes a data key row in. Repeating it, also with the row as rewrapped under another root, is
    /// harmless.
    pub fn dek_add(&self, row: &WrappedDek) -> Result<(), VaultError> {
        let key = self.dek_unwrap(row)?;
        let mut ring = self.ring_mut();
        if let Some(known) = ring.deks.get(&row.dek_id) {
            if known.project != row.project
                || known.version != row.version
                || !same(&known.key, &key)
            {
                return Err(VaultError::DekConflict(row.dek_id));
            }
            known
                .root_version
                .store(row.root_version, Ordering::Relaxed);
            return Ok(());
        }
        let versions = ring.projects.entry(row.project.clone()).or_default();
        if versions.contains_key(&row.version) {
            return Err(VaultError::DekConflict(row.dek_id));
        }
        versions.insert(row.version, row.dek_id);
        let dek = Dek {
            id: row.dek_id,
            project: row.project.clone(),
            version: row.version,
            root_version: AtomicU16::new(row.root_version),
            key,
            seals: AtomicU64::new(0),
        };
        ring.deks.insert(row.dek_id, Arc::new(dek));
        Ok(())
    }

    /// The data key a project seals with now, if one is loaded.
    pub fn dek_current(&self, project: &ProjectId) -> Option<DekId> {
        self.ring().dek_newest(project).map(|dek| dek.id)
    }

    /// Forgets a data key, once no record names it or its project is gone. Its records stop opening
    /// here at once; for good when its row is deleted too.
    pub fn dek_remove(&self, id: &DekId) {
        let mut ring = self.ring_mut();
        let Some(dek) = ring.deks.remove(id) else {
            return;
        };
        if let Some(versions) = ring.projects.get_mut(&dek.project) {
            versions.remove(&dek.version);
            if versions.is_empty() {
                ring.projects.remove(&dek.project);
            }
        }
    }

    fn empty(instance_id: &str, kek: Arc<dyn KekProvider>) -> Self {
        Self {
            instance_id: instance_id.to_owned(),
            kek,
            ring: RwLock::default(),
        }
    }

    fn payload_seal(
        &self,
        context: &SealContext<'_>,
        payload: &Payload,
    ) -> Result<Vec<u8>, VaultError> {
        let dek =
            self.ring()
                .dek_newest(context.project)
                .ok_or_else(|| VaultError::DekMissing {
                    project: context.project.clone(),
                })?;
        dek.seals
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seals| {
                (seals < SEALS_MAX).then_some(seals + 1)
            })
            .map_err(|_| VaultError::DekExhausted(dek.id))?;
        let key = RecordKey {
            instance_id: &self.instance_id,
            root_version: dek.root_version.load(Ordering::Relaxed),
            dek_id: dek.id,
            dek: &dek.key,
        };
        record::seal(key, context, payload)
    }

    fn payload_open(
        &self,
        context: &SealContext<'_>,
        record: &[u8],
    ) -> Result<Payload, VaultError> {
        let id = record_dek(record)?;
        let dek = self
            .ring()
            .deks
            .get(&id)
            .cloned()
            .ok_or(VaultError::UnknownDek(id))?;
        if dek.project != *context.project {
            return Err(context.integrity_error());
        }
        record::open(&self.instance_id, &dek.key, context, record)
    }

    /// Unwraps a data key row by the root version it names.
    pub(crate) fn dek_unwrap(&self, row: &WrappedDek) -> Result<KeyMaterial, VaultError> {
        let root = self.root(row.root_version)?;
        let aad = self.dek_aad(&row.dek_id, &row.project, row.root_version, row.version);
        wrap::unwrap(ROOT_WRAPS_DEK, &root.key, &row.blob, &aad)
            .map_err(|_| VaultError::DekCorrupted(row.dek_id))
    }

    pub(crate) fn root(&self, version: u16) -> Result<Arc<Root>, VaultError> {
        self.ring()
            .roots
            .get(&version)
            .cloned()
            .ok_or(VaultError::RootUnknown(version))
    }

    pub(crate) fn root_aad(&self, version: u16, kek_id: &KekId) -> Vec<u8> {
        frame(&[
            b"patchbay",
            b"root",
            self.instance_id.as_bytes(),
            &version.to_be_bytes(),
            kek_id.as_str().as_bytes(),
        ])
    }

    pub(crate) fn dek_aad(
        &self,
        id: &DekId,
        project: &ProjectId,
        root_version: u16,
        version: u32,
    ) -> Vec<u8> {
        frame(&[
            b"patchbay",
            b"dek",
            self.instance_id.as_bytes(),
            id.as_bytes(),
            project.as_str().as_bytes(),
            &root_version.to_be_bytes(),
            &version.to_be_bytes(),
        ])
    }

    /// Every change of the ring is a single consistent step, so a lock poisoned by a panic
    /// elsewhere still guards a sound ring.
    pub(crate) fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(one: &KeyMaterial, other: &KeyMaterial) -> bool {
    one.expose().ct_eq(other.expose()).into()
}
