//! One key wrapped by another:
//! `"CK" | fmt=1 | alg=1 | check value of the wrapping key 8 | salt 32 | commit 16 | nonce 12 | ct 32 | tag 16`.
//!
//! The check value tells a wrong wrapping key from a damaged blob. It is no proof by itself: the
//! commitment and the tag are.

use zeroize::Zeroizing;

use crate::cipher::{COMMIT_LEN, NONCE_LEN, SALT_LEN, Subkey, TAG_LEN};
use crate::framing::frame;
use crate::key::{KEY_CHECK_LEN, KEY_LEN, KeyMaterial};

const MAGIC: [u8; 4] = [b'C', b'K', 1, 1];
const SALT_AT: usize = MAGIC.len() + KEY_CHECK_LEN;
const COMMIT_AT: usize = SALT_AT + SALT_LEN;
const NONCE_AT: usize = COMMIT_AT + COMMIT_LEN;
const CIPHERTEXT_AT: usize = NONCE_AT + NONCE_LEN;
const BLOB_LEN: usize = CIPHERTEXT_AT + KEY_LEN + TAG_LEN;

/// What separates the uses of wrapping: the label of the check value and of the derivation.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    pub(crate) check_label: &'static str,
    pub(crate) info: &'static str,
}

/// A root key under a KEK.
pub(crate) const KEK_WRAPS_ROOT: Purpose = Purpose {
    check_label: "kek-id",
    info: "kek-wrap/v1",
};
/// A project's data key under a root key.
pub(crate) const ROOT_WRAPS_DEK: Purpose = Purpose {
    check_label: "root-id",
    info: "root-wrap/v1",
};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UnwrapError {
    /// Made by a key with another check value.
    WrongKey,
    /// Not a blob of this format, altered, or bound to something else.
    Corrupted,
}

pub(crate) fn wrap(
    purpose: Purpose,
    wrapping: &KeyMaterial,
    key: &KeyMaterial,
    aad: &[u8],
) -> Option<Vec<u8>> {
    let mut salt = [0_u8; SALT_LEN];
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    let subkey = Subkey::derive(wrapping, &salt, purpose.info.as_bytes()).ok()?;

    let mut blob = Vec::with_capacity(BLOB_LEN);
    blob.extend_from_slice(&MAGIC);
    blob.extend_from_slice(&wrapping.check_value(purpose.check_label));
    blob.extend_from_slice(&salt);
    blob.extend_from_slice(subkey.commitment());

    let mut content = Zeroizing::new(*key.expose());
    let aad = frame(&[aad, &blob]);
    let (nonce, tag) = subkey.seal(&aad, content.as_mut_slice()).ok()?;
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(content.as_slice());
    blob.extend_from_slice(&tag);
    Some(blob)
}

pub(crate) fn unwrap(
    purpose: Purpose,
    wrapping: &KeyMaterial,
    blob: &[u8],
    aad: &[u8],
) -> Result<KeyMaterial, UnwrapError> {
    if blob.len() != BLOB_LEN || blob[..MAGIC.len()] != MAGIC {
        return Err(UnwrapError::Corrupted);
    }
    if blob[MAGIC.len()..SALT_AT] != wrapping.check_value(purpose.check_label) {
        return Err(UnwrapError::WrongKey);
    }
    let subkey = Subkey::derive(wrapping, &blob[SALT_AT..COMMIT_AT], purpose.info.as_bytes())
        .map_err(|_| UnwrapError::Corrupted)?;
    if !subkey.commits_to(&blob[COMMIT_AT..NONCE_AT]) {
        return Err(UnwrapError::Corrupted);
    }
    let aad = frame(&[aad, &blob[..NONCE_AT]]);
    let mut content = Zeroizing::new(blob[CIPHERTEXT_AT..].to_vec());
    let plain = subkey
        .open(&blob[NONCE_AT..CIPHERTEXT_AT], &aad, &mut content)
        .map_err(|_| UnwrapError::Corrupted)?;
    KeyMaterial::fill_with(|key| {
        if plain.len() == KEY_LEN {
            key.copy_from_slice(plain);
            Ok(())
        } else {
            Err(UnwrapError::Corrupted)
        }
    })
}
