//! The key file: made once, private, strict.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use patchbay_vault::{FileKek, KekError, KekProvider};
use tempfile::TempDir;

use crate::support::{KEY_ONE, KEY_TWO, kek};

fn scratch() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vault.key");
    (directory, path)
}

fn written(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn s30_key_file_is_private_and_never_overwritten() {
    let (_directory, path) = scratch();
    let made = FileKek::create_new(&path).ok().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    let content = fs::read(&path).unwrap();
    assert!(matches!(
        FileKek::create_new(&path),
        Err(KekError::Exists { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), content);
    assert_eq!(FileKek::load(&path).ok().unwrap().id(), made.id());

    let (_other, elsewhere) = scratch();
    assert_ne!(
        FileKek::create_new(&elsewhere).ok().unwrap().id(),
        made.id()
    );
}

#[test]
fn s30_key_file_others_may_read_is_refused() {
    let (_directory, path) = scratch();
    for mode in [0o640, 0o604, 0o610, 0o660, 0o644, 0o777] {
        written(&path, &format!("current = {KEY_ONE}\n"), mode);
        let error = FileKek::load(&path).err().unwrap();
        assert!(
            matches!(error, KekError::Mode { mode: told, .. } if told == mode),
            "{error}"
        );
    }
    for mode in [0o600, 0o400] {
        written(&path, &format!("current = {KEY_ONE}\n"), mode);
        assert_eq!(FileKek::load(&path).ok().unwrap().id(), kek(KEY_ONE).id());
        fs::remove_file(&path).unwrap();
    }
}

/// Only root may give a file away, so elsewhere there is nothing to try.
#[test]
fn s30_key_file_of_somebody_else_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_directory, path) = scratch();
    written(&path, &format!("current = {KEY_ONE}\n"), 0o600);
    chown(&path, Some(12_345), None).unwrap();
    assert!(matches!(
        FileKek::load(&path),
        Err(KekError::Owner { uid: 12_345, .. })
    ));
}

#[test]
fn s30_key_file_content_is_strict_and_never_told() {
    let (_directory, path) = scratch();
    let short = &KEY_ONE[..40];
    for content in [
        String::new(),
        "# only a comment\n".to_owned(),
        KEY_ONE.to_owned(),
        format!("previous = {KEY_ONE}\n"),
        format!("current = {KEY_ONE}\ncurrent = {KEY_TWO}\n"),
        format!("current = {KEY_ONE}\nnext = {KEY_TWO}\n"),
        format!("current = {short}\n"),
        format!("current = {short}====\n"),
        format!("current = {KEY_ONE}{KEY_TWO}\n"),
        format!("current = {}\n", KEY_ONE.replace('=', "A")),
        "x".repeat(5000),
    ] {
        written(&path, &content, 0o600);
        let error = FileKek::load(&path).err().unwrap();
        let told = format!("{error} {error:?}");
        assert!(matches!(error, KekError::Malformed { .. }), "{told}");
        assert!(
            told.contains("vault.key") && !told.contains(&KEY_ONE[..12]),
            "{told}"
        );
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(
        FileKek::load(&path),
        Err(KekError::Malformed { .. })
    ));
    assert!(matches!(
        FileKek::load(path.parent().unwrap()),
        Err(KekError::Malformed { .. })
    ));
}

/// Orchestrators mount secrets as links; the file behind the link is what counts.
#[test]
fn key_file_behind_a_link() {
    let (directory, path) = scratch();
    let link = directory.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(matches!(
        FileKek::load(&link),
        Err(KekError::Missing { .. })
    ));
    written(&path, &format!("current={KEY_ONE}"), 0o600);
    assert_eq!(FileKek::load(&link).ok().unwrap().id(), kek(KEY_ONE).id());

    let rotated = FileKek::rotate(&link).ok().unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(FileKek::load(&path).ok().unwrap().id(), rotated.id());
}

#[test]
fn key_file_rotation_keeps_the_old_key_until_told() {
    let (_directory, path) = scratch();
    let first = FileKek::create_new(&path).ok().unwrap().id();
    let rotated = FileKek::rotate(&path).ok().unwrap();
    assert_ne!(rotated.id(), first);
    assert_eq!(rotated.previous_id(), Some(first.clone()));

    let loaded = FileKek::load(&path).ok().unwrap();
    assert_eq!(
        (loaded.id(), loaded.previous_id()),
        (rotated.id(), Some(first))
    );
    assert!(matches!(
        FileKek::rotate(&path),
        Err(KekError::PreviousPresent { .. })
    ));

    let finished = FileKek::previous_drop(&path).ok().unwrap();
    assert_eq!(
        (finished.id(), finished.previous_id()),
        (rotated.id(), None)
    );
    assert_eq!(FileKek::load(&path).ok().unwrap().previous_id(), None);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn key_from_base64() {
    assert_eq!(kek(&format!(" {KEY_ONE}\n")).id(), kek(KEY_ONE).id());
    for wrong in [
        "",
        "c2hvcnQ=",
        &KEY_ONE[1..],
        &format!("{KEY_ONE}AAAA"),
        "not base64 at all",
    ] {
        let error = FileKek::from_base64(wrong).err().unwrap();
        assert!(matches!(error, KekError::Malformed { .. }), "{error}");
    }
}
