//! What there is to say about a connection without its secrets.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value there is.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word as it stands in the API and the database.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        // By hand: the derive does not see words that come in through this macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|value| value.as_str())))
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok($name::$variant),)*
                    other => Err(format!("`{other}` is no {}", $what)),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How a connection is.
    ConnectionStatus, "connection status" {
        /// It works.
        Active = "ACTIVE",
        /// The token expired and could not be refreshed.
        Expired = "EXPIRED",
        /// The app rejects the credential or fails.
        Error = "ERROR",
        /// Access was withdrawn, here or at the provider.
        Revoked = "REVOKED",
    }
}

impl ConnectionStatus {
    /// Whether a step may try to use it. An `Error` may pass by itself, so it may be tried.
    pub const fn usable(self) -> bool {
        matches!(self, Self::Active)
    }
}

words! {
    /// Why a connection is not active: our word for it; the provider's own goes beside it.
    StatusReason, "status reason" {
        /// The provider refused to refresh the token.
        RefreshRejected = "refresh_rejected",
        /// The token expired and there is no way to refresh it.
        TokenExpired = "token_expired",
        /// The app refused the credential.
        CredentialRejected = "credential_rejected",
        /// The credential works, but lacks a permission that is needed.
        PermissionMissing = "permission_missing",
        /// The app answers with failures.
        ProviderUnavailable = "provider_unavailable",
        /// The app's host cannot be reached.
        HostUnreachable = "host_unreachable",
        /// Somebody revoked the connection here.
        RevokedHere = "revoked_here",
        /// The account's owner withdrew access at the provider.
        RevokedAtProvider = "revoked_at_provider",
        /// The OAuth client is refused by the provider: an admin must mend it.
        AppMisconfigured = "app_misconfigured",
        /// A refresh was cut off and its outcome cannot be recovered.
        RotationInterrupted = "rotation_interrupted",
        /// It was saved without being checked.
        Unverified = "unverified",
    }
}

impl StatusReason {
    /// The reason in words for people, after "because".
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::RefreshRejected => {
                "The provider no longer renews this sign-in. Reconnect to sign in again."
            }
            Self::TokenExpired => {
                "The sign-in ran out and this provider does not renew it. Reconnect to sign in again."
            }
            Self::CredentialRejected => {
                "The app refuses this credential. Reconnect with a valid one."
            }
            Self::PermissionMissing => {
                "The credential works but lacks a permission. Reconnect and grant it."
            }
            Self::ProviderUnavailable => {
                "The app is failing at the moment. It is tried again by itself."
            }
            Self::HostUnreachable => {
                "The app's host cannot be reached. Check its address, then check again."
            }
            Self::RevokedHere => "It was revoked here. Reconnect to use it again.",
            Self::RevokedAtProvider => {
                "Access was withdrawn at the provider. Reconnect to sign in again."
            }
            Self::AppMisconfigured => {
                "The provider refuses the OAuth client. An admin can mend it under Settings, OAuth clients."
            }
            Self::RotationInterrupted => {
                "A renewal was cut off and the provider did not keep the old sign-in. Reconnect to sign in again."
            }
            Self::Unverified => "It was saved without a check. Check it now to be sure.",
        }
    }
}

words! {
    /// A way an app lets you in. The API shows it upper-cased as a connection's `type`.
    AuthMethodKind, "auth method" {
        /// OAuth 2.0 authorization code (RFC 6749 §4.1) with PKCE (RFC 7636).
        OAuth2 = "oauth2",
        /// OAuth 2.0 client credentials (RFC 6749 §4.4).
        OAuth2ClientCredentials = "oauth2_client_credentials",
        /// A key or token made at the app.
        ApiKey = "api_key",
        /// User name and password (RFC 7617).
        Basic = "basic",
        /// Fields of the app's own.
        Custom = "custom",
        /// A login request whose answer is the credential.
        TokenExchange = "token_exchange",
        /// OAuth 1.0a (RFC 5849).
        OAuth1 = "oauth1",
        /// A signed assertion for a token (RFC 7523).
        JwtBearer = "jwt_bearer",
        /// AWS Signature Version 4.
        AwsSigV4 = "aws_sigv4",
    }
}

impl AuthMethodKind {
    /// The `type` of a connection in the API. All that are forms with fields of the app's own are `CUSTOM`.
    pub fn type_name(self) -> String {
        match self {
            Self::TokenExchange | Self::JwtBearer | Self::AwsSigV4 => Self::Custom,
            other => other,
        }
        .as_str()
        .to_ascii_uppercase()
    }

    /// From the `type` of a connection in the API.
    pub fn from_type_name(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// Whether authorizing takes a browser window.
    pub const fn needs_browser(self) -> bool {
        matches!(self, Self::OAuth2 | Self::OAuth1)
    }
}

words! {
    /// Who in the project can use a connection.
    Visibility, "visibility" {
        /// Every member of the project (requirement T1).
        Project = "project",
        /// Its owner alone.
        Private = "private",
    }
}

/// The account at the app that a connection signs in as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccountIdentity {
    /// The provider's own, stable id of the account.
    pub id: Option<String>,
    /// What people recognise it by: an e-mail address, a team name.
    pub label: Option<String>,
}

impl AccountIdentity {
    /// Whether two identities are known to be different accounts. Unknown ids are never different.
    pub fn differs_from(&self, other: &AccountIdentity) -> bool {
        match (&self.id, &other.id) {
            (Some(a), Some(b)) => a != b,
            _ => {
                matches!((&self.label, &other.label), (Some(a), Some(b)) if self.id.is_none() && other.id.is_none() && a != b)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_lists_the_words_of_the_api() {
        let schema = serde_json::to_value(<ConnectionStatus as utoipa::PartialSchema>::schema());
        assert_eq!(
            schema.ok(),
            Some(
                serde_json::json!({"type": "string", "enum": ["ACTIVE", "EXPIRED", "ERROR", "REVOKED"]})
            )
        );
    }

    #[test]
    fn type_names_are_upper_case() {
        assert_eq!(AuthMethodKind::ApiKey.type_name(), "API_KEY");
        assert_eq!(
            AuthMethodKind::from_type_name("OAUTH2_CLIENT_CREDENTIALS"),
            Some(AuthMethodKind::OAuth2ClientCredentials)
        );
    }

    #[test]
    fn identities_differ_only_when_known() {
        let of = |id: Option<&str>, label: Option<&str>| AccountIdentity {
            id: id.map(Into::into),
            label: label.map(Into::into),
        };
        assert!(of(Some("1"), None).differs_from(&of(Some("2"), None)));
        assert!(!of(Some("1"), Some("a")).differs_from(&of(Some("1"), Some("b"))));
        assert!(!of(None, None).differs_from(&of(Some("2"), None)));
        assert!(of(None, Some("a")).differs_from(&of(None, Some("b"))));
    }
}
