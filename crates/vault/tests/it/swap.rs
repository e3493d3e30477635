//! A record copied to another place does not open there.

use patchbay_model::ProjectId;
use patchbay_vault::{SealContext, Secret, Vault, VaultError};

use crate::support::{KEY_ONE, kek, place, project_add, world};

/// All ordered pairs of 5 projects × 5 connections × 4 fields × 3 generations: 300 records open at
/// their own place, and at none of the 299 others. The projects deliberately share connection ids.
#[test]
fn s03_swap_matrix() {
    let (vault, _) = Vault::create("inst_one", kek(KEY_ONE)).unwrap();
    let projects: Vec<ProjectId> = (0..5).map(|_| ProjectId::new()).collect();
    let connections: Vec<String> = (0..5).map(|number| format!("conn_{number}")).collect();
    let mut records = Vec::new();
    for project in &projects {
        project_add(&vault, project);
        for record in &connections {
            for field in ["access_token", "refresh_token", "client_secret", "password"] {
                for generation in 1..=3 {
                    let context = SealContext {
                        table: "credentials",
                        field,
                        project,
                        record,
                        generation,
                    };
                    let text = format!("{context:?}");
                    let sealed = vault.seal(&context, &Secret::new(text.clone())).unwrap();
                    records.push((context, text, sealed));
                }
            }
        }
    }
    assert_eq!(records.len(), 300);

    let mut refused = 0;
    for (at, (here, text, _)) in records.iter().enumerate() {
        for (from, (_, _, sealed)) in records.iter().enumerate() {
            match vault.open(here, sealed) {
                Ok(secret) => {
                    assert_eq!(at, from, "{text} opened a foreign record");
                    assert_eq!(secret.expose(), text);
                }
                Err(VaultError::Integrity { .. }) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(refused, 300 * 299);
}

#[test]
fn s03_other_table_or_field_is_refused() {
    let world = world();
    let here = place(&world.project);
    let sealed = world.vault.seal(&here, &Secret::new("token")).unwrap();
    let elsewhere = [
        SealContext {
            table: "oauth_clients",
            ..here
        },
        SealContext { field: "", ..here },
        SealContext {
            field: "access_tokenc",
            ..here
        },
        SealContext {
            record: "conn_on",
            ..here
        },
        SealContext {
            generation: 0,
            ..here
        },
        SealContext {
            generation: u64::MAX,
            ..here
        },
    ];
    for there in elsewhere {
        let answer = world.vault.open(&there, &sealed);
        assert!(
            matches!(answer, Err(VaultError::Integrity { .. })),
            "{there:?}"
        );
    }
}

/// The same rows and keys under another installation id: neither keys nor records open.
#[test]
fn s03_other_installation_is_refused() {
    let world = world();
    let foreign = Vault::unlock("inst_two", kek(KEY_ONE), &[world.root], &[]);
    assert!(matches!(foreign, Err(VaultError::RootCorrupted(1))));
}

#[test]
fn s03_error_names_the_place_and_not_the_secret() {
    let world = world();
    let here = place(&world.project);
    let mut sealed = world
        .vault
        .seal(&here, &Secret::new("canary-4711"))
        .unwrap();
    *sealed.last_mut().unwrap() ^= 1;
    let error = world.vault.open(&here, &sealed).err().unwrap();
    let told = format!("{error} {error:?}");
    assert!(
        told.contains("credentials.access_token of conn_one"),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
}
