//! Typed ids: a prefix that says what it names and a UUID v7 in lowercase Crockford base32.
//!
//! Version 7 puts the creation time first (RFC 9562 §5.7), so ids sort by age and index pages fill in order,
//! and still carries 74 random bits, so an id cannot be guessed.

use std::{fmt, str::FromStr, sync::LazyLock};

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    spec.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
});

/// Characters after the prefix: 128 bits at 5 bits each.
const BODY_LEN: usize = 26;

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id of this kind starts with `{prefix}` followed by 26 letters and digits")]
pub struct IdError {
    /// The prefix the wanted kind of id has, e.g. `conn_`.
    pub prefix: &'static str,
}

fn generate(prefix: &str, text: &mut [u8]) {
    let (before, body) = text.split_at_mut(prefix.len());
    before.copy_from_slice(prefix.as_bytes());
    BASE32.encode_mut(uuid::Uuid::now_v7().as_bytes(), body);
}

/// The text of an id, if it is one of the kind with this prefix.
fn validated<const LEN: usize>(prefix: &'static str, text: &str) -> Result<[u8; LEN], IdError> {
    let symbol = |b: &u8| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(b));
    text.strip_prefix(prefix)
        .filter(|body| body.as_bytes().iter().all(symbol))
        .and_then(|_| text.as_bytes().try_into().ok())
        .ok_or(IdError { prefix })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String)]
        pub struct $name([u8; $prefix.len() + BODY_LEN]); // in place: ids are cloned for every request and step

        impl $name {
            /// What ids of this kind start with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, unique and later in order than those made before it.
            #[allow(clippy::new_without_default)] // two calls never give equal values
            pub fn new() -> Self {
                let mut text = [0; $prefix.len() + BODY_LEN];
                generate($prefix, &mut text);
                Self(text)
            }

            /// The id as it stands in URLs, answers and the database.
            pub fn as_str(&self) -> &str {
                // Only letters and digits are ever put in, so this never falls back.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                validated($prefix, text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// A project, the isolation boundary.
    ProjectId, "proj_");
id!(/// A connection between a project and an account at an app.
    ConnectionId, "conn_");
id!(/// A flow.
    FlowId, "flow_");
id!(/// One execution of a flow.
    RunId, "run_");
id!(/// A person with an account in the workspace.
    UserId, "user_");
id!(/// An API key (the id, never the key itself).
    KeyId, "key_");
id!(/// One attempt to authorize at a provider.
    ConnectSessionId, "sess_");
id!(/// A signed-in browser (the id, never the cookie's token).
    SessionId, "sign_");
id!(/// An invitation to a project.
    InvitationId, "inv_");
id!(/// An entry of the audit log.
    AuditId, "aud_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_back_and_sort_by_age() {
        let first = ConnectionId::new();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let second = ConnectionId::new();
        assert_eq!(first.as_str().parse::<ConnectionId>().as_ref(), Ok(&first));
        assert!(first < second);
        assert_eq!(format!("{first:?}"), format!("ConnectionId(\"{first}\")"));
    }

    #[test]
    fn foreign_prefixes_and_odd_bodies_are_refused() {
        let id = FlowId::new();
        assert!(id.as_str().parse::<ConnectionId>().is_err());
        for odd in [
            "conn_",
            "conn_short",
            "conn_0123456789abcdefghijklmnop",
            "CONN_",
        ] {
            assert!(odd.parse::<ConnectionId>().is_err(), "{odd}");
        }
    }
}
