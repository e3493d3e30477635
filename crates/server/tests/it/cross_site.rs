use axum::http::{Method, StatusCode, header};

use crate::support::{Server, operations};

/// Placeholders filled with something; where a request comes from is asked before what it is for.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "x" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn s35_nothing_changes_at_the_request_of_another_site() {
    let server = Server::start_at("https://patchbay.example").await;
    let (owner, _) = server.set_up().await;
    let foreign: [&[(&str, &str)]; 7] = [
        &[("origin", "https://evil.example")],
        &[("origin", "https://patchbay.example.evil.example")],
        &[("origin", "http://patchbay.example")],
        &[("origin", "https://patchbay.example:8443")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://sub.patchbay.example"),
        ],
    ];
    let mut tried = 0;
    for (method, path) in operations() {
        // Webhooks are called from everywhere and act for nobody.
        let safe = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        if safe || path.starts_with("/hooks/") {
            continue;
        }
        for headers in foreign {
            let body = serde_json::json!({});
            let mut request = server.request(&method, &filled(&path), &owner, Some(&body));
            for (name, value) in headers {
                request
                    .headers_mut()
                    .insert(*name, value.parse().expect("a header"));
            }
            let answer = server.send(request).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::FORBIDDEN, "CROSS_SITE"),
                "{method} {path} with {headers:?}"
            );
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} requests were tried");
}

#[tokio::test]
async fn s35_our_own_pages_and_programs_are_let_through() {
    let server = Server::start_at("https://patchbay.example").await;
    let (owner, _) = server.set_up().await;
    let own: [&[(&str, &str)]; 3] = [
        &[
            ("origin", "https://patchbay.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("sec-fetch-site", "none")],
        &[],
    ];
    for headers in own {
        let body = serde_json::json!({ "name": "Olga" });
        let mut request = server.request(&Method::PATCH, "/api/v1/auth/me", &owner, Some(&body));
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, value.parse().expect("a header"));
        }
        assert_eq!(
            server.send(request).await.status,
            StatusCode::OK,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn s35_signing_in_cannot_be_forced_on_a_browser() {
    let server = Server::start_at("https://patchbay.example").await;
    server.set_up().await;
    let body =
        serde_json::json!({ "email": "olga@example.com", "password": crate::support::PASSWORD });
    let mut request = server.request(
        &Method::POST,
        "/api/v1/auth/login",
        &crate::support::Caller::Anonymous,
        Some(&body),
    );
    request.headers_mut().insert(
        header::ORIGIN,
        "https://evil.example".parse().expect("a header"),
    );
    assert_eq!(server.send(request).await.code(), "CROSS_SITE");
}

#[tokio::test]
async fn s35_a_form_of_another_site_is_no_json() {
    let server = Server::start().await;
    let (owner, project) = server.set_up().await;
    let path = format!("/api/v1/projects/{project}/keys");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let body = serde_json::json!({ "name": "x", "scope": "admin" });
        let mut request = server.request(&Method::POST, &path, &owner, Some(&body));
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, kind.parse().expect("a header"));
        assert_eq!(
            server.send(request).await.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }
}
