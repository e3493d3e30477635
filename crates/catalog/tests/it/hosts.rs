use patchbay_catalog::{CallContext, HostPort, RenderError};
use serde_json::json;

use crate::{app, settings};

#[test]
fn hosts_follow_the_settings() {
    let zendesk = app("zendesk");
    let hosts = zendesk
        .hosts(&settings(json!({"subdomain": "acme"})))
        .unwrap();
    assert_eq!(hosts, ["acme.zendesk.com".parse::<HostPort>().unwrap()]);
    let http = app("http");
    for (base, host) in [
        ("https://api.example.com/v1", "api.example.com"),
        ("https://api.example.com:8443", "api.example.com:8443"),
        ("http://127.0.0.1:9801/x", "127.0.0.1:9801"),
        ("http://intranet", "intranet:80"),
    ] {
        let hosts = http.hosts(&settings(json!({"base_url": base}))).unwrap();
        assert_eq!(
            hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [host],
            "{base}"
        );
    }
    assert!(matches!(
        app("salesforce").hosts(&settings(json!({}))),
        Err(RenderError::Template { .. })
    ));
}

#[test]
fn s07_targets_outside_the_hosts_are_refused() {
    let http = app("http");
    let given = settings(json!({"base_url": "https://api.example.com/v1"}));
    let hosts = http.hosts(&given).unwrap();
    let base = http.base(&given).unwrap();
    let url = |target: &str| {
        http.target_url(&base, target, &hosts)
            .map(|u| u.to_string())
    };
    for (target, reached) in [
        ("/users/me", "https://api.example.com/v1/users/me"),
        ("users?x=1#frag", "https://api.example.com/v1/users?x=1"),
        ("?x=1", "https://api.example.com/v1?x=1"),
        ("", "https://api.example.com/v1"),
        (
            "https://API.example.com/other",
            "https://api.example.com/other",
        ),
        (
            "//evil.example/x",
            "https://api.example.com/v1//evil.example/x",
        ),
        (
            "/a@evil.example",
            "https://api.example.com/v1/a@evil.example",
        ),
        (
            "@evil.example/",
            "https://api.example.com/v1/@evil.example/",
        ),
        (
            ".evil.example/",
            "https://api.example.com/v1/.evil.example/",
        ),
        (":8443/", "https://api.example.com/v1/:8443/"),
        (
            "javascript:alert(1)",
            "https://api.example.com/v1/javascript:alert(1)",
        ),
        ("/../../x", "https://api.example.com/x"),
        (
            "/x?u=https://evil.example/",
            "https://api.example.com/v1/x?u=https://evil.example/",
        ),
    ] {
        assert_eq!(url(target).unwrap(), reached, "{target}");
    }
    for target in [
        "https://evil.example/",
        "https://api.example.com.evil.example/",
        "https://api.example.com@evil.example/",
        "https://user:pass@api.example.com/",
        "https://api.example.com:444/",
        "http://api.example.com/",
        "https://api.example.com./",
        "ftp://api.example.com/",
        "https://api.example.com\\@evil.example/",
        "\\\\evil.example",
        "https://api.exa\tmple.com/",
        "/x\r\nHost: evil.example",
        " https://evil.example/",
        "https:///evil.example",
        "file:///etc/passwd",
        "HTTPS://EVIL.EXAMPLE",
        "https://аpi.example.com/",
        "https://[::1]/",
        "https://0/",
    ] {
        assert!(url(target).is_err(), "{target} → {:?}", url(target));
    }
}

#[test]
fn s07_action_inputs_cannot_change_the_host_or_climb() {
    let github = app("github");
    let none = settings(json!({}));
    let hosts = github.hosts(&none).unwrap();
    let path = |repository: &str, n: &str| {
        let input = json!({"repository": repository, "number": n, "body": "b"});
        let context = CallContext::new(&none).with_input(&input);
        github
            .action_request(&github.actions["comment_issue"], &context, &hosts)
            .map(|r| r.url.to_string())
    };
    assert_eq!(
        path("o/r", "1").unwrap(),
        "https://api.github.com/repos/o/r/issues/1/comments"
    );
    assert_eq!(
        path("o/r?x#y", "1/../../2@evil").unwrap(),
        "https://api.github.com/repos/o/r%3Fx%23y/issues/1%2F..%2F..%2F2%40evil/comments"
    );
    assert!(
        path("o/../..", "1").is_err() && path("o/r", "..").is_err() && path("o/r", "").is_err()
    );
}
