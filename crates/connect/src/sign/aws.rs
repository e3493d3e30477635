//! AWS Signature Version 4: the `Authorization` header of a request.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use patchbay_model::Timestamp;
use patchbay_vault::Secret;
use url::Url;

use super::{hex, hmac_sha256, host_header, percent_decoded, percent_encoded, sha256};

/// Who signs, and for what.
pub(crate) struct AwsKey {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    pub(crate) session_token: Option<Secret>,
    pub(crate) service: String,
    pub(crate) region: String,
    /// The body is not part of what is signed.
    pub(crate) unsigned: bool,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A request as far as it is signed.
pub(crate) struct AwsRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a Url,
    /// Headers to sign besides `host` and our own; names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// SHA-256 of the body in hexadecimal, or the word that stands for none.
    pub(crate) payload: String,
}

/// What stands for the body in what is signed.
pub(crate) fn payload(key: &AwsKey, body: &[u8]) -> String {
    if key.unsigned {
        UNSIGNED.to_owned()
    } else {
        sha256(body)
    }
}

/// Writes the query as it is signed, so that what is sent is what was signed.
pub(crate) fn url_canonical(url: &mut Url) {
    if let Some(query) = url.query() {
        let query = query_canonical(query);
        url.set_query((!query.is_empty()).then_some(&query));
    }
}

/// The headers that sign a request at `now`, `authorization` last.
pub(crate) fn headers(
    key: &AwsKey,
    request: AwsRequest<'_>,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let stamp = stamp(now);
    let mut own = vec![("x-amz-date", stamp.clone())];
    // S3 wants the payload's hash as a header too, and anything unsigned has to say so.
    if key.service == "s3" || key.unsigned {
        own.push(("x-amz-content-sha256", request.payload.clone()));
    }
    if let Some(token) = &key.session_token {
        own.push(("x-amz-security-token", token.expose().to_owned()));
    }
    let mut signed = request.headers;
    signed.retain(|(name, _)| own.iter().all(|(n, _)| n != name));
    signed.push(("host".to_owned(), host_header(request.url)));
    signed.extend(own.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
    signed.sort();
    let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: Vec<String> = signed
        .iter()
        .map(|(name, value)| {
            let words: Vec<&str> = value.split_ascii_whitespace().collect();
            format!("{name}:{}", words.join(" "))
        })
        .collect();
    let path = path_canonical(&key.service, request.url.path());
    let canonical = format!(
        "{}\n{path}\n{}\n{}\n\n{names}\n{}",
        request.method,
        query_canonical(request.url.query().unwrap_or_default()),
        lines.join("\n"),
        request.payload
    );
    let date = stamp.get(..8).unwrap_or_default();
    let scope = format!("{date}/{}/{}/aws4_request", key.region, key.service);
    let text = format!(
        "{ALGORITHM}\n{stamp}\n{scope}\n{}",
        sha256(canonical.as_bytes())
    );
    let root = Secret::new(format!("AWS4{}", key.secret_access_key.expose()));
    let mut step = hmac_sha256(root.expose().as_bytes(), date.as_bytes());
    for part in [&*key.region, &key.service, "aws4_request"] {
        step = hmac_sha256(step.as_ref(), part.as_bytes());
    }
    let signature = hex(hmac_sha256(step.as_ref(), text.as_bytes()).as_ref());
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        key.access_key_id
    );
    own.push(("authorization", authorization));
    own
}

/// `20150830T123600Z`.
fn stamp(now: Timestamp) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(now.seconds())
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The path of a request as it stands on the wire, encoded once more; S3, whose names may hold anything, takes it as
/// encoded already.
fn path_canonical(service: &str, path: &str) -> String {
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| match service {
            "s3" => percent_encoded(&percent_decoded(segment)),
            _ => percent_encoded(segment.as_bytes()),
        })
        .collect();
    segments.join("/")
}

/// Parameters decoded and encoded again, in order of name and value.
fn query_canonical(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let again = |text: &str| percent_encoded(&percent_decoded(&text.replace('+', " ")));
            (again(name), again(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    // The published suite of the service's signing vectors: its key, region, service and moment.
    fn key(session_token: Option<&str>) -> AwsKey {
        AwsKey {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: session_token.map(Secret::new),
            service: "service".to_owned(),
            region: "us-east-1".to_owned(),
            unsigned: false,
        }
    }

    fn signature(
        key: &AwsKey,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let mut url = Url::parse(&format!("https://example.amazonaws.com{target}")).expect("a URL");
        url_canonical(&mut url);
        let request = AwsRequest {
            method,
            url: &url,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            payload: payload(key, body),
        };
        // 2015-08-30T12:36:00Z
        let signed = super::headers(key, request, Timestamp::from_millis(1_440_938_160_000));
        let (_, authorization) = signed.last().expect("an authorization");
        let (_, signature) = authorization.rsplit_once('=').expect("a signature");
        signature.to_owned()
    }

    /// SHA-256 of the body below.
    const HASH: &str = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e";

    /// Method, path with query, headers, body, signature.
    type Case = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
        &'static str,
    );

    #[test]
    fn requests_are_signed_as_in_the_published_suite() {
        let no_headers: &'static [(&str, &str)] = &[];
        let with_body: &'static [(&str, &str)] = &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-length", "13"),
            ("x-amz-content-sha256", HASH),
        ];
        let cases: &[Case] = &[
            (
                "GET",
                "/",
                &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
                "",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
            (
                "GET",
                "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                no_headers,
                "",
                "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            ),
            (
                "GET",
                "/",
                no_headers,
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "GET",
                "/?Param1=value1",
                no_headers,
                "",
                "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
            ),
            (
                "GET",
                "/",
                no_headers,
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "GET",
                "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                no_headers,
                "",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            ),
            (
                "GET",
                "/?Param2=value2&Param1=value1",
                no_headers,
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "GET",
                "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                no_headers,
                "",
                "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
            ),
            (
                "GET",
                "/?ሴ=bar",
                no_headers,
                "",
                "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
            ),
            (
                "POST",
                "/",
                no_headers,
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "POST",
                "/",
                &[("my-header1", "value1")],
                "",
                "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
            ),
            (
                "POST",
                "/",
                &[("my-header1", "VALUE1")],
                "",
                "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            ),
            (
                "POST",
                "/",
                no_headers,
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "POST",
                "/?Param1=value1",
                no_headers,
                "",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            ),
            (
                "POST",
                "/?Param1=value1",
                no_headers,
                "",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            ),
            (
                "POST",
                "/",
                with_body,
                "Param1=value1",
                "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
            ),
        ];
        for (method, target, headers, body, expected) in cases {
            let signature = signature(&key(None), method, target, headers, body.as_bytes());
            assert_eq!(signature, *expected, "{method} {target}");
        }
    }

    #[test]
    fn paths_are_encoded_as_in_the_published_suite() {
        for (service, wire, canonical) in [
            ("service", "/example space/", "/example%20space/"),
            ("service", "/\u{1234}", "/%E1%88%B4"),
            (
                "execute-api",
                "/test/@connections/JBDvjfGEIAMCERw%3D",
                "/test/%40connections/JBDvjfGEIAMCERw%253D",
            ),
            ("s3", "/a%20b/c+d/%7Ee", "/a%20b/c%2Bd/~e"),
        ] {
            assert_eq!(path_canonical(service, wire), canonical);
        }
    }

    #[test]
    fn a_session_token_is_signed_with_the_request() {
        let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
        assert_eq!(
            signature(&key(Some(token)), "POST", "/", &[], b""),
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
        );
    }

    #[test]
    fn s3_signs_its_path_once_and_names_the_payload() {
        let key = AwsKey {
            service: "s3".to_owned(),
            unsigned: true,
            ..key(None)
        };
        let mut url =
            Url::parse("https://b.s3.amazonaws.com/a b/c+d?prefix=x+y&list-type=2").expect("a URL");
        url_canonical(&mut url);
        assert_eq!(
            url.as_str(),
            "https://b.s3.amazonaws.com/a%20b/c+d?list-type=2&prefix=x%20y"
        );
        let request = AwsRequest {
            method: "GET",
            url: &url,
            headers: Vec::new(),
            payload: payload(&key, b"not looked at"),
        };
        let signed = super::headers(&key, request, Timestamp::from_millis(1_440_938_160_000));
        assert!(signed.contains(&("x-amz-content-sha256", UNSIGNED.to_owned())));
        let (_, authorization) = signed.last().expect("an authorization");
        assert!(authorization.contains("/20150830/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date,"), "{authorization}");
    }
}
