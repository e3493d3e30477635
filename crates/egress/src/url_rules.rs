//! The one way a text becomes a URL that may be requested.

use url::{Host, Url};

use crate::EgressError;

/// Longest URL that is sent, in bytes. Servers commonly refuse longer ones (8 KiB request lines).
pub const MAX_URL_BYTES: usize = 16 * 1024;

/// Parses an absolute `http` or `https` URL, refusing what a lenient parser would repair.
///
/// The WHATWG parser removes tabs and line ends and reads `\` as `/`; two programs that disagree
/// about such a text disagree about its host. So white space, control characters and `\` are refused
/// before parsing.
pub fn url_parse(text: &str) -> Result<Url, EgressError> {
    if text.bytes().any(|b| b <= b' ' || b == 0x7f || b == b'\\') {
        return Err(EgressError::refused_url(
            "it contains white space, a control character or a backslash",
        ));
    }
    // `https:host` and `https:///host` are read as `https://host` by the parser and otherwise by others.
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    if after_scheme.is_empty() || after_scheme.starts_with('/') {
        return Err(EgressError::refused_url("it is not an absolute URL"));
    }
    let url =
        Url::parse(text).map_err(|_| EgressError::refused_url("it is not an absolute URL"))?;
    url_check(&url)?;
    Ok(url)
}

/// Checks a parsed URL by everything that needs neither the allow list nor a resolver: scheme, no user
/// name or password, and a host that means the same to every reader.
pub fn url_check(url: &Url) -> Result<(), EgressError> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(EgressError::refused_url("only https and http are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EgressError::refused_url(
            "a user name or password in the URL is not allowed",
        ));
    }
    if url.as_str().len() > MAX_URL_BYTES {
        return Err(EgressError::refused_url("it is longer than 16 KiB"));
    }
    if url.port_or_known_default() == Some(0) {
        return Err(EgressError::refused_url("port 0 does not exist"));
    }
    match url.host() {
        Some(Host::Domain(name)) if domain_is_plain(name) => Ok(()),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => Ok(()),
        _ => Err(EgressError::refused_url(
            "its host is not a plain host name or address",
        )),
    }
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63 bytes, 253 in all (RFC 1035 §2.3.4),
/// without a trailing dot: `api.example.com.` is the same machine but another TLS name and another
/// string in every comparison.
fn domain_is_plain(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_url_forms_are_refused_or_normalised() {
        for refused in [
            "",
            "/path",
            "//host/path",
            "example.com",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "ws://example.com/",
            "https://user@example.com/",
            "https://user:pw@example.com/",
            "https://:pw@example.com/",
            "https://example.com\\@evil.com/",
            "https:\\\\example.com/",
            "https://exam\tple.com/",
            "https://exam\nple.com/",
            "https://example.com/\r\nHost: evil",
            " https://example.com/",
            "https://example.com./",
            "https://example..com/",
            "https://.example.com/",
            "https:///path",
            "https:example.com/",
            "https:/example.com/",
            "https:?://example.com",
            "https://[::1",
            "https://[fe80::1%25eth0]/",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://exa$mple.com/",
            "https://a,b.com/",
            "https://(evil).com/",
            "https://%00.com/",
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
            "https://0x100000000/",
        ] {
            assert!(url_parse(refused).is_err(), "{refused:?} must be refused");
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES));
        assert!(url_parse(&long).is_err());
        for (text, host) in [
            ("https://Example.COM/x", "example.com"),
            ("https://2130706433/", "127.0.0.1"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://0177.0.0.01/", "127.0.0.1"),
            ("https://%31%32%37.0.0.1/", "127.0.0.1"),
            ("https://①②⑦.⓪.⓪.①/", "127.0.0.1"),
            ("https://bücher.example/", "xn--bcher-kva.example"),
            ("https://a_b.example/", "a_b.example"),
            ("https://[::FFFF:127.0.0.1]/", "[::ffff:7f00:1]"),
        ] {
            assert_eq!(
                url_parse(text).expect(text).host_str(),
                Some(host),
                "{text}"
            );
        }
    }
}
