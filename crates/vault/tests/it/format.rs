//! The formats do not change, and unknown ones are refused by name.

use data_encoding::HEXLOWER;
use patchbay_model::ProjectId;
use patchbay_vault::{
    DekId, FileKek, KekProvider, SealContext, Secret, Vault, VaultError, WrappedDek, WrappedRoot,
};
use std::sync::Arc;

use crate::known_answers as known;
use crate::support::{place, world};

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

#[test]
fn s04_frozen_keys_and_records_open() {
    let kek = Arc::new(FileKek::from_base64(known::KEK).unwrap());
    assert_eq!(kek.id().as_str(), known::KEK_ID);
    let project: ProjectId = known::PROJECT.parse().unwrap();
    let root = WrappedRoot {
        version: 1,
        kek_id: known::KEK_ID.into(),
        blob: bytes(known::ROOT),
    };
    let dek = WrappedDek {
        dek_id: DekId::from(std::array::from_fn(|at| 0x60 + at as u8)),
        project: project.clone(),
        root_version: 1,
        version: 1,
        blob: bytes(known::DEK),
    };
    let vault = Vault::unlock(known::INSTANCE, kek, &[root], &[dek]).unwrap();
    let token = SealContext {
        table: "credentials",
        field: "access_token",
        project: &project,
        record: known::CONNECTION,
        generation: 7,
    };
    let text = vault.open(&token, &bytes(known::TEXT)).ok().unwrap();
    assert_eq!(text.expose(), "ya29.example-token");
    let fields = SealContext {
        field: "fields",
        ..token
    };
    let map = vault.open_map(&fields, &bytes(known::MAP)).ok().unwrap();
    assert_eq!(map.names().collect::<Vec<_>>(), ["password", "username"]);
    assert_eq!(map.expose("password"), Some("pässword"));
    assert_eq!(map.expose("username"), Some("ada"));
    let derived = vault.derive("audit").ok().unwrap();
    assert_eq!(HEXLOWER.encode(derived.expose()), known::DERIVED);
}

#[test]
fn s04_unknown_format_and_algorithm_are_refused() {
    let world = world();
    let here = place(&world.project);
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();
    for other in (0..=u8::MAX).filter(|byte| *byte != 1) {
        let mut newer = sealed.clone();
        newer[2] = other;
        let answer = world.vault.open(&here, &newer);
        assert!(matches!(answer, Err(VaultError::UnknownFormat(told)) if told == other));
        let mut newer = sealed.clone();
        newer[3] = other;
        let answer = world.vault.open(&here, &newer);
        assert!(matches!(answer, Err(VaultError::UnknownAlgorithm(told)) if told == other));
    }
}

#[test]
fn text_and_map_are_not_mixed_up() {
    let world = world();
    let here = place(&world.project);
    let text = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let map = world
        .vault
        .seal_map(&here, &patchbay_vault::SecretMap::new())
        .unwrap();
    assert!(matches!(
        world.vault.open_map(&here, &text),
        Err(VaultError::WrongKind)
    ));
    assert!(matches!(
        world.vault.open(&here, &map),
        Err(VaultError::WrongKind)
    ));
}
