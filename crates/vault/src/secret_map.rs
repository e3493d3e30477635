//! Several secrets under their field names.

use std::collections::BTreeMap;

use crate::Secret;

/// Secrets by field name, in the order of the names. Like [`Secret`] it has no `Debug`, `Display`,
/// `Clone` or `Serialize`; it becomes bytes only inside `Vault::seal_map`.
#[derive(Default, PartialEq, Eq)]
pub struct SecretMap(BTreeMap<String, Secret>);

impl SecretMap {
    /// A map without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field and gives back what stood there.
    pub fn insert(&mut self, name: impl Into<String>, secret: impl Into<Secret>) -> Option<Secret> {
        self.0.insert(name.into(), secret.into())
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The text of the field of that name; the same warning as for [`Secret::expose`].
    pub fn expose(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Secret> {
        self.0.remove(name)
    }

    /// The field names, ascending.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and secrets, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A second copy, wiped on its own.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        self.iter()
            .map(|(name, secret)| (name.to_owned(), secret.duplicate()))
            .collect()
    }
}

impl FromIterator<(String, Secret)> for SecretMap {
    fn from_iter<I: IntoIterator<Item = (String, Secret)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}
