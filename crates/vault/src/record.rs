//! The sealed record:
//! `"CV" | fmt=1 | alg=1 | root_ver u16 BE | dek_id 16 | salt 32 | commit 16 | nonce 12 | ct | tag 16`.
//!
//! The subkey is HKDF-SHA256(DEK, salt, "conn/v1" | project | record): 32 bytes AES key and 16 bytes
//! commitment. Associated data are the place ([`SealContext`]), the installation and the header up
//! to and including the commitment; the nonce is authenticated by GCM itself.

use patchbay_model::ProjectId;

use crate::cipher::{COMMIT_LEN, NONCE_LEN, SALT_LEN, Subkey, TAG_LEN};
use crate::framing::frame;
use crate::key::KeyMaterial;
use crate::payload::{BUCKET, Payload};
use crate::{DekId, VaultError};

const MAGIC: [u8; 2] = *b"CV";
const FORMAT: u8 = 1;
const ALGORITHM_AES_256_GCM: u8 = 1;

const FORMAT_AT: usize = MAGIC.len();
const ALGORITHM_AT: usize = FORMAT_AT + 1;
const ROOT_AT: usize = ALGORITHM_AT + 1;
const DEK_AT: usize = ROOT_AT + 2;
const SALT_AT: usize = DEK_AT + DekId::LEN;
const COMMIT_AT: usize = SALT_AT + SALT_LEN;
const NONCE_AT: usize = COMMIT_AT + COMMIT_LEN;
const CIPHERTEXT_AT: usize = NONCE_AT + NONCE_LEN;
const RECORD_MIN: usize = CIPHERTEXT_AT + BUCKET + TAG_LEN;

const PRODUCT: &[u8] = b"patchbay";
const SUBKEY_LABEL: &[u8] = b"conn/v1";

/// The place a sealed value belongs to. It opens there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// Table of the row, e.g. `credentials`.
    pub table: &'a str,
    /// Field of the row, e.g. `access_token`.
    pub field: &'a str,
    /// The project the row belongs to; chooses the data key.
    pub project: &'a ProjectId,
    /// Id of the row's subject, e.g. the connection id.
    pub record: &'a str,
    /// Generation of the credential; 0 where there are none.
    pub generation: u64,
}

impl SealContext<'_> {
    fn subkey_info(&self) -> Vec<u8> {
        frame(&[
            SUBKEY_LABEL,
            self.project.as_str().as_bytes(),
            self.record.as_bytes(),
        ])
    }

    fn associated_data(&self, instance_id: &str, header: &[u8]) -> Vec<u8> {
        frame(&[
            PRODUCT,
            instance_id.as_bytes(),
            self.table.as_bytes(),
            self.field.as_bytes(),
            self.project.as_str().as_bytes(),
            self.record.as_bytes(),
            &self.generation.to_be_bytes(),
            header,
        ])
    }

    pub(crate) fn integrity_error(&self) -> VaultError {
        VaultError::Integrity {
            table: self.table.to_owned(),
            field: self.field.to_owned(),
            record: self.record.to_owned(),
        }
    }
}

/// Which data key sealed a record, read from its header without opening or checking it.
pub fn record_dek(record: &[u8]) -> Result<DekId, VaultError> {
    let mut id = [0_u8; DekId::LEN];
    id.copy_from_slice(&header_check(record)?[DEK_AT..SALT_AT]);
    Ok(DekId::from(id))
}

/// Checks what can be checked without a key and returns the header up to the commitment.
fn header_check(record: &[u8]) -> Result<&[u8], VaultError> {
    if record.len() < ROOT_AT || record[..FORMAT_AT] != MAGIC {
        return Err(VaultError::NotARecord);
    }
    if record[FORMAT_AT] != FORMAT {
        return Err(VaultError::UnknownFormat(record[FORMAT_AT]));
    }
    if record[ALGORITHM_AT] != ALGORITHM_AES_256_GCM {
        return Err(VaultError::UnknownAlgorithm(record[ALGORITHM_AT]));
    }
    let whole_buckets = record
        .len()
        .checked_sub(CIPHERTEXT_AT + TAG_LEN)
        .map(|len| len % BUCKET);
    if record.len() < RECORD_MIN || whole_buckets != Some(0) {
        return Err(VaultError::NotARecord);
    }
    Ok(&record[..NONCE_AT])
}

/// The key a record is sealed under, and how the header names it.
#[derive(Clone, Copy)]
pub(crate) struct RecordKey<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) root_version: u16,
    pub(crate) dek_id: DekId,
    pub(crate) dek: &'a KeyMaterial,
}

pub(crate) fn seal(
    key: RecordKey<'_>,
    context: &SealContext<'_>,
    payload: &Payload,
) -> Result<Vec<u8>, VaultError> {
    let mut salt = [0_u8; SALT_LEN];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| VaultError::Crypto)?;
    seal_salted(key, context, payload, &salt, Subkey::seal)
}

/// [`seal`] with the salt and the encryption given, so that a test can freeze both.
fn seal_salted<E>(
    key: RecordKey<'_>,
    context: &SealContext<'_>,
    payload: &Payload,
    salt: &[u8; SALT_LEN],
    encrypt: impl FnOnce(&Subkey, &[u8], &mut [u8]) -> Result<([u8; NONCE_LEN], [u8; TAG_LEN]), E>,
) -> Result<Vec<u8>, VaultError> {
    let subkey =
        Subkey::derive(key.dek, salt, &context.subkey_info()).map_err(|_| VaultError::Crypto)?;

    let plain = payload.as_bytes();
    let mut record = Vec::with_capacity(CIPHERTEXT_AT + plain.len() + TAG_LEN);
    record.extend_from_slice(&MAGIC);
    record.extend_from_slice(&[FORMAT, ALGORITHM_AES_256_GCM]);
    record.extend_from_slice(&key.root_version.to_be_bytes());
    record.extend_from_slice(key.dek_id.as_bytes());
    record.extend_from_slice(salt);
    record.extend_from_slice(subkey.commitment());

    let aad = context.associated_data(key.instance_id, &record);
    let mut content = zeroize::Zeroizing::new(plain.to_vec());
    let (nonce, tag) = encrypt(&subkey, &aad, &mut content).map_err(|_| VaultError::Crypto)?;
    record.extend_from_slice(&nonce);
    record.extend_from_slice(&content);
    record.extend_from_slice(&tag);
    Ok(record)
}

/// Opens a record whose header names `dek`.
pub(crate) fn open(
    instance_id: &str,
    dek: &KeyMaterial,
    context: &SealContext<'_>,
    record: &[u8],
) -> Result<Payload, VaultError> {
    let header = header_check(record)?;
    let subkey = Subkey::derive(dek, &header[SALT_AT..COMMIT_AT], &context.subkey_info())
        .map_err(|_| VaultError::Crypto)?;
    if !subkey.commits_to(&header[COMMIT_AT..]) {
        return Err(context.integrity_error());
    }
    let aad = context.associated_data(instance_id, header);
    let mut content = zeroize::Zeroizing::new(record[CIPHERTEXT_AT..].to_vec());
    let plain = subkey
        .open(&record[NONCE_AT..CIPHERTEXT_AT], &aad, &mut content)
        .map_err(|_| context.integrity_error())?;
    Payload::from_padded(plain).ok_or_else(|| context.integrity_error())
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
