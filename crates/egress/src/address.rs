//! Which IP addresses an outgoing connection may be dialled to.
//!
//! The rule follows the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its
//! updates): only addresses that are globally reachable pass. Where a registry entry is "globally
//! reachable" but carries another address inside (NAT64), the address inside is judged too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` lies in the public internet. Everything else (loopback, private, link-local,
/// cloud metadata, documentation, multicast, reserved, tunnels that end somewhere else) does not.
#[must_use]
pub fn address_is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => v4_is_public(address),
        IpAddr::V6(address) => v6_is_public(address),
    }
}

#[expect(
    clippy::match_same_arms,
    reason = "one arm a registry entry, each with its name"
)]
fn v4_is_public(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let special = match (a, b, c) {
        // "This network", loopback, private (RFC 1918).
        (0 | 10 | 127, _, _) | (192, 168, _) => true,
        // Shared address space of carrier-grade NAT (RFC 6598).
        (100, 64..=127, _) => true,
        // Link-local, and with it the metadata service of most clouds.
        (169, 254, _) => true,
        // The platform address of Azure hosts (168.63.129.16): public by number, local by routing.
        (168, 63, 129) => d == 16,
        // Private (RFC 1918).
        (172, 16..=31, _) => true,
        // IETF protocol assignments; documentation (TEST-NET-1); the retired 6to4 relay anycast.
        (192, 0, 0 | 2) | (192, 88, 99) => true,
        // Benchmarking (RFC 2544).
        (198, 18 | 19, _) => true,
        // Documentation: TEST-NET-2 and TEST-NET-3.
        (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, limited broadcast.
        (224..=255, _, _) => true,
        _ => false,
    };
    !special
}

#[expect(
    clippy::match_same_arms,
    reason = "one arm a registry entry, each with its name"
)]
fn v6_is_public(address: Ipv6Addr) -> bool {
    let s = address.segments();
    // NAT64 with the well-known prefix 64:ff9b::/96 (RFC 6052): the translator dials the IPv4 address
    // in the last 32 bits, so that one decides. Networks without IPv4 reach everything this way.
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let inside = (u32::from(s[6]) << 16) | u32::from(s[7]);
        return v4_is_public(Ipv4Addr::from(inside));
    }
    // Only 2000::/3 is allocated as global unicast. That leaves out ::, ::1, mapped (::ffff:0:0/96) and
    // compatible addresses, 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8.
    if s[0] & 0xe000 != 0x2000 {
        return false;
    }
    let special = match (s[0], s[1]) {
        // 2001::/23, IETF protocol assignments: Teredo, benchmarking, ORCHID, AMT and others.
        (0x2001, 0..=0x01ff) => true,
        // Documentation (RFC 3849).
        (0x2001, 0x0db8) => true,
        // 6to4 (RFC 3056): ends at whatever IPv4 address stands inside.
        (0x2002, _) => true,
        // Documentation 3fff::/20 (RFC 9637).
        (0x3fff, 0..=0x0fff) => true,
        // The retired 6bone.
        (0x3ffe, _) => true,
        _ => false,
    };
    // ISATAP (RFC 5214) interface identifiers, 0000:5efe or 0200:5efe before an IPv4 address.
    let isatap = s[4] & 0xfdff == 0 && s[5] == 0x5efe;
    !special && !isatap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        address_is_public(text.parse().expect("an address"))
    }

    #[test]
    fn s12_special_v4_ranges_and_their_edges() {
        for inside in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "168.63.129.16",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
        ] {
            assert!(!public(inside), "{inside} must be refused");
        }
        for outside in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.0.3.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.101.0",
            "203.0.112.255",
            "223.255.255.255",
        ] {
            assert!(public(outside), "{outside} must pass");
        }
    }

    #[test]
    fn s12_special_v6_ranges_and_their_edges() {
        for inside in [
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2002:808:808::1",
            "3fff::1",
            "3fff:fff::1",
            "3ffe::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "fe80::5efe:7f00:1",
            "fec0::1",
            "ff02::1",
            "2600::5efe:7f00:1",
            "2600::200:5efe:a00:1",
            "4000::1",
            "8000::1",
        ] {
            assert!(!public(inside), "{inside} must be refused");
        }
        for outside in [
            "2606:4700:4700::1111",
            "2a00:1450:4001:830::200e",
            "2001:200::1",
            "2001:4860:4860::8888",
            "64:ff9b::8.8.8.8",
            "3fff:1000::1",
            "2600::5eff:7f00:1",
        ] {
            assert!(public(outside), "{outside} must pass");
        }
    }
}
