//! Text that must not be seen.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A secret text: a token, an API key, a password, a PEM key.
///
/// The memory is wiped when the value is dropped. On purpose there is no `Debug`, `Display`,
/// `Clone`, `Serialize` or `Deserialize`: reading it takes a visible [`expose`](Self::expose),
/// copying it a visible [`duplicate`](Self::duplicate).
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text over. An owned `String` handed in is wiped after its content was taken.
    pub fn new(text: impl Into<String>) -> Self {
        let mut source = text.into();
        // An exact capacity keeps `into_boxed_str` from reallocating, which would leave an
        // unwiped copy behind.
        let mut exact = String::with_capacity(source.len());
        exact.push_str(&source);
        source.zeroize();
        Self(SecretString::from(exact.into_boxed_str()))
    }

    /// The text itself. Every call of this is a place where a secret can get out.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// A second copy, wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::new(self.expose())
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

/// Compares in time that depends on the lengths alone.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose()
            .as_bytes()
            .ct_eq(other.expose().as_bytes())
            .into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
