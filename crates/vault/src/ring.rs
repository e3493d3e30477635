//! The unlocked keys in memory.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64};

use data_encoding::HEXLOWER;
use patchbay_model::ProjectId;

use crate::KekId;
use crate::key::KeyMaterial;

/// Names one data key; random, stored in the header of every record it sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DekId([u8; DekId::LEN]);

impl DekId {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// The raw id, as stored.
    pub fn as_bytes(&self) -> &[u8; DekId::LEN] {
        &self.0
    }
}

impl From<[u8; DekId::LEN]> for DekId {
    fn from(id: [u8; DekId::LEN]) -> Self {
        Self(id)
    }
}

impl fmt::Display for DekId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&HEXLOWER.encode(&self.0))
    }
}

pub(crate) struct Root {
    pub(crate) key: KeyMaterial,
    /// The key-encryption key its row was last seen wrapped by.
    pub(crate) kek_id: KekId,
}

pub(crate) struct Dek {
    pub(crate) id: DekId,
    pub(crate) project: ProjectId,
    pub(crate) version: u32,
    /// Changes when the row is rewrapped under a newer root; the key stays.
    pub(crate) root_version: AtomicU16,
    pub(crate) key: KeyMaterial,
    pub(crate) seals: AtomicU64,
}

#[derive(Default)]
pub(crate) struct Ring {
    pub(crate) roots: BTreeMap<u16, Arc<Root>>,
    pub(crate) deks: HashMap<DekId, Arc<Dek>>,
    /// By project: its data keys by version; the highest is the one that seals.
    pub(crate) projects: HashMap<ProjectId, BTreeMap<u32, DekId>>,
}

impl Ring {
    pub(crate) fn root_newest(&self) -> Option<(u16, Arc<Root>)> {
        self.roots
            .last_key_value()
            .map(|(version, root)| (*version, Arc::clone(root)))
    }

    pub(crate) fn dek_newest(&self, project: &ProjectId) -> Option<Arc<Dek>> {
        let (_, id) = self.projects.get(project)?.last_key_value()?;
        self.deks.get(id).cloned()
    }
}
