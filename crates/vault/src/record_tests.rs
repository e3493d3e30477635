//! The record format, byte by byte. That frozen records open is tested through the public door, in
//! `tests/it/format.rs`; here that sealing with a fixed salt and nonce makes exactly those bytes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use data_encoding::HEXLOWER;

use super::*;
use crate::{Secret, SecretMap};

#[expect(dead_code, reason = "the wrapped keys are for the integration tests")]
#[path = "../tests/it/known_answers.rs"]
mod known_answers;

use known_answers::{CONNECTION, INSTANCE, MAP, PROJECT, TEXT};

/// What [`Subkey::seal`] does, with the nonce given.
fn encrypt_at(
    nonce: [u8; NONCE_LEN],
    subkey: &Subkey,
    aad: &[u8],
    in_out: &mut [u8],
) -> Result<([u8; NONCE_LEN], [u8; TAG_LEN]), Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, subkey.aes_key())?);
    let nonce_once = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(nonce_once, Aad::from(aad), in_out)?;
    Ok((nonce, tag.as_ref().try_into().map_err(|_| Unspecified)?))
}

fn sealed(field: &str, payload: &Payload, salt: u8, nonce: u8) -> String {
    let project: ProjectId = PROJECT.parse().unwrap();
    let dek = KeyMaterial::from_bytes(&std::array::from_fn(|at| 0x40 + at as u8));
    let key = RecordKey {
        instance_id: INSTANCE,
        root_version: 1,
        dek_id: DekId::from(std::array::from_fn(|at| 0x60 + at as u8)),
        dek: &dek,
    };
    let context = SealContext {
        table: "credentials",
        field,
        project: &project,
        record: CONNECTION,
        generation: 7,
    };
    let encrypt = |subkey: &Subkey, aad: &[u8], in_out: &mut [u8]| {
        encrypt_at([nonce; NONCE_LEN], subkey, aad, in_out)
    };
    HEXLOWER.encode(&seal_salted(key, &context, payload, &[salt; SALT_LEN], encrypt).unwrap())
}

#[test]
fn s04_text_record_is_frozen() {
    let payload = Payload::from_text(&Secret::new("ya29.example-token")).unwrap();
    assert_eq!(sealed("access_token", &payload, 0xa3, 0xb3), TEXT);
}

#[test]
fn s04_map_record_is_frozen() {
    let mut map = SecretMap::new();
    map.insert("username", "ada");
    map.insert("password", "pässword");
    let payload = Payload::from_map(&map).unwrap();
    assert_eq!(sealed("fields", &payload, 0xa4, 0xb4), MAP);
}
