use patchbay_catalog::{App, AttachParts, ConnectionFacts, RenderError, Settings};
use url::Url;

use crate::app;

fn attach(app: &App, method: &str, fields: &[(&str, &str)]) -> Result<AttachParts, RenderError> {
    app.attach(
        app.method(method).unwrap(),
        &Settings::new(),
        &ConnectionFacts::default(),
        fields,
    )
}

fn refused(result: Result<AttachParts, RenderError>) -> String {
    match result {
        Ok(_) => panic!("it was attached"),
        Err(error) => format!("{error} {error:?}"),
    }
}

#[test]
fn telegram_has_its_key_in_the_path() {
    let parts = attach(&app("telegram"), "api_key", &[("api_key", "123:AAE-x_y")]).unwrap();
    let mut url = Url::parse("https://api.telegram.org/sendMessage?x=1").unwrap();
    parts.apply_url(&mut url);
    assert_eq!(
        url.as_str(),
        "https://api.telegram.org/bot123:AAE-x_y/sendMessage?x=1"
    );
    let mut url = Url::parse("https://api.telegram.org/getMe").unwrap();
    let odd = attach(&app("telegram"), "api_key", &[("api_key", "a?b#c d")]).unwrap();
    odd.apply_url(&mut url);
    assert_eq!(
        url.as_str(),
        "https://api.telegram.org/bota%3Fb%23c%20d/getMe"
    );
    assert_eq!(url.host_str(), Some("api.telegram.org"));
}

#[test]
fn zendesk_signs_in_as_email_slash_token() {
    let parts = attach(
        &app("zendesk"),
        "api_key",
        &[("email", "ana@acme.com"), ("api_key", "k:ey")],
    )
    .unwrap();
    // base64("ana@acme.com/token:k:ey")
    assert_eq!(
        parts.headers,
        [(
            "Authorization".to_owned(),
            "Basic YW5hQGFjbWUuY29tL3Rva2VuOms6ZXk=".to_owned()
        )]
    );
}

#[test]
fn http_puts_the_key_where_the_user_says() {
    let http = app("http");
    let header = attach(
        &http,
        "api_key_2",
        &[("header_name", "X-Key"), ("api_key", "s")],
    )
    .unwrap();
    assert_eq!(header.headers, [("X-Key".to_owned(), "s".to_owned())]);
    let query = attach(
        &http,
        "api_key_3",
        &[("parameter_name", "key"), ("api_key", "a b&c")],
    )
    .unwrap();
    let mut url = Url::parse("https://x.example/y?key=stolen&z=1").unwrap();
    query.apply_url(&mut url);
    assert_eq!(url.as_str(), "https://x.example/y?z=1&key=a%20b%26c");
}

#[test]
fn s07_secrets_that_would_break_out_are_refused_and_not_shown() {
    let http = app("http");
    for (method, fields) in [
        ("api_key", vec![("api_key", "sEcret\r\nX-Evil: 1")]),
        ("api_key", vec![("api_key", "sEcret\0")]),
        (
            "api_key_2",
            vec![("header_name", "Host"), ("api_key", "sEcret")],
        ),
        (
            "api_key_2",
            vec![("header_name", "transfer-encoding"), ("api_key", "sEcret")],
        ),
        (
            "api_key_2",
            vec![("header_name", "X Y"), ("api_key", "sEcret")],
        ),
        (
            "api_key_2",
            vec![("header_name", ""), ("api_key", "sEcret")],
        ),
        ("basic", vec![("username", "sEcret:x"), ("password", "p")]),
        ("basic", vec![("username", "u"), ("password", "sEcret\n")]),
        ("api_key", vec![("other", "sEcret")]),
    ] {
        let shown = refused(attach(&http, method, &fields));
        assert!(!shown.contains("sEcret"), "{shown}");
    }
    let shown = refused(attach(
        &app("telegram"),
        "api_key",
        &[("api_key", "sEcret/../x")],
    ));
    assert!(!shown.contains("sEcret"), "{shown}");
}
