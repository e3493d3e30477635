//! The house rules that a compiler does not check: which crate may use which.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The rooms from the ground up. A crate may use only crates that stand before it.
const ROOMS: [&str; 13] = [
    "patchbay-model",
    "patchbay-expr",
    "patchbay-catalog",
    "patchbay-vault",
    "patchbay-egress",
    "patchbay-store",
    "patchbay-access",
    "patchbay-connect",
    "patchbay-gateway",
    "patchbay-flow",
    "patchbay-runner",
    "patchbay-server",
    "patchbay",
];

/// Crates that only one room may use, whatever the others would like.
const RESERVED: [(&str, &[&str]); 7] = [
    // The only SQL.
    (
        "patchbay-store",
        &[
            "sea-orm",
            "sea-orm-migration",
            "sqlx",
            "rusqlite",
            "tokio-postgres",
        ],
    ),
    // The only code that opens an outgoing socket.
    (
        "patchbay-egress",
        &["hyper-rustls", "webpki-roots", "rustls-platform-verifier"],
    ),
    ("patchbay-expr", &["minijinja"]),
    ("patchbay-catalog", &["serde-saphyr", "jsonschema"]),
    ("patchbay-vault", &["secrecy"]),
    ("patchbay-access", &["argon2"]),
    ("patchbay-runner", &["croner", "chrono", "chrono-tz"]),
];

/// Clients that no room may use: they would open sockets past `egress`.
const NOWHERE: [&str; 6] = ["reqwest", "ureq", "isahc", "attohttpc", "curl", "awc"];

fn workspace() -> Result<Metadata> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata must run")?;
    Ok(metadata)
}

/// Names of what `package` needs to be built into the product: tests may use more.
fn product_dependencies(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn every_crate_is_a_room_of_the_plan() -> Result<()> {
    let metadata = workspace()?;
    let found: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let planned: BTreeSet<String> = ROOMS.iter().map(ToString::to_string).collect();
    assert_eq!(
        found, planned,
        "a new crate needs its place in the order of the rooms"
    );
    Ok(())
}

#[test]
fn a_room_uses_only_rooms_before_it() -> Result<()> {
    let order: BTreeMap<&str, usize> = ROOMS
        .iter()
        .enumerate()
        .map(|(place, name)| (*name, place))
        .collect();
    let metadata = workspace()?;
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let place = order[package.name.as_str()];
        for dependency in &package.dependencies {
            // Development dependencies count as well: a test that needs a later room belongs there.
            if let Some(other) = order.get(dependency.name.as_str())
                && *other >= place
                && dependency.name != package.name.as_str()
            {
                wrong.push(format!("{} must not use {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn reserved_crates_are_used_in_their_room_alone() -> Result<()> {
    let metadata = workspace()?;
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let uses = product_dependencies(package);
        for (room, reserved) in RESERVED {
            for name in reserved.iter().filter(|name| uses.contains(**name)) {
                if package.name.as_str() != room {
                    wrong.push(format!(
                        "{} uses {name}, which only {room} may",
                        package.name
                    ));
                }
            }
        }
        for name in NOWHERE.iter().filter(|name| uses.contains(**name)) {
            wrong.push(format!(
                "{} uses {name}: requests go through patchbay-egress",
                package.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// hyper serves as well as it calls, so the crate alone says nothing; its client types do.
#[test]
fn only_egress_opens_outgoing_connections() -> Result<()> {
    const SIGNS: [&str; 6] = [
        "hyper::client",
        "hyper_util::client",
        "TcpStream::connect",
        "TcpSocket::new",
        "TlsConnector",
        "UdpSocket",
    ];
    let metadata = workspace()?;
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        if package.name.as_str() == "patchbay-egress" {
            continue;
        }
        let room = package
            .manifest_path
            .parent()
            .context("a manifest lies in a directory")?;
        for (path, text) in sources(room.join("src").as_std_path())? {
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            for sign in SIGNS.iter().filter(|sign| product.contains(**sign)) {
                wrong.push(format!("{path}: {sign} belongs in patchbay-egress"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_room_says_what_lives_there() -> Result<()> {
    let metadata = workspace()?;
    for package in metadata.workspace_packages() {
        let room = package
            .manifest_path
            .parent()
            .context("a manifest lies in a directory")?;
        let readme = room.join("README.md");
        let text = std::fs::read_to_string(&readme)
            .with_context(|| format!("{} needs a README.md", package.name))?;
        assert!(text.lines().count() >= 5, "{readme} says too little");
    }
    Ok(())
}

/// Every Rust file below `directory`, with its text.
fn sources(directory: &std::path::Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        // Helpers for tests stand in files of their own.
        if path
            .file_stem()
            .is_some_and(|stem| stem == "tests" || stem == "testing")
        {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    Ok(found)
}
