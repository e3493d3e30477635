//! Tokens of sessions, invitations and API keys: 256 random bits, of which only the SHA-256 is stored.
//!
//! A plain hash is enough: unlike a password, such a token cannot be guessed (OWASP ASVS 5.0, 11.4.2 asks for slow
//! hashes only where the secret has little entropy). They are looked up by their hash, so no comparison can leak them.

use aws_lc_rs::{digest, rand};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use patchbay_model::Problem;

/// What every API key starts with, so that leaked ones are recognised.
pub(crate) const KEY_PREFIX: &str = "pb_live_";

fn random() -> Result<[u8; 32], Problem> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| {
        tracing::error!("the system's random numbers are not to be had");
        Problem::internal()
    })?;
    Ok(bytes)
}

/// A token for a cookie or a link: 43 characters that need no escaping in either.
pub(crate) fn token() -> Result<String, Problem> {
    Ok(BASE64URL_NOPAD.encode(&random()?))
}

/// An API key: the prefix and 52 letters and digits, which a double click selects as one word.
pub(crate) fn api_key() -> Result<String, Problem> {
    let body = BASE32_NOPAD.encode(&random()?).to_ascii_lowercase();
    Ok(format!("{KEY_PREFIX}{body}"))
}

/// What is stored of a token.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    hash_parts(&[token.as_bytes()])
}

/// SHA-256 over parts, each with its length before it when there are several.
pub(crate) fn hash_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        if parts.len() > 1 {
            context.update(&(part.len() as u64).to_be_bytes());
        }
        context.update(part);
    }
    let mut out = [0_u8; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s34_tokens_carry_256_bits_and_differ() {
        let (first, second) = (token().expect("random"), token().expect("random"));
        assert_ne!(first, second);
        let bytes = BASE64URL_NOPAD.decode(first.as_bytes());
        assert_eq!(bytes.map(|bytes| bytes.len()), Ok(32));
    }

    #[test]
    fn keys_have_their_prefix_and_are_one_word() {
        let key = api_key().expect("random");
        let body = key.strip_prefix(KEY_PREFIX).expect("the prefix");
        assert_eq!(body.len(), 52);
        assert!(
            body.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(hash_parts(&[b"ab", b"c"]), hash_parts(&[b"a", b"bc"]));
    }
}
