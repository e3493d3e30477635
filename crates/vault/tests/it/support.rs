//! What several tests need.

use std::sync::Arc;

use patchbay_model::ProjectId;
use patchbay_vault::{FileKek, SealContext, Vault, WrappedDek, WrappedRoot};

/// Base64 of two keys.
pub(crate) const KEY_ONE: &str = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=";
pub(crate) const KEY_TWO: &str = "MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI=";

pub(crate) fn kek(key: &str) -> Arc<FileKek> {
    Arc::new(FileKek::from_base64(key).unwrap())
}

/// A vault under [`KEY_ONE`] with one project, and its rows.
pub(crate) struct World {
    pub(crate) vault: Vault,
    pub(crate) root: WrappedRoot,
    pub(crate) dek: WrappedDek,
    pub(crate) project: ProjectId,
}

pub(crate) fn world() -> World {
    let (vault, root) = Vault::create("inst_one", kek(KEY_ONE)).unwrap();
    let project = ProjectId::new();
    let dek = project_add(&vault, &project);
    World {
        vault,
        root,
        dek,
        project,
    }
}

pub(crate) fn project_add(vault: &Vault, project: &ProjectId) -> WrappedDek {
    let dek = vault.dek_create(project).unwrap();
    vault.dek_add(&dek).unwrap();
    dek
}

/// The access token of one connection of the project.
pub(crate) fn place(project: &ProjectId) -> SealContext<'_> {
    SealContext {
        table: "credentials",
        field: "access_token",
        project,
        record: "conn_one",
        generation: 1,
    }
}

/// SplitMix64 (public domain, Vigna): the same numbers in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
