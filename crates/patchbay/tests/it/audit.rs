//! `patchbay audit verify`.

use crate::support::{Installation, forge};

#[test]
fn s32_a_forged_entry_is_named() {
    let installation = Installation::new();
    let found = installation.run(&["audit", "verify", "--json"]).json();
    assert_eq!(found["ok"], true);
    assert!(found["entries"].as_u64() >= Some(2), "{found}");

    forge(
        &installation.data().join("patchbay.db"),
        "key.create",
        "key.delete",
    );
    let said = installation.run(&["audit", "verify"]).failure(1);
    assert!(said.contains(&installation.project), "{said}");
    assert!(said.contains("was changed or moved"), "{said}");
    let outcome = installation.run(&["audit", "verify", "--json"]);
    assert_eq!(outcome.code, Some(1));
    let found = outcome.json();
    assert_eq!(found["ok"], false);
    assert!(found["faults"][0]["seq"].is_i64(), "{found}");
}

#[test]
fn a_running_server_is_no_hindrance() {
    let installation = Installation::new();
    let _server = installation.serve(&[], &[]);
    let said = installation.run(&["audit", "verify"]).text();
    assert!(said.contains("as it was written"), "{said}");
}

#[test]
fn without_the_key_nothing_is_said_and_nothing_is_made() {
    let installation = Installation::new();
    std::fs::remove_file(installation.key_file()).expect("the key goes");
    let said = installation.run(&["audit", "verify"]).failure(1);
    assert!(said.contains("patchbay.key is missing"), "{said}");
    assert!(!installation.key_file().exists());
}
