//! Unguessable values and their hashes.

use aws_lc_rs::digest;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

/// Bytes from the operating system's generator. It is seeded when the process starts and does not fail afterwards; if
/// it did, going on with predictable bytes would be worse than stopping.
fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0_u8; N];
    assert!(
        aws_lc_rs::rand::fill(&mut out).is_ok(),
        "the operating system gives no random bytes"
    );
    out
}

/// 256 random bits in base64url: 43 characters, the least a PKCE verifier may have (RFC 7636 §4.1).
pub(crate) fn token() -> String {
    BASE64URL_NOPAD.encode(&bytes::<32>())
}

/// 128 random bits in hexadecimal.
pub(crate) fn hex_id() -> String {
    HEXLOWER.encode(&bytes::<16>())
}

/// Hexadecimal SHA-256, for looking a secret up without storing it.
pub(crate) fn hash(text: &str) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// The S256 challenge of a PKCE verifier (RFC 7636 §4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn challenge_follows_the_rfc() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn s16_states_are_256_bit_and_never_repeat() {
        let all: std::collections::HashSet<_> = (0..1000).map(|_| token()).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|token| token.len() == 43));
    }
}
