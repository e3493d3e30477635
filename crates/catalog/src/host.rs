//! Exact hosts: the only places a credential may go.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

/// One host and port, normalised: lower case, international names in ASCII, no
/// trailing dot, IPv6 in brackets. Written without the port when that is 443.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    host: String,
    port: u16,
}

/// Text that is no `host` or `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host name; write `host` or `host:port`, nothing else")]
pub struct HostError(pub String);

impl HostPort {
    /// From `host` or `host:port`; `default_port` where none is written.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, HostError> {
        let refuse = || HostError(text.to_owned());
        let (name, port) = split_port(text).ok_or_else(refuse)?;
        let forbidden = |c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '/' | '\\' | '@' | '?' | '#' | '%' | '*')
        };
        if name.is_empty() || name.contains(forbidden) {
            return Err(refuse());
        }
        let host = Host::parse(name).map_err(|_| refuse())?;
        Self::from_host(&host, port.unwrap_or(default_port)).ok_or_else(refuse)
    }

    fn from_host<S: AsRef<str>>(host: &Host<S>, port: u16) -> Option<Self> {
        let host = match host {
            Host::Domain(name) => {
                let name = name.as_ref();
                if name.is_empty() || name.ends_with('.') || name.starts_with('.') {
                    return None;
                }
                name.to_ascii_lowercase()
            }
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => format!("[{ip}]"),
        };
        (port != 0).then_some(Self { host, port })
    }

    /// Host and port of an `http` or `https` URL; `None` for other schemes, for
    /// URLs with user information and for names with a trailing dot.
    pub fn of_url(url: &Url) -> Option<Self> {
        is_plain(url).then_some(())?;
        Self::from_host(&url.host()?, url.port_or_known_default()?)
    }

    /// The host, IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether this is `domain` or a name below it.
    pub fn is_within(&self, domain: &str) -> bool {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        self.host == domain
            || self
                .host
                .strip_suffix(&domain)
                .is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
    }
}

fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let (name, rest) = text.split_at(end);
        match rest {
            "" => (name, None),
            _ => (name, Some(rest.strip_prefix(':')?)),
        }
    } else {
        match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        }
    };
    match port {
        None => Some((name, None)),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok().map(|p| (name, Some(p)))
        }
        Some(_) => None,
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.port == 443 {
            f.write_str(&self.host)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for HostPort {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        Self::parse(text, 443)
    }
}

impl Serialize for HostPort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Whether a credential pinned to `hosts` may be sent to `url`.
pub fn host_allowed(url: &Url, hosts: &[HostPort]) -> bool {
    match (url.host(), url.port_or_known_default()) {
        // Names and IPv4 addresses stand in a URL as they do in a list (WHATWG URL §3.5), so nothing is made anew for a
        // question that every request asks several times.
        (Some(Host::Domain(_) | Host::Ipv4(_)), Some(port)) => {
            let name = url.host_str().unwrap_or_default();
            is_plain(url)
                && hosts
                    .iter()
                    .any(|host| host.port == port && host.host == name)
        }
        _ => HostPort::of_url(url).is_some_and(|target| hosts.contains(&target)),
    }
}

/// An `http` or `https` URL without user information.
fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_normalised() {
        for (text, shown) in [
            ("API.Example.com", "api.example.com"),
            ("api.example.com:443", "api.example.com"),
            ("api.example.com:8443", "api.example.com:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.0.0.1:9801", "127.0.0.1:9801"),
            ("[::1]:80", "[::1]:80"),
            ("0x7f.1", "127.0.0.1"),
        ] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn s07_a_url_is_allowed_exactly_when_its_host_and_port_are_in_the_list() {
        let hosts: Vec<HostPort> = [
            "api.example.com",
            "127.0.0.1:8080",
            "[::ffff:1.2.3.4]",
            "xn--bcher-kva.example",
        ]
        .map(|host| host.parse().unwrap())
        .into();
        let urls = [
            ("https://api.example.com/x", true),
            ("https://API.EXAMPLE.com:443/x", true),
            ("https://api.example.com./x", false),
            ("https://api.example.com:8443/x", false),
            ("http://api.example.com/x", false),
            ("http://api.example.com:443/x", true),
            ("https://user@api.example.com/x", false),
            ("https://:password@api.example.com/x", false),
            ("ftp://api.example.com:443/x", false),
            ("https://xapi.example.com/", false),
            ("http://127.0.0.1:8080/", true),
            ("http://0x7f.1:8080/", true),
            ("http://127.0.0.1/", false),
            ("https://[::ffff:102:304]/", true),
            ("https://[::1]/", false),
            ("https://bücher.example/", true),
            ("data:text/plain,x", false),
        ];
        for (url, allowed) in urls {
            let url = Url::parse(url).unwrap();
            assert_eq!(host_allowed(&url, &hosts), allowed, "{url}");
            let as_made = HostPort::of_url(&url).is_some_and(|host| hosts.contains(&host));
            assert_eq!(as_made, allowed, "{url}");
        }
    }

    #[test]
    fn s07_what_is_no_plain_host_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            "https://a",
            "a/b",
            "a@b",
            "a b",
            "*.a",
            "a:b",
            "a:",
            "a:0",
            "a:99999",
            "a:1:2",
            "a%2eb",
            "a\\b",
            "a?b",
            "a#b",
            "a\n",
            "[::1",
            "[::1]x",
            "::1",
        ] {
            assert!(text.parse::<HostPort>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn s07_within_means_the_domain_or_below() {
        let within = |host: &str| {
            host.parse::<HostPort>()
                .unwrap()
                .is_within("salesforce.com")
        };
        assert!(within("salesforce.com") && within("acme.my.salesforce.com"));
        assert!(!within("evilsalesforce.com") && !within("salesforce.com.evil.example"));
    }

    #[test]
    fn s07_urls_are_compared_exactly() {
        let hosts = [
            "api.example.com".parse().unwrap(),
            "127.0.0.1:9801".parse().unwrap(),
        ];
        let allowed = |u: &str| host_allowed(&Url::parse(u).unwrap(), &hosts);
        assert!(allowed("https://api.example.com/x") && allowed("https://API.example.com:443/x"));
        assert!(allowed("http://127.0.0.1:9801/"));
        for url in [
            "http://api.example.com/",
            "https://api.example.com:444/",
            "https://api.example.com./",
            "https://user@api.example.com/",
            "https://:p@api.example.com/",
            "https://api.example.com.evil.example/",
            "https://api.example.com@evil.example/",
            "https://evil.example/api.example.com",
            "https://127.0.0.1/",
            "ftp://api.example.com/",
        ] {
            assert!(!allowed(url), "{url}");
        }
    }
}
