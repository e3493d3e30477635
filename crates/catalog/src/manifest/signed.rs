use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::template::{Text, Tree};

/// A JSON Web Token that is signed here (RFC 7519).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JwtManifest {
    /// How it is signed (RFC 7518 §3.1).
    pub algorithm: JwtAlgorithm,
    /// The key. Uses `settings` and `credential`.
    pub key: Text,
    /// How the key is written; PEM for RS256 and ES256, text for HS256 unless said otherwise.
    pub key_format: Option<KeyFormat>,
    /// Header parameters beside `alg` and `typ`. Uses `settings` and `credential`.
    #[serde(default)]
    pub header: IndexMap<String, Tree>,
    /// Claims beside `iat` and `exp`; one whose optional value is not given is left out. Uses `settings` and
    /// `credential`.
    #[serde(default)]
    pub claims: IndexMap<String, Tree>,
    /// Seconds it lives.
    #[serde(default = "five_minutes")]
    pub lifetime: u32,
}

fn five_minutes() -> u32 {
    300
}

/// Signature algorithms (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum JwtAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// HMAC with SHA-256.
    HS256,
}

impl JwtAlgorithm {
    /// As it stands in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::HS256 => "HS256",
        }
    }
}

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyFormat {
    /// PKCS #8 or PKCS #1 between `-----BEGIN` and `-----END` (RFC 7468).
    Pem,
    /// The bytes of the text.
    Text,
    /// Hexadecimal.
    Hex,
    /// Base64, standard or for URLs.
    Base64,
}

/// Signature methods of OAuth 1.0a.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum OAuth1Signature {
    /// RFC 5849 §3.4.2.
    #[default]
    #[serde(rename = "HMAC-SHA1")]
    HmacSha1,
    /// The same with SHA-256.
    #[serde(rename = "HMAC-SHA256")]
    HmacSha256,
}

impl OAuth1Signature {
    /// As it stands in `oauth_signature_method`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }
}

/// What AWS requests are signed for (Signature Version 4).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsManifest {
    /// The service's signing name, such as `s3`. May use `settings`.
    pub service: Text,
    /// Its region, such as `eu-central-1`. May use `settings`.
    pub region: Text,
    /// Whether the body is part of what is signed.
    #[serde(default)]
    pub payload: AwsPayload,
}

/// Whether a body is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AwsPayload {
    /// It is, and is read whole before it is sent.
    #[default]
    Signed,
    /// It is not, so that it streams; S3 allows that over TLS.
    Unsigned,
}
