//! A record that was altered does not open.

use patchbay_vault::{Secret, VaultError};

use crate::support::{Numbers, place, world};

#[test]
fn s04_single_bit_flips() {
    let world = world();
    let here = place(&world.project);
    for length in [0, 18, 120] {
        let sealed = world
            .vault
            .seal(&here, &Secret::new("x".repeat(length)))
            .unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let error = world.vault.open(&here, &altered).err();
            // "CV" | fmt | alg | root 2 | dek id 16 | …
            let as_expected = match bit / 8 {
                0..=1 => matches!(error, Some(VaultError::NotARecord)),
                2 => matches!(error, Some(VaultError::UnknownFormat(_))),
                3 => matches!(error, Some(VaultError::UnknownAlgorithm(_))),
                6..=21 => matches!(error, Some(VaultError::UnknownDek(_))),
                _ => matches!(error, Some(VaultError::Integrity { .. })),
            };
            assert!(as_expected, "bit {bit}: {error:?}");
        }
        assert!(world.vault.open(&here, &sealed).is_ok());
    }
}

#[test]
fn s04_every_truncation_and_extension() {
    let world = world();
    let here = place(&world.project);
    let sealed = world
        .vault
        .seal(&here, &Secret::new("x".repeat(100)))
        .unwrap();
    for length in 0..sealed.len() {
        assert!(
            world.vault.open(&here, &sealed[..length]).is_err(),
            "first {length} bytes"
        );
        assert!(
            world.vault.open(&here, &sealed[length + 1..]).is_err(),
            "from {length} on"
        );
    }
    for more in 1..=130 {
        let mut longer = sealed.clone();
        longer.resize(sealed.len() + more, 0);
        assert!(
            world.vault.open(&here, &longer).is_err(),
            "{more} bytes more"
        );
    }
}

/// Random damage and cut-and-paste between records of the very same place.
#[test]
fn s04_random_mutations() {
    let world = world();
    let here = place(&world.project);
    let originals: Vec<Vec<u8>> = [0, 18, 18, 59, 60, 200]
        .iter()
        .map(|length| {
            world
                .vault
                .seal(&here, &Secret::new("s".repeat(*length)))
                .unwrap()
        })
        .collect();
    let mut numbers = Numbers(4);
    let (mut tried, mut unchanged) = (0, 0);
    while tried < 100_000 {
        let altered = mutation(&mut numbers, &originals);
        if originals.contains(&altered) {
            unchanged += 1;
            assert!(unchanged < 100_000, "the mutations change too little");
            continue;
        }
        tried += 1;
        assert!(
            world.vault.open(&here, &altered).is_err(),
            "mutation {tried}: {altered:02x?}"
        );
    }
}

fn mutation(numbers: &mut Numbers, originals: &[Vec<u8>]) -> Vec<u8> {
    let mut one = originals[numbers.below(originals.len())].clone();
    let other = &originals[numbers.below(originals.len())];
    match numbers.below(6) {
        0 => {
            for _ in 0..=numbers.below(8) {
                let at = numbers.below(one.len());
                one[at] = numbers.next() as u8;
            }
        }
        1 => one.truncate(numbers.below(one.len())),
        2 => {
            for _ in 0..=numbers.below(80) {
                one.push(numbers.next() as u8);
            }
        }
        // The beginning of one, the end of another.
        3 => {
            let cut = numbers.below(one.len().min(other.len()));
            one.truncate(cut);
            one.extend_from_slice(&other[cut..]);
        }
        // A stretch of another in the middle of one.
        4 => {
            let shorter = one.len().min(other.len());
            let from = numbers.below(shorter);
            let to = from + numbers.below(shorter - from) + 1;
            one[from..to].copy_from_slice(&other[from..to]);
        }
        // Two stretches of 16 bytes change places.
        _ => {
            let (from, to) = (numbers.below(one.len() - 16), numbers.below(one.len() - 16));
            let stretch = one[from..from + 16].to_vec();
            one.copy_within(to..to + 16, from);
            one[to..to + 16].copy_from_slice(&stretch);
        }
    }
    one
}

#[test]
fn s04_noise_is_no_record() {
    let world = world();
    let here = place(&world.project);
    let mut numbers = Numbers(40);
    for _ in 0..10_000 {
        let length = numbers.below(400);
        let noise: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
        assert!(matches!(
            world.vault.open(&here, &noise),
            Err(VaultError::NotARecord)
        ));
    }
}
