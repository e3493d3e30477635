//! OAuth 1.0a: the `Authorization` header of a request (RFC 5849 §3).

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use patchbay_catalog::manifest::OAuth1Signature;
use patchbay_model::Timestamp;
use patchbay_vault::Secret;
use url::Url;

use super::percent_encoded;

/// Who signs, and how. While signing in there is no token yet.
pub(crate) struct OAuth1Key {
    pub(crate) consumer_key: String,
    pub(crate) consumer_secret: Secret,
    pub(crate) token: Option<(String, Secret)>,
    pub(crate) signature: OAuth1Signature,
    pub(crate) realm: Option<String>,
}

/// A request as far as it is signed.
pub(crate) struct OAuth1Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a Url,
    /// The body where it is a form: its parameters are signed (§3.4.1.3.1).
    pub(crate) form: &'a [u8],
    /// `oauth_callback` or `oauth_verifier`, while signing in.
    pub(crate) more: Vec<(&'static str, String)>,
}

/// The value of the header; it is another each time, so that a repeated request is not taken for a replay (§3.3).
pub(crate) fn authorization(key: &OAuth1Key, request: &OAuth1Request<'_>) -> String {
    let nonce = crate::random::hex_id();
    signed(key, request, &nonce, Timestamp::now().seconds())
}

fn signed(key: &OAuth1Key, request: &OAuth1Request<'_>, nonce: &str, timestamp: i64) -> String {
    let mut own: Vec<(&str, String)> = vec![
        ("oauth_nonce", nonce.to_owned()),
        ("oauth_timestamp", timestamp.to_string()),
        ("oauth_version", "1.0".to_owned()),
        ("oauth_signature_method", key.signature.as_str().to_owned()),
        ("oauth_consumer_key", key.consumer_key.clone()),
    ];
    if let Some((token, _)) = &key.token {
        own.push(("oauth_token", token.clone()));
    }
    own.extend(request.more.iter().cloned());
    let base = base_string(request, &own);
    let secret = key.token.as_ref().map(|(_, secret)| secret.expose());
    let signature = signature(key.signature, key.consumer_secret.expose(), secret, &base);
    own.push(("oauth_signature", signature));
    let mut parts: Vec<String> = own
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", percent_encoded(value.as_bytes())))
        .collect();
    if let Some(realm) = &key.realm {
        // A quoted string (RFC 9110 §5.6.4), not percent-encoded (RFC 5849 §3.5.1).
        let realm = realm.replace('\\', "\\\\").replace('"', "\\\"");
        parts.insert(0, format!("realm=\"{realm}\""));
    }
    format!("OAuth {}", parts.join(", "))
}

/// §3.4.1.
fn base_string(request: &OAuth1Request<'_>, own: &[(&str, String)]) -> String {
    let query = request.url.query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .chain(url::form_urlencoded::parse(request.form))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .chain(own.iter().map(|(n, v)| ((*n).to_owned(), v.clone())))
        .map(|(name, value)| {
            (
                percent_encoded(name.as_bytes()),
                percent_encoded(value.as_bytes()),
            )
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let url = request.url;
    // §3.4.1.2: without query and fragment, the port only where it is not the scheme's.
    let uri = format!(
        "{}://{}{}",
        url.scheme(),
        super::host_header(url),
        url.path()
    );
    format!(
        "{}&{}&{}",
        request.method.to_ascii_uppercase(),
        percent_encoded(uri.as_bytes()),
        percent_encoded(pairs.join("&").as_bytes())
    )
}

/// §3.4.2.
fn signature(how: OAuth1Signature, consumer: &str, token: Option<&str>, base: &str) -> String {
    let algorithm = match how {
        OAuth1Signature::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        OAuth1Signature::HmacSha256 => hmac::HMAC_SHA256,
    };
    let key = Secret::new(format!(
        "{}&{}",
        percent_encoded(consumer.as_bytes()),
        percent_encoded(token.unwrap_or_default().as_bytes())
    ));
    let key = hmac::Key::new(algorithm, key.expose().as_bytes());
    BASE64.encode(hmac::sign(&key, base.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";

    #[test]
    fn the_base_string_is_that_of_rfc_5849() {
        let url = Url::parse("http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b");
        let request = OAuth1Request {
            method: "post",
            url: &url.expect("a URL"),
            form: b"c2&a3=2+q",
            more: Vec::new(),
        };
        let own = [
            ("oauth_consumer_key", "9djdj82h48djs9d2".to_owned()),
            ("oauth_token", "kkk9d7dh3k39sjv7".to_owned()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", "137131201".to_owned()),
            ("oauth_nonce", "7d8f3e4a".to_owned()),
        ];
        assert_eq!(base_string(&request, &own), BASE);
    }

    #[test]
    fn signatures_are_those_other_implementations_make() {
        let secrets = (
            "ECrDNoq1VYzzzzzzzzzyAK7TwZNtPnkqatqZZZZ",
            "just-a-string    asdasd",
        );
        for (how, expected) in [
            (OAuth1Signature::HmacSha1, "wsdNmjGB7lvis0UJuPAmjvX/PXw="),
            (
                OAuth1Signature::HmacSha256,
                "wdfdHUKXHbOnOGZP8WFAWMSAmWzN3EVBWWgXGlC/Eo4=",
            ),
        ] {
            assert_eq!(signature(how, secrets.0, Some(secrets.1), BASE), expected);
        }
    }

    fn key(how: OAuth1Signature) -> OAuth1Key {
        OAuth1Key {
            consumer_key: "client_key".to_owned(),
            consumer_secret: Secret::new(""),
            token: None,
            signature: how,
            realm: None,
        }
    }

    #[test]
    fn headers_are_those_other_implementations_make() {
        let url = Url::parse("http://example.com").expect("a URL");
        let request = OAuth1Request {
            method: "GET",
            url: &url,
            form: b"",
            more: Vec::new(),
        };
        for (how, expected) in [
            (OAuth1Signature::HmacSha1, "hH5BWYVqo7QI4EmPBUUe9owRUUQ%3D"),
            (
                OAuth1Signature::HmacSha256,
                "JzgJWBxX664OiMW3WE4MEjtYwOjI%2FpaUWHqtdHe68Es%3D",
            ),
        ] {
            let header = signed(&key(how), &request, "abc", 1_234_567_890);
            let name = how.as_str();
            assert_eq!(
                header,
                format!(
                    "OAuth oauth_nonce=\"abc\", oauth_timestamp=\"1234567890\", oauth_version=\"1.0\", oauth_signature_method=\"{name}\", oauth_consumer_key=\"client_key\", oauth_signature=\"{expected}\""
                )
            );
        }
    }

    #[test]
    fn netsuite_names_its_account_as_the_realm() {
        let url = Url::parse("https://123-sb1.suitetalk.api.netsuite.com/rest").expect("a URL");
        let request = OAuth1Request {
            method: "GET",
            url: &url,
            form: b"",
            more: Vec::new(),
        };
        let key = OAuth1Key {
            realm: Some("123_SB1".to_owned()),
            token: Some(("t".to_owned(), Secret::new("s"))),
            ..key(OAuth1Signature::HmacSha256)
        };
        let header = authorization(&key, &request);
        assert!(
            header.starts_with("OAuth realm=\"123_SB1\", oauth_nonce="),
            "{header}"
        );
        assert!(header.contains("oauth_token=\"t\""), "{header}");
        assert_ne!(
            header,
            authorization(&key, &request),
            "each has a nonce of its own"
        );
    }
}
