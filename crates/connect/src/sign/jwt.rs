//! JSON Web Tokens signed here (RFC 7515 §3.1, compact form).

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256},
};
use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use patchbay_catalog::{
    JwtParts,
    manifest::{JwtAlgorithm, KeyFormat},
};
use patchbay_vault::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use super::hmac_sha256;

/// The key is not one, or not of the kind that the algorithm takes. Fit to show; quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be read: {0}")]
pub(crate) struct BadKey(&'static str);

/// Signs.
pub(crate) fn signed(parts: &JwtParts) -> Result<Secret, BadKey> {
    let encode = |map: &serde_json::Map<String, Value>| {
        BASE64URL_NOPAD.encode(Value::Object(map.clone()).to_string().as_bytes())
    };
    let text = format!("{}.{}", encode(&parts.header), encode(&parts.claims));
    let key = key_bytes(&parts.key, parts.key_format)?;
    let signature = match parts.algorithm {
        JwtAlgorithm::HS256 => hmac_sha256(&key, text.as_bytes()).as_ref().to_vec(),
        JwtAlgorithm::RS256 => rs256(&key, text.as_bytes())?,
        JwtAlgorithm::ES256 => es256(&key, text.as_bytes())?,
    };
    let signature = BASE64URL_NOPAD.encode(&signature);
    Ok(Secret::new(format!("{text}.{signature}")))
}

fn rs256(key: &[u8], text: &[u8]) -> Result<Vec<u8>, BadKey> {
    let key = RsaKeyPair::from_pkcs8(key)
        .or_else(|_| RsaKeyPair::from_der(key))
        .map_err(|_| BadKey("it is no RSA private key"))?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text,
        &mut signature,
    )
    .map_err(|_| BadKey("it is no RSA key that can sign"))?;
    Ok(signature)
}

fn es256(key: &[u8], text: &[u8]) -> Result<Vec<u8>, BadKey> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, key)
        .or_else(|_| EcdsaKeyPair::from_private_key_der(algorithm, key))
        .map_err(|_| BadKey("it is no private key on the curve P-256"))?;
    let signature = key
        .sign(&SystemRandom::new(), text)
        .map_err(|_| BadKey("it cannot sign"))?;
    Ok(signature.as_ref().to_vec())
}

/// The key as bytes, from what was pasted. A PEM whose line breaks were lost on the way is read all the same.
fn key_bytes(text: &str, format: KeyFormat) -> Result<Zeroizing<Vec<u8>>, BadKey> {
    let bytes = match format {
        KeyFormat::Text => Some(text.as_bytes().to_vec()),
        KeyFormat::Hex => HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok(),
        KeyFormat::Base64 => base64(text),
        KeyFormat::Pem => pem_body(text).and_then(base64),
    };
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    bytes.map(Zeroizing::new).ok_or(BadKey(match format {
        KeyFormat::Text => "it is empty",
        KeyFormat::Hex => "it is not written in hexadecimal",
        KeyFormat::Base64 => "it is not written in base64",
        KeyFormat::Pem => {
            "it does not stand between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----"
        }
    }))
}

/// What stands between the lines of a PEM (RFC 7468 §2).
fn pem_body(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    label.ends_with("PRIVATE KEY").then_some(body)
}

fn base64(text: &str) -> Option<Vec<u8>> {
    // Keys that went through JSON or a shell may hold line breaks as two characters.
    let plain = Zeroizing::new(text.replace("\\n", "").replace("\\r", ""));
    let plain: Zeroizing<String> =
        Zeroizing::new(plain.chars().filter(|c| !c.is_whitespace()).collect());
    let bytes = plain.as_bytes();
    BASE64
        .decode(bytes)
        .or_else(|_| BASE64URL.decode(bytes))
        .or_else(|_| BASE64URL_NOPAD.decode(bytes))
        .ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer,
        rsa::KeySize,
        signature::{
            ECDSA_P256_SHA256_FIXED, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
        },
    };
    use serde_json::json;

    use super::*;

    fn parts(algorithm: JwtAlgorithm, key: &str, key_format: KeyFormat) -> JwtParts {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        JwtParts {
            algorithm,
            key: key.to_owned(),
            key_format,
            header: map(json!({"alg": algorithm.as_str(), "typ": "JWT"})),
            claims: map(json!({"iss": "me@example.iam.gserviceaccount.com"})),
        }
    }

    fn halves(jwt: &Secret) -> (String, Vec<u8>) {
        let (text, signature) = jwt.expose().rsplit_once('.').expect("a signature");
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes());
        (text.to_owned(), signature.expect("base64url"))
    }

    fn pem(der: &[u8], lines: bool) -> String {
        let body = BASE64.encode(der);
        let end = if lines { "\n" } else { "" };
        format!("-----BEGIN PRIVATE KEY-----{end}{body}{end}-----END PRIVATE KEY-----{end}")
    }

    #[test]
    fn a_google_service_accounts_token_is_signed_with_its_rsa_key() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = key.as_der().expect("a key");
        for text in [pem(der.as_ref(), true), pem(der.as_ref(), false)] {
            let jwt = signed(&parts(JwtAlgorithm::RS256, &text, KeyFormat::Pem)).expect("a token");
            let (text, signature) = halves(&jwt);
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
            assert!(public.verify(text.as_bytes(), &signature).is_ok());
        }
    }

    #[test]
    fn an_elliptic_key_signs_too() {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let der = key.to_pkcs8v1().expect("a key");
        let jwt = signed(&parts(
            JwtAlgorithm::ES256,
            &pem(der.as_ref(), true),
            KeyFormat::Pem,
        ));
        let (text, signature) = halves(&jwt.expect("a token"));
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
        assert!(public.verify(text.as_bytes(), &signature).is_ok());
    }

    /// The token of RFC 7515, appendix A.1, signed over its own header and claims.
    #[test]
    fn hs256_is_that_of_rfc_7515() {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let key = key_bytes(key, KeyFormat::Base64).expect("a key");
        let signature = hmac_sha256(&key, text.as_bytes());
        assert_eq!(
            BASE64URL_NOPAD.encode(signature.as_ref()),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
    }

    #[test]
    fn ghosts_hexadecimal_secret_is_read() {
        let jwt = signed(&parts(JwtAlgorithm::HS256, "00ff10", KeyFormat::Hex)).expect("a token");
        let (text, signature) = halves(&jwt);
        assert_eq!(
            signature,
            hmac_sha256(&[0, 255, 16], text.as_bytes()).as_ref()
        );
    }

    #[test]
    fn s10_what_is_no_key_is_refused_without_quoting_it() {
        for (text, format) in [
            ("canary-key", KeyFormat::Pem),
            (
                "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
                KeyFormat::Pem,
            ),
            (
                "-----BEGIN PRIVATE KEY-----canary!-----END PRIVATE KEY-----",
                KeyFormat::Pem,
            ),
            ("canary", KeyFormat::Hex),
            ("", KeyFormat::Text),
        ] {
            let error = signed(&parts(JwtAlgorithm::RS256, text, format))
                .err()
                .expect("an error");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let error = signed(&parts(JwtAlgorithm::RS256, "AAAA", KeyFormat::Base64)).err();
        assert_eq!(error, Some(BadKey("it is no RSA private key")));
    }
}
