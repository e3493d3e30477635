//! Which headers pass, in both directions.

use http::header::{ACCEPT_ENCODING, CONNECTION, HeaderMap, HeaderName, HeaderValue};

/// Headers of one hop (RFC 9110 §7.6.1).
fn hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// What a caller says to Patchbay and not to the app: where it sends to and how long the body is follow
/// from the request itself, its `Authorization` is an API key of ours, its cookies are a session of ours,
/// and `Expect` is a conversation with the next hop that we have already had.
fn callers_own(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "content-length"
            | "authorization"
            | "cookie"
            | "expect"
            | "origin"
            | "referer"
            | "forwarded"
            | "via"
    )
}

/// Whatever servers behind a proxy take for the proxy's word.
fn proxys(name: &str) -> bool {
    ["proxy-", "sec-", "x-forwarded"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(name, "x-real-ip" | "x-original-url" | "x-rewrite-url")
}

/// What would act on Patchbay's own address in a browser: cookies, storage, TLS and cross-origin policy.
fn acts_on_us(name: &str) -> bool {
    name.starts_with("access-control-")
        || matches!(
            name,
            "set-cookie"
                | "set-cookie2"
                | "strict-transport-security"
                | "alt-svc"
                | "clear-site-data"
                | "service-worker-allowed"
                | "public-key-pins"
                | "refresh"
        )
}

/// Keeps of a caller's headers what is meant for the app: no hop-by-hop headers nor those that `Connection` names, and
/// nothing that is [`callers_own`] or [`proxys`].
pub(crate) fn request_headers_keep(headers: &mut HeaderMap) {
    drop_where(headers, |name| callers_own(name) || proxys(name));
}

/// Keeps of an app's answer what may reach a caller of Patchbay: no hop-by-hop headers, nothing that [`acts_on_us`].
pub fn response_headers_keep(headers: &mut HeaderMap) {
    drop_where(headers, acts_on_us);
}

/// Goes over the headers that are there, which are few, rather than asking for each of the many that must not be.
fn drop_where(headers: &mut HeaderMap, drops: impl Fn(&str) -> bool) {
    let mut dropped: Vec<HeaderName> = headers
        .keys()
        .filter(|name| hop_by_hop(name.as_str()) || drops(name.as_str()))
        .cloned()
        .collect();
    // There may be several of it, each with several names (RFC 9110 §5.3).
    for named in headers.get_all(CONNECTION) {
        let named = named.to_str().unwrap_or_default().split(',');
        dropped.extend(named.filter_map(|name| name.trim().parse().ok()));
    }
    for name in dropped {
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
            ("connection", "x-smuggled-too"),
            ("x-smuggled", "1"),
            ("x-smuggled-too", "1"),
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
