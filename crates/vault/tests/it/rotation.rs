//! Rotation of each level, and the rows that two nodes make at once.

use std::sync::Arc;

use patchbay_model::ProjectId;
use patchbay_vault::{FileKek, KekProvider, SealContext, Secret, Vault, VaultError, record_dek};

use crate::support::{KEY_ONE, KEY_TWO, kek, place, project_add, world};

#[test]
fn kek_rotation_rewraps_the_roots_alone() {
    let world = world();
    let here = place(&world.project);
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();

    let both = Arc::new(
        FileKek::from_base64(KEY_TWO)
            .unwrap()
            .with_previous(KEY_ONE)
            .unwrap(),
    );
    let provider: Arc<dyn KekProvider> = both.clone();
    let vault = Vault::unlock(
        "inst_one",
        provider,
        &[world.root],
        std::slice::from_ref(&world.dek),
    )
    .unwrap();
    assert!(vault.rewrap_due(both.as_ref()));
    let roots = vault.rewrap(both.as_ref()).unwrap();
    assert_eq!(roots.len(), 1);
    assert_eq!(roots[0].kek_id, kek(KEY_TWO).id());
    vault.root_add(&roots[0]).unwrap();
    assert!(!vault.rewrap_due(both.as_ref()));

    let later = Vault::unlock("inst_one", kek(KEY_TWO), &roots, &[world.dek]).unwrap();
    assert_eq!(later.open(&here, &sealed).ok().unwrap().expose(), "token");
    let old_key = Vault::unlock("inst_one", kek(KEY_ONE), &roots, &[]);
    assert!(matches!(old_key, Err(VaultError::Kek(_))));
}

#[test]
fn root_rotation_keeps_records_and_older_derived_keys() {
    let world = world();
    let here = place(&world.project);
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let audit = world.vault.derive("audit").ok().unwrap();

    let second = world.vault.root_rotate().unwrap();
    assert_eq!(second.version, 2);
    assert_eq!(
        world.vault.root_current().unwrap(),
        1,
        "not before it is stored"
    );
    world.vault.root_add(&second).unwrap();
    assert_eq!(world.vault.root_current().unwrap(), 2);

    let dek = world.vault.dek_rewrap(&world.dek).unwrap();
    assert_eq!(
        (dek.dek_id, dek.version, dek.root_version),
        (world.dek.dek_id, 1, 2)
    );
    world.vault.dek_add(&dek).unwrap();
    assert_eq!(world.vault.dek_rewrap(&dek).unwrap(), dek);
    assert_eq!(
        world.vault.derive_at(1, "audit").ok().unwrap().expose(),
        audit.expose()
    );
    assert_ne!(
        world.vault.derive("audit").ok().unwrap().expose(),
        audit.expose()
    );

    // Without the first root: the record still opens, since its data key moved on.
    let later = Vault::unlock("inst_one", kek(KEY_ONE), &[second], &[dek]).unwrap();
    assert_eq!(later.open(&here, &sealed).ok().unwrap().expose(), "token");
    assert!(matches!(
        later.derive_at(1, "audit"),
        Err(VaultError::RootUnknown(1))
    ));
}

#[test]
fn dek_rotation_reseals_and_retires() {
    let world = world();
    let here = place(&world.project);
    let old = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let next = world.vault.dek_rotate(&world.project).unwrap();
    assert_eq!(next.version, 2);
    assert_eq!(
        world.vault.dek_current(&world.project),
        Some(world.dek.dek_id)
    );
    world.vault.dek_add(&next).unwrap();
    assert_eq!(world.vault.dek_current(&world.project), Some(next.dek_id));

    let new = world.vault.reseal(&here, &here, &old).unwrap();
    assert_eq!(record_dek(&new).unwrap(), next.dek_id);
    world.vault.dek_remove(&world.dek.dek_id);
    assert!(matches!(
        world.vault.open(&here, &old),
        Err(VaultError::UnknownDek(_))
    ));
    assert_eq!(
        world.vault.open(&here, &new).ok().unwrap().expose(),
        "token"
    );

    world.vault.dek_remove(&next.dek_id);
    assert_eq!(world.vault.dek_current(&world.project), None);
    assert!(matches!(
        world.vault.open(&here, &new),
        Err(VaultError::UnknownDek(_))
    ));
}

#[test]
fn reseal_moves_between_projects() {
    let world = world();
    let other = ProjectId::new();
    project_add(&world.vault, &other);
    let here = place(&world.project);
    let there = SealContext {
        project: &other,
        generation: 2,
        ..here
    };
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let moved = world.vault.reseal(&here, &there, &sealed).unwrap();
    assert_eq!(
        world.vault.open(&there, &moved).ok().unwrap().expose(),
        "token"
    );
    assert!(world.vault.open(&here, &moved).is_err());
    assert!(world.vault.reseal(&there, &here, &sealed).is_err());
}

/// Two nodes make a project's first data key at once: the one that lost adds the winner's row, and
/// its own never sealed anything.
#[test]
fn lost_race_leaves_no_trace() {
    let world = world();
    let project = ProjectId::new();
    let lost = world.vault.dek_create(&project).unwrap();
    let won = world.vault.dek_create(&project).unwrap();
    assert_eq!(world.vault.dek_current(&project), None);
    world.vault.dek_add(&won).unwrap();
    world.vault.dek_add(&won).unwrap();
    assert!(matches!(
        world.vault.dek_add(&lost),
        Err(VaultError::DekConflict(_))
    ));
    assert_eq!(world.vault.dek_current(&project), Some(won.dek_id));
    assert!(matches!(
        world.vault.dek_create(&project),
        Err(VaultError::DekExists { .. })
    ));
    assert!(matches!(
        world.vault.dek_rotate(&ProjectId::new()),
        Err(VaultError::DekMissing { .. })
    ));
}

#[test]
fn derived_keys_differ_by_label_and_installation() {
    let world = world();
    let audit = world.vault.derive("audit").ok().unwrap();
    assert_ne!(
        audit.expose(),
        world.vault.derive("cookie").ok().unwrap().expose()
    );
    let again = Vault::unlock("inst_one", kek(KEY_ONE), &[world.root], &[]).unwrap();
    assert_eq!(audit.expose(), again.derive("audit").ok().unwrap().expose());
}
