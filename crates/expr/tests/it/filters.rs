use serde_json::json;

use crate::{fails, ok};

#[test]
fn hosts_are_normalised() {
    assert_eq!(
        ok("{{ 'https://API.Example.com/v1' | host }}"),
        json!("api.example.com")
    );
    assert_eq!(
        ok("{{ 'http://127.0.0.1:9801/x' | host }}"),
        json!("127.0.0.1:9801")
    );
    assert_eq!(
        ok("{{ 'https://example.com:443' | host }}"),
        json!("example.com")
    );
    assert_eq!(
        ok("{{ 'https://bücher.example/' | host }}"),
        json!("xn--bcher-kva.example")
    );
    assert_eq!(
        ok("{{ 'https://user:x@evil.example/' | host }}"),
        json!("evil.example")
    );
    fails("{{ 'example.com' | host }}");
    fails("{{ 'data:text/plain,x' | host }}");
}

#[test]
fn encodings() {
    assert_eq!(ok("{{ 'a:b?' | base64 }}"), json!("YTpiPw=="));
    assert_eq!(ok("{{ 'a:b?>' | base64url }}"), json!("YTpiPz4"));
    assert_eq!(ok("{{ 'YTpiPz4=' | base64_decode }}"), json!("a:b?>"));
    assert_eq!(ok("{{ 'a b/ü&' | urlencode }}"), json!("a%20b%2F%C3%BC%26"));
    assert_eq!(ok("{{ 'own er/re?po' | path }}"), json!("own%20er/re%3Fpo"));
    fails("{{ 'a/../b' | path }}");
    assert_eq!(
        ok("{{ {'a': [1, '<']} | json }}"),
        json!("{\"a\":[1,\"<\"]}")
    );
    assert_eq!(ok("{{ ('[1, {\"a\": 2}]' | from_json)[1].a }}"), json!(2));
    fails("{{ '[1' | from_json }}");
}

#[test]
fn lists_become_objects() {
    assert_eq!(
        ok("{{ ['a', 'b'] | objects('mail.address') }}"),
        json!([{"mail": {"address": "a"}}, {"mail": {"address": "b"}}])
    );
    assert_eq!(
        ok("{{ ('a,b' | split(',')) | objects('x') }}"),
        json!([{"x": "a"}, {"x": "b"}])
    );
    assert_eq!(ok("{{ [] | objects('x') }}"), json!([]));
    assert_eq!(
        ok("{{ (nothing | objects('x')) is undefined }}"),
        json!(true)
    );
    fails("{{ 'a' | objects('x') }}");
}

#[test]
fn text_and_lists() {
    assert_eq!(
        ok("{{ ' Ab ' | trim | upper }}{{ 'X' | lower }}"),
        json!("ABx")
    );
    assert_eq!(ok("{{ 'a,b,c' | split(',') }}"), json!(["a", "b", "c"]));
    assert_eq!(ok("{{ input.tags | join('; ') }}"), json!("a; b"));
    assert_eq!(
        ok("{{ input.tags | first }}{{ input.tags | last }}{{ input.tags | length }}"),
        json!("ab2")
    );
    assert_eq!(ok("{{ 'a-b' | replace('-', '+') }}"), json!("a+b"));
    assert_eq!(ok("{{ '42' | int }}"), json!(42));
    assert_eq!(ok("{{ '4.5' | float }}"), json!(4.5));
    assert_eq!(ok("{{ 4 | string }}"), json!("4"));
    assert_eq!(ok("{{ 'x' | bool }}"), json!(true));
    assert_eq!(ok("{{ 'a\r\nBcc: x' | one_line }}"), json!("a Bcc: x"));
    assert_eq!(
        ok("{{ 'Grüße' | mime_header }}"),
        json!("=?UTF-8?B?R3LDvMOfZQ==?=")
    );
    assert_eq!(ok("{{ 'plain' | mime_header }}"), json!("plain"));
}

#[test]
fn dates() {
    assert_eq!(ok("{{ now_epoch }}"), json!(1_790_000_000));
    assert_eq!(ok("{{ now_iso }}"), json!("2026-09-21T14:13:20Z"));
    assert_eq!(ok("{{ now_epoch | iso }}"), json!("2026-09-21T14:13:20Z"));
    assert_eq!(
        ok("{{ 1790000000123 | iso }}"),
        json!("2026-09-21T14:13:20Z")
    );
    assert_eq!(
        ok("{{ '2026-09-21T16:13:20+02:00' | epoch }}"),
        json!(1_790_000_000)
    );
    assert_eq!(
        ok("{{ now_iso | add_seconds(-60) }}"),
        json!("2026-09-21T14:12:20Z")
    );
    assert_eq!(
        ok("{{ now_iso | date('%d.%m.%Y %H:%M') }}"),
        json!("21.09.2026 14:13")
    );
    fails("{{ 'tomorrow' | iso }}");
    fails("{{ now_iso | date('%Q') }}");
    fails("{{ 9e300 | iso }}");
}
