//! `patchbay backup` and `patchbay restore`.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Stdio, time::Duration};

use crate::support::{Installation, text};

const FLOW: &str =
    r#"{"name": "Nightly", "draft": {"schema": 1, "trigger": {"kind": "manual"}, "steps": []}}"#;

/// Makes a flow through a server that runs.
fn flow_make(installation: &Installation, server: &str, name: &str) {
    let file = installation.file("flow.json");
    fs::write(&file, FLOW).expect("written");
    installation
        .run(&[
            "flows",
            "import",
            &text(&file),
            "--name",
            name,
            "--server",
            server,
        ])
        .text();
}

fn flows(installation: &Installation) -> Vec<String> {
    let server = installation.serve(&[], &[]);
    let listed = installation
        .run(&["flows", "list", "--json", "--server", &server.url])
        .json();
    let names = listed["data"].as_array().expect("a list").iter();
    names
        .map(|flow| flow["name"].as_str().expect("a name").to_owned())
        .collect()
}

fn backup(installation: &Installation, name: &str) -> String {
    let file = text(&installation.file(name));
    installation.run(&["backup", &file]).text();
    file
}

#[test]
fn a_backup_of_a_running_server_comes_back_whole() {
    let installation = Installation::new();
    let server = installation.serve(&[], &[]);
    flow_make(&installation, &server.url, "Before");
    let file = backup(&installation, "one.db");
    flow_make(&installation, &server.url, "After");
    let said = installation.run(&["restore", &file, "--force"]).failure(1);
    assert!(said.contains("another Patchbay is running"), "{said}");
    server.kill();

    let mode = fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let said = installation.run(&["restore", &file]).failure(1);
    assert!(
        said.contains("is not empty: it holds patchbay.db"),
        "{said}"
    );
    assert_eq!(
        flows(&installation),
        ["After", "Before"],
        "nothing was touched"
    );

    let restored = installation
        .run(&["restore", &file, "--force", "--json"])
        .json();
    assert_eq!(restored["keyOpens"], true);
    assert_eq!(restored["sealed"], true);
    assert_eq!(flows(&installation), ["Before"]);
    installation.run(&["audit", "verify"]).text();
    assert!(installation.data().join("patchbay.db.replaced").exists());
}

#[test]
fn s02_a_backup_holds_no_key_and_is_of_no_use_without_it() {
    let installation = Installation::new();
    let file = backup(&installation, "one.db");
    let key_file = fs::read_to_string(installation.key_file()).expect("the key file");
    let key = key_file
        .lines()
        .find_map(|line| line.strip_prefix("current = "))
        .expect("the key");
    let bytes = fs::read(&file).expect("the backup");
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!holds(key.trim().as_bytes()));
    assert!(
        !holds(installation.key.as_bytes()),
        "API keys are kept as hashes"
    );

    let elsewhere = text(&installation.file("elsewhere"));
    let restored = installation
        .run(&["restore", &file, "--data", &elsewhere, "--json"])
        .json();
    assert_eq!(restored["keyOpens"], false);
    let said = installation
        .run(&["audit", "verify", "--data", &elsewhere])
        .failure(1);
    assert!(said.contains("patchbay.key is missing"), "{said}");
    assert!(
        !Path::new(&elsewhere).join("patchbay.key").exists(),
        "no key was made over it"
    );
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let installation = Installation::new();
    let file = installation.file("mine");
    fs::write(&file, "mine").expect("written");
    let said = installation.run(&["backup", &text(&file)]).failure(1);
    assert!(said.contains("left as it is"), "{said}");
    assert_eq!(fs::read(&file).expect("it is there"), b"mine");
}

#[test]
fn a_wrong_or_damaged_file_is_refused_and_nothing_changes() {
    let installation = Installation::new();
    let good = backup(&installation, "one.db");
    let refused = |name: &str, content: &[u8], reason: &str| {
        let file = installation.file(name);
        fs::write(&file, content).expect("written");
        let said = installation
            .run(&["restore", &text(&file), "--force"])
            .failure(1);
        assert!(said.contains(reason), "{name}: {said}");
        let mut left: Vec<_> = fs::read_dir(installation.data())
            .expect("the directory")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            ["patchbay.db", "patchbay.key", "patchbay.lock"],
            "{name}"
        );
    };
    let whole = fs::read(&good).expect("the backup");
    refused("empty", b"", "is no backup");
    refused(
        "text",
        b"not a database, but long enough to look at its end as well, really",
        "is no backup",
    );
    refused("half", &whole[..whole.len() / 2], "is damaged");
    let seal = whole.len() - 91;
    refused("unsealed half", &whole[..seal - 4096], "is damaged");
    let mut flipped = whole.clone();
    flipped[seal / 2] ^= 1;
    refused("flipped", &flipped, "does not have the sum");

    // A copy made with other tools has no sum; its structure is checked all the same.
    let plain = installation.file("plain.db");
    fs::write(&plain, &whole[..seal]).expect("written");
    fs::write(installation.file("plain.db-wal"), "more").expect("written");
    let said = installation
        .run(&["restore", &text(&plain), "--force"])
        .failure(1);
    assert!(said.contains("is not a complete copy"), "{said}");
    fs::remove_file(installation.file("plain.db-wal")).expect("gone");
    let restored = installation
        .run(&["restore", &text(&plain), "--force", "--json"])
        .json();
    assert_eq!(restored["sealed"], false);
    assert_eq!(restored["keyOpens"], true);
}

#[test]
fn a_restore_survives_kill_9() {
    let installation = Installation::new();
    let file = backup(&installation, "one.db");
    for round in 0..10_u64 {
        let mut restoring = installation
            .command(&["restore", &file, "--force"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(Duration::from_millis(3 * round));
        let _ = restoring.kill();
        let _ = restoring.wait();
        // Whatever was under way is finished or was never decided: both are whole databases.
        let server = installation.serve(&[], &[]);
        installation
            .run(&["flows", "list", "--server", &server.url])
            .text();
    }
    installation.run(&["audit", "verify"]).text();
}

#[test]
fn a_restore_decided_on_is_carried_out_by_whoever_comes_next() {
    let installation = Installation::new();
    let server = installation.serve(&[], &[]);
    flow_make(&installation, &server.url, "Kept");
    let file = backup(&installation, "one.db");
    flow_make(&installation, &server.url, "Lost");
    server.kill();
    let data = installation.data();
    fs::copy(&file, data.join("patchbay.db.restoring")).expect("decided");
    let said = installation.run(&["audit", "verify"]).failure(1);
    assert!(said.contains("a restore of"), "{said}");
    assert_eq!(flows(&installation), ["Kept"]);
    assert!(data.join("patchbay.db.replaced").exists());
    assert!(!data.join("patchbay.db.restoring").exists());
}

#[test]
fn postgresql_is_left_to_its_own_tools() {
    let installation = Installation::new();
    let database = ["--database", "postgres://ana:geheim@db.internal/patchbay"];
    let said = installation
        .run(&[&["backup", "/backup/a.dump"][..], &database].concat())
        .failure(1);
    assert!(
        said.contains("pg_dump --format=custom --file='/backup/a.dump'"),
        "{said}"
    );
    assert!(!said.contains("geheim"), "{said}");
    let said = installation
        .run(&[&["restore", "/backup/a.dump"][..], &database].concat())
        .failure(1);
    assert!(said.contains("pg_restore"), "{said}");
}
