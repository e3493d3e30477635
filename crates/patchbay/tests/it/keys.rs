//! `patchbay keys`.

use std::{fs, process::Stdio, time::Duration};

use patchbay_vault::{FileKek, KekProvider};

use crate::support::{Installation, text};

/// The state of keys as `keys status` shows it.
fn status(installation: &Installation) -> serde_json::Value {
    installation.run(&["keys", "status", "--json"]).json()
}

#[test]
fn a_rotation_replaces_the_key_beside_a_running_server() {
    let installation = Installation::new();
    let server = installation.serve(&[], &[]);
    let old_file = fs::read(installation.key_file()).expect("the key file");
    let old = status(&installation)["current"].clone();
    let rotated = installation.run(&["keys", "rotate", "--json"]).json();
    assert_eq!(rotated["replaced"], old);
    assert_eq!(rotated["rootsRewrapped"], 1);
    let after = status(&installation);
    assert_eq!(after["current"], rotated["current"]);
    assert_eq!(after["previous"], serde_json::Value::Null);
    assert_eq!(after["roots"][0]["wrappedBy"], rotated["current"]);
    let flows = installation.run(&["flows", "list", "--server", &server.url]);
    assert_eq!(flows.code, Some(0), "the server goes on: {flows:?}");
    server.kill();

    // The new key opens everything, the old one nothing.
    drop(installation.serve(&[], &[]));
    installation.run(&["audit", "verify"]).text();
    fs::write(installation.key_file(), old_file).expect("the old key");
    let said = installation.run(&["keys", "status"]).failure(1);
    assert!(said.contains("is needed but the key given is"), "{said}");
}

#[test]
fn a_rotation_cut_off_anywhere_is_finished_by_the_next() {
    let installation = Installation::new();
    // Cut off after the new key came into the file.
    let before = FileKek::load(&installation.key_file()).expect("a key").id();
    let between = FileKek::rotate(&installation.key_file()).expect("a new key");
    assert_eq!(status(&installation)["rotationUnfinished"], true);
    drop(installation.serve(&[], &[]));
    let finished = installation.run(&["keys", "rotate", "--json"]).json();
    assert_eq!(finished["resumed"], true);
    assert_eq!(finished["replaced"], before.as_str());
    assert_eq!(finished["current"], between.id().as_str());

    // Cut off before the old key was taken out.
    let both = fs::read_to_string(installation.key_file()).expect("the key file");
    let old = both
        .lines()
        .find_map(|line| line.strip_prefix("current = "))
        .expect("the current key")
        .to_owned();
    installation.run(&["keys", "rotate"]).text();
    let new = fs::read_to_string(installation.key_file()).expect("the key file");
    fs::write(installation.key_file(), format!("{new}previous = {old}\n")).expect("written");
    drop(installation.serve(&[], &[]));
    let finished = installation.run(&["keys", "rotate", "--json"]).json();
    assert_eq!(finished["resumed"], true);
    assert_eq!(finished["rootsRewrapped"], 0);
    let kept = fs::read_to_string(installation.key_file()).expect("the key file");
    assert!(!kept.contains("previous"), "{kept:?}");
    drop(installation.serve(&[], &[]));
}

#[test]
fn a_rotation_survives_kill_9() {
    let installation = Installation::new();
    for round in 0..12_u64 {
        let mut rotating = installation
            .command(&["keys", "rotate"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(Duration::from_millis(4 * round));
        let _ = rotating.kill();
        let _ = rotating.wait();
        assert_eq!(status(&installation)["opens"], true, "after {round}");
    }
    installation.run(&["keys", "rotate"]).text();
    installation.run(&["audit", "verify"]).text();
    drop(installation.serve(&[], &[]));
}

#[test]
fn another_databases_key_is_left_alone() {
    let installation = Installation::new();
    let other = Installation::new();
    let theirs = fs::read(other.key_file()).expect("the key file");
    let said = installation
        .run(&["keys", "rotate", "--key-file", &text(&other.key_file())])
        .failure(1);
    assert!(said.contains("does not open this database"), "{said}");
    assert_eq!(fs::read(other.key_file()).expect("the key file"), theirs);
}
