//! Which headers pass, in both directions.

use http::header::{
    ACCEPT_ENCODING, ALT_SVC, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, FORWARDED,
    HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    REFERER, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};

/// Headers of one hop (RFC 9110 §7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    KEEP_ALIVE,
];
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// What a caller says to Patchbay and not to the app: where it sends to and how long the body is follow
/// from the request itself, its `Authorization` is an API key of ours, its cookies are a session of ours,
/// and `Expect` is a conversation with the next hop that we have already had.
const CALLERS_OWN: [HeaderName; 9] = [
    HOST,
    CONTENT_LENGTH,
    AUTHORIZATION,
    COOKIE,
    EXPECT,
    ORIGIN,
    REFERER,
    FORWARDED,
    VIA,
];

/// Keeps of a caller's headers what is meant for the app.
///
/// Dropped are hop-by-hop headers and those that `Connection` names, [`CALLERS_OWN`], and everything that
/// begins with `proxy-`, `sec-`, `x-forwarded-` or is a spelling that servers behind a proxy trust
/// (`x-real-ip`, `x-original-url`, `x-rewrite-url`).
pub(crate) fn request_headers_keep(headers: &mut HeaderMap) {
    hop_by_hop_drop(headers);
    for name in &CALLERS_OWN {
        headers.remove(name);
    }
    let foreign = headers
        .keys()
        .filter(|name| belongs_to_a_proxy(name.as_str()))
        .cloned()
        .collect::<Vec<_>>();
    for name in foreign {
        headers.remove(name);
    }
}

fn belongs_to_a_proxy(name: &str) -> bool {
    // Most names begin otherwise; look no further at those.
    match name.as_bytes().first() {
        Some(b'p') => name.starts_with("proxy-"),
        Some(b's') => name.starts_with("sec-"),
        Some(b'x') => {
            name.starts_with("x-forwarded")
                || matches!(name, "x-real-ip" | "x-original-url" | "x-rewrite-url")
        }
        _ => false,
    }
}

/// Keeps of an app's answer what may reach a caller of Patchbay.
///
/// Beside hop-by-hop headers, what would act on Patchbay's own address in a browser is dropped: its
/// cookies, its storage, its TLS and cross-origin policy.
pub fn response_headers_keep(headers: &mut HeaderMap) {
    hop_by_hop_drop(headers);
    for name in [SET_COOKIE, STRICT_TRANSPORT_SECURITY, ALT_SVC] {
        headers.remove(name);
    }
    for name in [
        "set-cookie2",
        "clear-site-data",
        "service-worker-allowed",
        "public-key-pins",
        "refresh",
    ] {
        headers.remove(name);
    }
    let cross_origin = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect::<Vec<_>>();
    for name in cross_origin {
        headers.remove(name);
    }
}

fn hop_by_hop_drop(headers: &mut HeaderMap) {
    if let Some(named) = headers.get(CONNECTION) {
        let named: Vec<HeaderName> = named
            .to_str()
            .unwrap_or_default()
            .split(',')
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// For answers that are read here: no encoding that egress cannot decode.
pub(crate) fn accept_encoding_own(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn s07_callers_own_headers_do_not_reach_the_app() {
        let mut headers = map(&[
            ("host", "evil.example"),
            ("authorization", "Bearer pb_live_x"),
            ("cookie", "__Host-session=x"),
            ("connection", "keep-alive, x-smuggled"),
            ("x-smuggled", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic x"),
            ("proxy-connection", "keep-alive"),
            ("transfer-encoding", "chunked"),
            ("content-length", "7"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("origin", "https://patchbay.example"),
            ("referer", "https://patchbay.example/connections"),
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-real-ip", "1.2.3.4"),
            ("x-original-url", "/admin"),
            ("forwarded", "host=evil.example"),
            ("via", "1.1 x"),
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
            ("prefer", "x"),
            ("x-shopify-api-version", "2"),
        ]);
        request_headers_keep(&mut headers);
        let kept = [
            "accept",
            "content-type",
            "idempotency-key",
            "prefer",
            "x-shopify-api-version",
        ];
        assert_eq!(names(&headers), kept);
    }

    #[test]
    fn answers_cannot_act_on_our_own_address() {
        let mut headers = map(&[
            ("set-cookie", "session=x"),
            ("set-cookie", "b=y"),
            ("clear-site-data", "\"*\""),
            ("strict-transport-security", "max-age=1"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
            ("alt-svc", "h3=\":443\""),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("content-type", "text/plain"),
            ("location", "https://elsewhere.example/"),
            ("x-ratelimit-remaining", "4"),
        ]);
        response_headers_keep(&mut headers);
        assert_eq!(
            names(&headers),
            ["content-type", "location", "x-ratelimit-remaining"]
        );
    }
}
