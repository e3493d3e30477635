//! No key and nonce twice, and a limit on how often one key is used.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use patchbay_vault::{SEALS_MAX, SEALS_ROTATE_AT, Secret, VaultError, record_dek};

use crate::support::{place, world};

/// Salts choose the subkey, so a salt may not repeat; nor does any nonce, in any thread.
#[test]
fn s06_uniqueness() {
    const THREADS: usize = 4;
    const EACH: usize = 50_000;
    let world = Arc::new(world());
    let workers: Vec<_> = (0..THREADS)
        .map(|_| {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                let secret = Secret::new("the same text at the same place");
                let here = place(&world.project);
                (0..EACH)
                    .map(|_| {
                        let sealed = world.vault.seal(&here, &secret).unwrap();
                        (
                            sealed[22..54].to_vec(),
                            sealed[70..82].to_vec(),
                            sealed[82..98].to_vec(),
                        )
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let (mut salts, mut nonces, mut first_blocks) =
        (HashSet::new(), HashSet::new(), HashSet::new());
    for worker in workers {
        for (salt, nonce, block) in worker.join().unwrap() {
            assert!(salts.insert(salt), "a salt came twice");
            assert!(nonces.insert(nonce), "a nonce came twice");
            assert!(first_blocks.insert(block), "a ciphertext came twice");
        }
    }
    assert_eq!(salts.len(), THREADS * EACH);
    let counted = world.vault.seal_count(&world.dek.dek_id);
    assert_eq!(counted, Some((THREADS * EACH) as u64));
}

#[test]
fn s06_counter_asks_for_rotation() {
    let world = world();
    let here = place(&world.project);
    let secret = Secret::new("token");
    world
        .vault
        .seal_count_restore(&world.dek.dek_id, SEALS_ROTATE_AT - 1);
    assert!(!world.vault.dek_rotation_due(&world.project));
    let old = world.vault.seal(&here, &secret).unwrap();
    assert!(world.vault.dek_rotation_due(&world.project));

    let next = world.vault.dek_rotate(&world.project).unwrap();
    assert!(
        world.vault.dek_rotation_due(&world.project),
        "the row is not stored yet"
    );
    world.vault.dek_add(&next).unwrap();
    assert!(!world.vault.dek_rotation_due(&world.project));

    let new = world.vault.seal(&here, &secret).unwrap();
    assert_eq!(record_dek(&new).unwrap(), next.dek_id);
    assert!(world.vault.open(&here, &old).is_ok());
}

#[test]
fn s06_counter_stops_at_the_limit() {
    let world = world();
    let here = place(&world.project);
    let secret = Secret::new("token");
    world
        .vault
        .seal_count_restore(&world.dek.dek_id, SEALS_MAX - 1);
    let last = world.vault.seal(&here, &secret).unwrap();
    for _ in 0..2 {
        let refused = world.vault.seal(&here, &secret);
        assert!(matches!(refused, Err(VaultError::DekExhausted(id)) if id == world.dek.dek_id));
    }
    assert_eq!(world.vault.seal_count(&world.dek.dek_id), Some(SEALS_MAX));
    assert!(
        world.vault.open(&here, &last).is_ok(),
        "opening has no limit"
    );
    world.vault.seal_count_restore(&world.dek.dek_id, 0);
    assert_eq!(
        world.vault.seal_count(&world.dek.dek_id),
        Some(SEALS_MAX),
        "never counts down"
    );
}
