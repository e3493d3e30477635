//! AES-256-GCM under a committed subkey. The one place that calls the cipher.
//!
//! GCM alone does not commit to its key: one ciphertext can be made to open under two keys. The
//! subkey therefore comes with a 16-byte commitment from the same HKDF output, checked before
//! anything is decrypted.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::key::{KEY_LEN, KeyMaterial};

pub(crate) const SALT_LEN: usize = 32;
pub(crate) const COMMIT_LEN: usize = 16;
pub(crate) const NONCE_LEN: usize = 12;
pub(crate) const TAG_LEN: usize = 16;

const SUBKEY_LEN: usize = KEY_LEN + COMMIT_LEN;

struct OutputLen(usize);

impl hkdf::KeyType for OutputLen {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA256 (RFC 5869) into `out`.
pub(crate) fn hkdf_sha256(
    key: &KeyMaterial,
    salt: &[u8],
    info: &[u8],
    out: &mut [u8],
) -> Result<(), Unspecified> {
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(key.expose())
        .expand(&[info], OutputLen(out.len()))?
        .fill(out)
}

/// The AES key of one record and the commitment that goes into its header.
pub(crate) struct Subkey(Zeroizing<[u8; SUBKEY_LEN]>);

impl Subkey {
    pub(crate) fn derive(key: &KeyMaterial, salt: &[u8], info: &[u8]) -> Result<Self, Unspecified> {
        let mut output = Zeroizing::new([0_u8; SUBKEY_LEN]);
        hkdf_sha256(key, salt, info, output.as_mut_slice())?;
        Ok(Self(output))
    }

    pub(crate) fn commitment(&self) -> &[u8] {
        &self.0[KEY_LEN..]
    }

    /// Whether a stored commitment is this key's, in constant time.
    pub(crate) fn commits_to(&self, stored: &[u8]) -> bool {
        self.commitment().ct_eq(stored).into()
    }

    pub(crate) fn aes_key(&self) -> &[u8] {
        &self.0[..KEY_LEN]
    }

    /// Encrypts in place under a nonce the library draws at random.
    pub(crate) fn seal(
        &self,
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<([u8; NONCE_LEN], [u8; TAG_LEN]), Unspecified> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, self.aes_key())?;
        let (nonce, tag) = key.seal_in_place_separate_tag(Aad::from(aad), in_out)?;
        let tag = tag.as_ref().try_into().map_err(|_| Unspecified)?;
        Ok((*nonce.as_ref(), tag))
    }

    /// Decrypts `ciphertext | tag` in place and returns the plaintext part.
    pub(crate) fn open<'a>(
        &self,
        nonce: &[u8],
        aad: &[u8],
        in_out: &'a mut [u8],
    ) -> Result<&'a mut [u8], Unspecified> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, self.aes_key())?;
        key.open_in_place(
            Nonce::try_assume_unique_for_key(nonce)?,
            Aad::from(aad),
            in_out,
        )
    }
}
