//! S-12: no form of a URL reaches a listener that is not public or allowed by name.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use http::Method;
use patchbay_egress::{Egress, EgressError, EgressPolicy, EgressRequest, url_parse};
use url::Url;

use crate::support::{Server, Table};

const NAMES: &[(&str, &str)] = &[
    ("localhost", "127.0.0.1"),
    ("localhost6", "::1"),
    ("localhost.localdomain", "127.0.0.1"),
    ("foo.localhost", "127.0.0.1"),
    ("127.0.0.1.nip.example", "127.0.0.1"),
    ("rebind.example", "127.0.0.2"),
    ("zero.example", "0.0.0.0"),
    ("six.example", "::1"),
    ("six-zero.example", "::"),
    ("mapped.example", "::ffff:127.0.0.1"),
    ("compatible.example", "::127.0.0.1"),
    ("nat64.example", "64:ff9b::127.0.0.1"),
    ("nat64-local.example", "64:ff9b:1::127.0.0.1"),
    ("sixtofour.example", "2002:7f00:1::"),
    ("teredo.example", "2001:0:7f00:1::1"),
    ("isatap.example", "fe80::5efe:7f00:1"),
    ("metadata.google.internal", "169.254.169.254"),
    ("instance-data.ec2.internal", "fd00:ec2::254"),
    ("wire.example", "168.63.129.16"),
    ("alibaba.example", "100.100.100.200"),
    ("oracle.example", "192.0.0.192"),
    ("intranet.example", "10.0.0.1"),
    ("xn--bcher-kva.example", "127.0.0.1"),
];

/// Hosts as somebody who means harm would write them.
const HOSTS: &[&str] = &[
    // Dotted, short, decimal, octal, hexadecimal and mixed forms of loopback.
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F000001",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0x0.0.1",
    "127.0x1",
    "127.0.0x0.1",
    "00000177.0.0.1",
    "0x0000007f.0.0.1",
    "127.000.000.001",
    "127.0.0.1.",
    "2130706433.",
    "%31%32%37.0.0.1",
    "%31%32%37%2e%30%2e%30%2e%31",
    "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "0X7F.1",
    // The unspecified address, which most systems take for loopback.
    "0.0.0.0",
    "0",
    "0x0",
    "00",
    "0.0",
    "0.0.0",
    "0.0.0.0.",
    // IPv6 loopback, unspecified, mapped, compatible, translated, tunnelled.
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::0:1]",
    "[::]",
    "[0::0]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2001:0:7f00:1::1]",
    "[2001::80ff:fffe]",
    "[fe80::1]",
    "[fe80::5efe:127.0.0.1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00::1]",
    "[ff02::1]",
    "[ff01::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[::1%25lo]",
    "[::1]%25lo",
    "[::1.2.3]",
    // Private, shared, link-local, metadata, test, multicast, reserved.
    "10.0.0.1",
    "10.255.255.255",
    "0xa000001",
    "012.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "0xc0a80001",
    "3232235521",
    "100.64.0.1",
    "100.127.255.254",
    "100.100.100.200",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    // Names, in the table above or not at all.
    "localhost",
    "LOCALHOST",
    "LocalHost",
    "localhost.",
    "localhost6",
    "localhost.localdomain",
    "foo.localhost",
    "127.0.0.1.nip.example",
    "rebind.example",
    "zero.example",
    "six.example",
    "six-zero.example",
    "mapped.example",
    "compatible.example",
    "nat64.example",
    "nat64-local.example",
    "sixtofour.example",
    "teredo.example",
    "isatap.example",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "wire.example",
    "alibaba.example",
    "oracle.example",
    "intranet.example",
    "bücher.example",
    "BÜCHER.example",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "local%68ost",
    "l%6fcalhost",
    "loc\u{ad}alhost",
    "unknown.example",
    // User names, other delimiters, and texts on which parsers disagree.
    "user@127.0.0.1",
    "user:password@127.0.0.1",
    "example.com@127.0.0.1",
    "example.com:443@127.0.0.1",
    "127.0.0.1@127.0.0.1",
    "@127.0.0.1",
    ":@127.0.0.1",
    "example.com%40127.0.0.1",
    "example.com#@127.0.0.1",
    "example.com?@127.0.0.1",
    "127.0.0.1\\.example.com",
    "127.0.0.1%00.example.com",
    "127.0.0.1\t",
    "127.0.\n0.1",
    "127.0.0.1%0d%0a",
    "127.0.0.1 ",
    " 127.0.0.1",
    "127.0.0.1%20",
    "127.0.0.1..",
    ".127.0.0.1",
    "127.0.0.1,example.com",
    "[127.0.0.1]",
    "127.0.0.1]",
    "[::1",
    "$127.0.0.1",
    "127.0.0.1;example.com",
];

fn policy() -> EgressPolicy {
    let names: HashMap<String, Vec<IpAddr>> = NAMES
        .iter()
        .map(|(name, address)| {
            (
                (*name).to_owned(),
                vec![address.parse().expect("an address")],
            )
        })
        .collect();
    EgressPolicy {
        resolver: Arc::new(Table(names)),
        ..EgressPolicy::default()
    }
}

async fn outcome(egress: &Egress, text: &str) -> Result<(), EgressError> {
    // Through the strict parser as users' texts go, and through the lenient one as if that step were missing.
    let strict = match url_parse(text) {
        Ok(url) => egress
            .send(EgressRequest::new(Method::GET, url))
            .await
            .map(|_| ()),
        Err(error) => Err(error),
    };
    if let Ok(url) = Url::parse(text) {
        egress.send(EgressRequest::new(Method::GET, url)).await?;
    }
    strict
}

#[tokio::test]
async fn s12_ssrf_forms() {
    let nothing = |_stream| async {};
    // 0.0.0.0 hears every 127.x.y.z and, on a machine with other interfaces, those addresses too.
    let four = Server::on("0.0.0.0:0", nothing).await.expect("a listener");
    let port = four.address.port();
    // Machines without IPv6 cannot be reached over it either.
    let six = Server::on(&format!("[::1]:{port}"), nothing).await.ok();
    let egress = Egress::new(policy()).expect("an egress");

    let mut forms = 0;
    for host in HOSTS {
        for text in [
            format!("https://{host}:{port}/"),
            format!("http://{host}:{port}/"),
            format!("https:{host}:{port}/"),
            format!("https:\\\\{host}:{port}\\"),
            format!("https://example.invalid\\@{host}:{port}/"),
            format!("//{host}:{port}/"),
        ] {
            // `example.com#@…` and the like name another host, which has no address in the table.
            let error = outcome(&egress, &text).await.expect_err(&text);
            assert!(error.definitely_not_sent(), "{text}: {error}");
            forms += 1;
        }
    }
    assert!(forms >= 500, "{forms} forms");
    assert_eq!(four.accepted(), 0);
    assert_eq!(six.map_or(0, |six| six.accepted()), 0);
}

#[tokio::test]
async fn s12_other_schemes_and_methods_are_refused() {
    let server = Server::new(|_stream| async {}).await;
    let port = server.address.port();
    let egress = server.egress();
    for scheme in ["ftp", "file", "gopher", "ws", "wss", "dict", "ldap", "jar"] {
        let Ok(url) = Url::parse(&format!("{scheme}://127.0.0.1:{port}/")) else {
            continue;
        };
        let error = egress
            .send(EgressRequest::new(Method::GET, url))
            .await
            .err()
            .expect(scheme);
        assert!(error.is_refused(), "{scheme}: {error}");
    }
    for method in [Method::CONNECT, Method::TRACE] {
        let url = url_parse(&server.url("/")).expect("a URL");
        let error = egress
            .send(EgressRequest::new(method.clone(), url))
            .await
            .err()
            .expect("an error");
        assert!(error.is_refused(), "{method}: {error}");
    }
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn s12_allow_list_opens_one_host_and_port_alone() {
    let allowed = Server::fixed("HTTP/1.1 204 No Content\r\n\r\n").await;
    let other = Server::fixed("HTTP/1.1 204 No Content\r\n\r\n").await;
    let allow = format!(
        "127.0.0.1:{},named.example:{}",
        allowed.address.port(),
        allowed.address.port()
    );
    let mut names = HashMap::new();
    names.insert(
        "named.example".to_owned(),
        vec!["127.0.0.1".parse().expect("an address")],
    );
    names.insert(
        "alias.example".to_owned(),
        vec!["127.0.0.1".parse().expect("an address")],
    );
    let policy = EgressPolicy {
        allow: allow.parse().expect("an allow list"),
        resolver: Arc::new(Table(names)),
        ..EgressPolicy::default()
    };
    let egress = Egress::new(policy).expect("an egress");
    let port = allowed.address.port();

    for text in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://named.example:{port}/"),
    ] {
        let url = url_parse(&text).expect("a URL");
        let answer = egress
            .send(EgressRequest::new(Method::GET, url))
            .await
            .expect(&text);
        assert_eq!(answer.status, 204);
    }
    let before = allowed.accepted();
    for text in [
        format!("http://127.0.0.1:{}/", other.address.port()),
        format!("https://127.0.0.1:{}/", other.address.port()),
        format!("https://alias.example:{port}/"),
        format!("http://alias.example:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("https://127.0.0.2:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
    ] {
        let url = url_parse(&text).expect("a URL");
        let error = egress
            .send(EgressRequest::new(Method::GET, url))
            .await
            .err()
            .expect(&text);
        assert!(error.is_refused(), "{text}: {error}");
    }
    assert_eq!(allowed.accepted(), before);
    assert_eq!(other.accepted(), 0);
}
