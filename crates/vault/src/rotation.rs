//! Making and rotating the keys of each level, and knowing when to.

use std::sync::atomic::Ordering;

use patchbay_model::ProjectId;

use crate::key::KeyMaterial;
use crate::vault::{SEALS_ROTATE_AT, Vault, WrappedDek, WrappedRoot};
use crate::wrap::{self, ROOT_WRAPS_DEK};
use crate::{DekId, KekProvider, VaultError};

impl Vault {
    /// Whether some root is still wrapped by another key-encryption key than `kek`'s current one.
    pub fn rewrap_due(&self, kek: &dyn KekProvider) -> bool {
        let current = kek.id();
        self.ring()
            .roots
            .values()
            .any(|root| root.kek_id != current)
    }

    /// Every root wrapped by the current key of `kek`: the rows that replace the stored ones when
    /// the key-encryption key is rotated or another provider takes over. Roots and data keys stay
    /// what they are. Hand the rows to [`root_add`](Self::root_add) once stored, if this vault's own
    /// provider holds that key.
    pub fn rewrap(&self, kek: &dyn KekProvider) -> Result<Vec<WrappedRoot>, VaultError> {
        let roots: Vec<_> = self
            .ring()
            .roots
            .iter()
            .map(|(version, root)| (*version, root.clone()))
            .collect();
        roots
            .iter()
            .map(|(version, root)| self.root_wrap(kek, *version, &root.key))
            .collect()
    }

    /// A fresh root as the next version. Store the row and hand it to
    /// [`root_add`](Self::root_add); then replace every data key row by its
    /// [`dek_rewrap`](Self::dek_rewrap), in any number of steps. Older roots stay needed until none
    /// of those rows and nothing [derived](Self::derive_at) refers to them.
    pub fn root_rotate(&self) -> Result<WrappedRoot, VaultError> {
        let next = self
            .root_current()?
            .checked_add(1)
            .ok_or(VaultError::RootsExhausted)?;
        self.root_make(next)
    }

    /// The same data key wrapped by the newest root; a row wrapped by it already comes back as it
    /// is. Records need no change.
    pub fn dek_rewrap(&self, row: &WrappedDek) -> Result<WrappedDek, VaultError> {
        let key = self.dek_unwrap(row)?;
        if row.root_version == self.root_current()? {
            return Ok(row.clone());
        }
        self.dek_wrap(row.dek_id, &row.project, row.version, &key)
    }

    /// A fresh data key as the project's next version. Store the row and hand it to
    /// [`dek_add`](Self::dek_add): from then on it seals, and the older ones only open.
    pub fn dek_rotate(&self, project: &ProjectId) -> Result<WrappedDek, VaultError> {
        let newest = self
            .ring()
            .dek_newest(project)
            .ok_or_else(|| VaultError::DekMissing {
                project: project.clone(),
            })?;
        let next = newest
            .version
            .checked_add(1)
            .ok_or(VaultError::DekExhausted(newest.id))?;
        self.dek_make(project, next)
    }

    /// Whether the project's data key has sealed [`SEALS_ROTATE_AT`] times and wants
    /// [`dek_rotate`](Self::dek_rotate).
    pub fn dek_rotation_due(&self, project: &ProjectId) -> bool {
        self.ring()
            .dek_newest(project)
            .is_some_and(|dek| dek.seals.load(Ordering::Relaxed) >= SEALS_ROTATE_AT)
    }

    /// How often a loaded data key has sealed, as far as this vault knows.
    pub fn seal_count(&self, id: &DekId) -> Option<u64> {
        self.ring()
            .deks
            .get(id)
            .map(|dek| dek.seals.load(Ordering::Relaxed))
    }

    /// Carries a count over from an earlier process or other nodes. It never goes down.
    pub fn seal_count_restore(&self, id: &DekId, count: u64) {
        if let Some(dek) = self.ring().deks.get(id) {
            dek.seals.fetch_max(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn root_make(&self, version: u16) -> Result<WrappedRoot, VaultError> {
        let key = KeyMaterial::random().ok_or(VaultError::Crypto)?;
        self.root_wrap(self.kek.as_ref(), version, &key)
    }

    fn root_wrap(
        &self,
        kek: &dyn KekProvider,
        version: u16,
        key: &KeyMaterial,
    ) -> Result<WrappedRoot, VaultError> {
        let kek_id = kek.id();
        let blob = kek.wrap(key, &self.root_aad(version, &kek_id))?;
        Ok(WrappedRoot {
            version,
            kek_id,
            blob,
        })
    }

    pub(crate) fn dek_make(
        &self,
        project: &ProjectId,
        version: u32,
    ) -> Result<WrappedDek, VaultError> {
        let key = KeyMaterial::random().ok_or(VaultError::Crypto)?;
        let mut id = [0_u8; DekId::LEN];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| VaultError::Crypto)?;
        self.dek_wrap(DekId::from(id), project, version, &key)
    }

    fn dek_wrap(
        &self,
        dek_id: DekId,
        project: &ProjectId,
        version: u32,
        key: &KeyMaterial,
    ) -> Result<WrappedDek, VaultError> {
        let (root_version, root) = self.ring().root_newest().ok_or(VaultError::RootMissing)?;
        let aad = self.dek_aad(&dek_id, project, root_version, version);
        let blob = wrap::wrap(ROOT_WRAPS_DEK, &root.key, key, &aad).ok_or(VaultError::Crypto)?;
        Ok(WrappedDek {
            dek_id,
            project: project.clone(),
            root_version,
            version,
            blob,
        })
    }
}
