//! The operator's list of hosts that may be dialled although they are not in the public internet.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Exact `host:port` pairs from `PATCHBAY_EGRESS_ALLOW`, separated by commas.
///
/// An entry lifts two rules for requests whose URL names exactly that host and that port: the address
/// may be private, and the scheme may be plain `http`. It lifts nothing for another name that happens
/// to resolve to the same address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<(Host<String>, u16)>,
}

/// Why an allow list could not be read. Its text is fit to show to the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the egress allow list entry `{entry}` is not an exact host:port ({problem}); write entries like \
     `intranet.example:443` or `[::1]:8080`, separated by commas"
)]
pub struct AllowListError {
    /// The entry as written.
    pub entry: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl AllowList {
    /// Whether a request to this URL's host and port is on the list.
    #[must_use]
    pub fn contains(&self, url: &Url) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return false;
        };
        self.entries
            .iter()
            .any(|(allowed, allowed_port)| *allowed_port == port && *allowed == host)
    }

    /// Whether the list has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromStr for AllowList {
    type Err = AllowListError;

    fn from_str(text: &str) -> Result<Self, AllowListError> {
        let mut entries = Vec::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let error = |problem| AllowListError {
                entry: entry.to_owned(),
                problem,
            };
            if entry.contains("//") {
                return Err(error("leave out the scheme"));
            }
            if entry.contains('*') {
                return Err(error("wildcards are not supported"));
            }
            let (host, port) = entry
                .rsplit_once(':')
                .ok_or_else(|| error("the port is missing"))?;
            if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
                return Err(error("the port is missing"));
            }
            let port: u16 = port.parse().map_err(|_| error("the port is above 65535"))?;
            if port == 0 {
                return Err(error("port 0 does not exist"));
            }
            if host.contains(':') && !host.starts_with('[') {
                return Err(error("an IPv6 address stands in brackets"));
            }
            let host =
                Host::parse(host).map_err(|_| error("the host is not a name or an address"))?;
            entries.push((host, port));
        }
        Ok(Self { entries })
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (host, port)) in self.entries.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            write!(f, "{host}:{port}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &str, url: &str) -> bool {
        let list: AllowList = list.parse().expect("a list");
        list.contains(&Url::parse(url).expect("a URL"))
    }

    #[test]
    fn allow_list_matches_exact_host_and_port() {
        let list = "127.0.0.1:9801, Intranet.Example:443,[::1]:8080";
        assert!(allows(list, "http://127.0.0.1:9801/x"));
        assert!(
            allows(list, "http://2130706433:9801/"),
            "the same address, written as one number"
        );
        assert!(allows(list, "https://intranet.example/x"));
        assert!(allows(list, "https://INTRANET.example:443/x"));
        assert!(allows(list, "http://[0:0::1]:8080/"));
        for refused in [
            "http://127.0.0.1:9802/",
            "http://127.0.0.2:9801/",
            "http://localhost:9801/",
            "http://intranet.example/",
            "https://a.intranet.example/",
            "https://intranet.example.evil.com/",
            "http://[::1]:8081/",
            "http://[::ffff:127.0.0.1]:9801/",
        ] {
            assert!(!allows(list, refused), "{refused}");
        }
        assert!(!allows("", "http://127.0.0.1:9801/"));
    }

    #[test]
    fn allow_list_says_what_is_wrong() {
        for (entry, problem) in [
            ("localhost", "port is missing"),
            ("localhost:", "port is missing"),
            ("localhost:http", "port is missing"),
            ("localhost:99999", "above 65535"),
            ("localhost:0", "port 0"),
            ("http://localhost:80", "scheme"),
            ("*.example:80", "wildcards"),
            ("::1:80", "brackets"),
            ("a b:80", "host is not"),
            ("user@host:80", "host is not"),
        ] {
            let list = format!("ok.example:1,{entry}");
            let error = AllowList::from_str(&list).expect_err(entry).to_string();
            assert!(
                error.contains(problem) && error.contains(entry),
                "{entry}: {error}"
            );
        }
        assert_eq!(
            "a:1,,b:2,"
                .parse::<AllowList>()
                .expect("a list")
                .to_string(),
            "a:1,b:2"
        );
    }
}
