//! `patchbay doctor`.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::support::{Installation, text};

/// Level, message and action of a check.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str, &'a str) {
    let found = report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["name"] == name))
        .unwrap_or_else(|| panic!("{name} was not looked at: {report}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    (text("level"), text("message"), text("action"))
}

#[test]
fn a_sound_installation_has_nothing_to_mend() {
    let installation = Installation::new();
    let key = installation.file("apart.key");
    fs::rename(installation.key_file(), &key).expect("moved");
    let args = [
        "doctor",
        "--listen",
        "127.0.0.1:0",
        "--key-file",
        &text(&key),
    ];
    let report = installation.run(&[&args[..], &["--json"]].concat()).json();
    assert_eq!(report["ok"], true, "{report}");
    for name in [
        "data directory",
        "key file",
        "database",
        "key and database",
        "clock",
        "port",
        "public URL",
        "apps",
    ] {
        assert_eq!(check(&report, name).0, "ok", "{name}: {report}");
    }
    let said = installation.run(&args).text();
    assert!(
        said.contains("ok    key and database: the key opens"),
        "{said}"
    );
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let installation = Installation::new();
    let key = installation.key_file();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("the mode is set");
    fs::set_permissions(installation.data(), fs::Permissions::from_mode(0o755))
        .expect("the mode is set");
    let outcome = installation.run(&[
        "doctor",
        "--listen",
        "0.0.0.0:0",
        "--public-url",
        "http://patchbay.example.com",
        "--egress-allow",
        "intranet",
        "--json",
    ]);
    assert_eq!(outcome.code, Some(1));
    let report = outcome.json();
    let (level, message, _) = check(&report, "key file");
    assert_eq!(level, "fail");
    assert!(message.contains("chmod 600"), "{message}");
    let (level, _, action) = check(&report, "data directory");
    assert_eq!(level, "warn");
    assert!(action.starts_with("chmod 700"), "{action}");
    assert_eq!(check(&report, "key and database").0, "fail");
    assert_eq!(check(&report, "port").0, "fail");
    assert_eq!(check(&report, "public URL").0, "warn");
    let (level, message, _) = check(&report, "private addresses");
    assert_eq!(level, "fail");
    assert!(message.contains("the port is missing"), "{message}");
}

#[test]
fn the_wrong_key_and_an_unfinished_rotation_are_told_apart() {
    let installation = Installation::new();
    patchbay_vault::FileKek::rotate(&installation.key_file()).expect("a second key");
    let args = ["doctor", "--listen", "127.0.0.1:0", "--json"];
    let report = installation.run(&args).json();
    let (level, _, action) = check(&report, "key file");
    assert_eq!(level, "warn");
    assert!(action.contains("keys rotate"), "{action}");
    assert_eq!(check(&report, "key and database").0, "ok");

    fs::remove_file(installation.key_file()).expect("gone");
    patchbay_vault::FileKek::create_new(&installation.key_file()).expect("another key");
    let outcome = installation.run(&args);
    assert_eq!(outcome.code, Some(1));
    let report = outcome.json();
    assert_eq!(check(&report, "key and database").0, "fail");
}

#[test]
fn a_running_server_is_recognised_by_what_answers_on_its_port() {
    let installation = Installation::new();
    let server = installation.serve(&[], &[]);
    let listen = server.url.trim_start_matches("http://");
    let report = installation
        .run(&["doctor", "--listen", listen, "--json"])
        .json();
    let (level, message, _) = check(&report, "port");
    assert_eq!(level, "ok", "{message}");
    assert!(message.contains("a server answers"), "{message}");
    assert!(
        check(&report, "data directory")
            .1
            .contains("a server runs on it")
    );

    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = other.local_addr().expect("its address").to_string();
    // Whoever listens there hangs up, as something else than Patchbay may.
    std::thread::spawn(move || {
        for socket in other.incoming() {
            drop(socket);
        }
    });
    let outcome = installation.run(&["doctor", "--listen", &listen, "--json"]);
    assert_eq!(outcome.code, Some(1));
    let report = outcome.json();
    assert!(check(&report, "port").1.contains("something else listens"));
}
