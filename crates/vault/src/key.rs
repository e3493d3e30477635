//! 256-bit keys in memory.

use aws_lc_rs::{hmac, rand};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};

/// Length of every symmetric key here, in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// Length of a key's check value, in bytes.
pub(crate) const KEY_CHECK_LEN: usize = 8;

/// A 32-byte key, wiped on drop, without `Debug`, `Clone` or `Serialize`.
pub struct KeyMaterial(SecretBox<[u8; KEY_LEN]>);

impl KeyMaterial {
    /// Takes 32 bytes over by filling the key in place, so that no copy stays on the stack.
    pub(crate) fn fill_with<E>(
        fill: impl FnOnce(&mut [u8; KEY_LEN]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut key = SecretBox::new(Box::new([0_u8; KEY_LEN]));
        fill(key.expose_secret_mut())?;
        Ok(Self(key))
    }

    /// A fresh key from the operating system's generator; `None` if that generator fails.
    pub fn random() -> Option<Self> {
        Self::fill_with(|bytes| rand::fill(bytes)).ok()
    }

    /// A key from bytes a provider of keys holds.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        let mut key = SecretBox::new(Box::new([0_u8; KEY_LEN]));
        key.expose_secret_mut().copy_from_slice(bytes);
        Self(key)
    }

    /// The raw bytes.
    pub fn expose(&self) -> &[u8; KEY_LEN] {
        self.0.expose_secret()
    }

    /// The first 8 bytes of HMAC-SHA256(key, label): tells keys apart without giving one away.
    pub(crate) fn check_value(&self, label: &str) -> [u8; KEY_CHECK_LEN] {
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, self.expose()),
            label.as_bytes(),
        );
        let mut check = [0_u8; KEY_CHECK_LEN];
        check.copy_from_slice(&tag.as_ref()[..KEY_CHECK_LEN]);
        check
    }
}
