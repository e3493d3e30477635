//! A wrong or missing key, and damaged key rows: told apart, and nothing opens.

use patchbay_model::{Code, Problem, ProjectId};
use patchbay_vault::{
    FileKek, KekError, KekProvider, Secret, Vault, VaultError, WrappedDek, WrappedRoot,
};

use crate::support::{KEY_ONE, KEY_TWO, kek, place, project_add, world};

#[test]
fn s30_wrong_key_names_the_key_needed() {
    let world = world();
    let needed = kek(KEY_ONE).id();
    let held = kek(KEY_TWO).id();
    assert_ne!(needed, held);
    let error = Vault::unlock("inst_one", kek(KEY_TWO), &[world.root], &[world.dek]).unwrap_err();
    assert!(matches!(&error, VaultError::Kek(KekError::Wrong { needed: id, .. }) if *id == needed));
    let told = error.to_string();
    assert!(
        told.contains(needed.as_str()) && told.contains(held.as_str()),
        "{told}"
    );
    let problem = Problem::from(error);
    assert_eq!(problem.code, Code::Sealed);
    assert!(!problem.message.contains(needed.as_str()));
}

#[test]
fn s30_missing_key_names_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    let error = FileKek::load(&path).err().unwrap();
    assert!(matches!(error, KekError::Missing { .. }));
    assert!(error.to_string().contains(&path.display().to_string()));
    assert!(!path.exists(), "a missing key is never made up");
}

#[test]
fn s30_no_root_rows() {
    let error = Vault::unlock("inst_one", kek(KEY_ONE), &[], &[]).unwrap_err();
    assert!(matches!(error, VaultError::RootMissing));
}

#[test]
fn s30_damaged_root_is_not_called_a_wrong_key() {
    let world = world();
    for bit in 0..world.root.blob.len() * 8 {
        let mut damaged = world.root.clone();
        damaged.blob[bit / 8] ^= 1 << (bit % 8);
        let error = Vault::unlock("inst_one", kek(KEY_ONE), &[damaged], &[]).unwrap_err();
        assert!(
            matches!(error, VaultError::RootCorrupted(1)),
            "bit {bit}: {error}"
        );
    }
    for blob in [
        Vec::new(),
        world.root.blob[1..].to_vec(),
        [&world.root.blob[..], &[0]].concat(),
    ] {
        let damaged = WrappedRoot {
            blob,
            ..world.root.clone()
        };
        let error = Vault::unlock("inst_one", kek(KEY_ONE), &[damaged], &[]).unwrap_err();
        assert!(matches!(error, VaultError::RootCorrupted(1)), "{error}");
    }
    let renumbered = WrappedRoot {
        version: 2,
        ..world.root.clone()
    };
    let error = Vault::unlock("inst_one", kek(KEY_ONE), &[renumbered], &[]).unwrap_err();
    assert!(matches!(error, VaultError::RootCorrupted(2)), "{error}");
}

#[test]
fn s30_damaged_or_moved_data_key() {
    let world = world();
    let refused = |row: &WrappedDek| {
        let roots = [world.root.clone()];
        let error =
            Vault::unlock("inst_one", kek(KEY_ONE), &roots, std::slice::from_ref(row)).unwrap_err();
        matches!(error, VaultError::DekCorrupted(id) if id == row.dek_id)
    };
    for bit in 0..world.dek.blob.len() * 8 {
        let mut damaged = world.dek.clone();
        damaged.blob[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&damaged), "bit {bit}");
    }
    assert!(refused(&WrappedDek {
        project: ProjectId::new(),
        ..world.dek.clone()
    }));
    assert!(refused(&WrappedDek {
        version: 2,
        ..world.dek.clone()
    }));
    assert!(refused(&WrappedDek {
        dek_id: [7; 16].into(),
        ..world.dek.clone()
    }));

    let other_root = WrappedDek {
        root_version: 9,
        ..world.dek.clone()
    };
    let error = world.vault.dek_add(&other_root).unwrap_err();
    assert!(matches!(error, VaultError::RootUnknown(9)));
}

#[test]
fn s30_root_of_another_vault_does_not_replace_one() {
    let world = world();
    let (_, foreign) = Vault::create("inst_one", kek(KEY_ONE)).unwrap();
    assert!(matches!(
        world.vault.root_add(&foreign),
        Err(VaultError::RootCorrupted(1))
    ));
    world.vault.root_add(&world.root).unwrap();
}

/// A node that does not have the data key yet asks for it by id, and goes on once it has it.
#[test]
fn unknown_data_key_is_asked_for() {
    let world = world();
    let here = place(&world.project);
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let other_node = Vault::unlock(
        "inst_one",
        kek(KEY_ONE),
        std::slice::from_ref(&world.root),
        &[],
    )
    .unwrap();
    project_add(&other_node, &ProjectId::new());
    let error = other_node.open(&here, &sealed).err().unwrap();
    assert!(matches!(error, VaultError::UnknownDek(id) if id == world.dek.dek_id));
    let error = other_node.seal(&here, &Secret::new("token")).unwrap_err();
    assert!(matches!(error, VaultError::DekMissing { project } if project == world.project));
    other_node.dek_add(&world.dek).unwrap();
    assert_eq!(
        other_node.open(&here, &sealed).ok().unwrap().expose(),
        "token"
    );
}
