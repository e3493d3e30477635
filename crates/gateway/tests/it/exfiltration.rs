//! S-07 and S-08: whatever a flow author or an app writes, the credential goes to the pinned host alone.
//!
//! The sink listens on loopback and is on the egress allow list, so the network would let everything
//! through: what is tested is the pinning.

use http::{HeaderName, HeaderValue, Method};
use patchbay_connect::Purpose;
use patchbay_egress::Body;
use patchbay_gateway::GatewayRequest;

use crate::site::{Site, json, redirect};
use crate::world::{CANARY, World};

fn assert_nothing_leaked(sink: &Site, form: &str) {
    let raw = sink.raw();
    assert!(
        !raw.windows(CANARY.len())
            .any(|bytes| bytes == CANARY.as_bytes()),
        "the canary leaked by {form:?}"
    );
    assert_eq!(sink.accepted(), 0, "{form:?} reached the sink");
}

fn evasions(app: &str, sink: &str) -> Vec<String> {
    let port = sink.rsplit(':').next().unwrap_or_default();
    let app_port = app.rsplit(':').next().unwrap_or_default();
    let mut forms: Vec<String> = [
        // Another host, plainly and in spellings that only some parsers understand.
        "http://S/",
        "http://S",
        "HTTP://S/",
        "hTTp://S/x",
        "https://S/",
        "http:S",
        "http:/S/",
        "http:///S/",
        "http:////S/",
        "http:\\\\S\\",
        "http:/\\S/",
        "http:\\/S/",
        " http://S/",
        "\thttp://S/",
        "\nhttp://S/",
        "http://S/ ",
        "ht\ntp://S/",
        "http://\tS/",
        "http://S\t/",
        "\u{0}http://S/",
        "\u{feff}http://S/",
        // The pinned host as a decoration.
        "http://A@S/",
        "http://A:x@S/",
        "http://x:A@S/",
        "http://A%40S/",
        "http://A%2f@S/",
        "http://A\\@S/",
        "http://A#@S/",
        "http://A?@S/",
        "http://A;@S/",
        "http://A&@S/",
        "http://A,S/",
        "http://A S/",
        "http://S#A",
        "http://S?A",
        "http://S/A",
        "http://S\\A",
        "http://S;A",
        "http://A.S/",
        "http://S%00.A/",
        "http://S%0d%0aA/",
        "http://A%00@S/",
        "http://A\u{2044}@S/",
        "http://A\u{ff0f}@S/",
        "http://A\u{ff20}S/",
        "http://A\u{3002}S/",
        "http://A\r\nHost:S/",
        "http://@S/",
        "http://:@S/",
        "http://user:password@A/",
        // Names and addresses that are the same machine but not the pinned host and port.
        "http://127.0.0.1:P/",
        "http://127.1:P/",
        "http://2130706433:P/",
        "http://0x7f000001:P/",
        "http://0177.0.0.1:P/",
        "http://127.0.0.1:P.A/",
        "http://localhost:P/",
        "http://LOCALHOST:P/",
        "http://localhost:Q/",
        "http://[::1]:P/",
        "http://[::ffff:127.0.0.1]:P/",
        "http://[::ffff:127.0.0.1]:Q/",
        "http://127.0.0.1.:Q/",
        "http://127.0.0.1.:P/",
        "http://127.0.0.2:Q/",
        "http://0.0.0.0:P/",
        "http://0:P/",
        "http://127.0.0.1/",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:443/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:Q:P/",
        "http://127.0.0.1:99999/",
        "http://①②⑦.⓪.⓪.①:P/",
        "http://127。0。0。1:P/",
        "http://%31%32%37.0.0.1:P/",
        "http://127.0.0.1%2e:Q/",
        // Other schemes.
        "ftp://S/",
        "ws://S/",
        "wss://S/",
        "file://S/etc/passwd",
        "gopher://S/_x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "blob:http://S/",
        "jar:http://S!/",
        "view-source:http://S/",
        "ftp://A/",
        "ws://A/",
    ]
    .iter()
    .map(|form| {
        form.replace('S', sink)
            .replace('A', app)
            .replace('P', port)
            .replace('Q', app_port)
    })
    .collect();
    forms.dedup();
    forms
}

/// Targets that are paths: whatever they look like, they stay on the app's host.
const PATHS: &[&str] = &[
    "//S/",
    "///S/",
    "////S",
    "/\u{2044}/S",
    "/%2f%2fS/",
    "/%5c%5cS/",
    "/@S/",
    "@S/",
    ":80@S/",
    ".S/",
    ":P/",
    "S",
    "S/x",
    "/..//S/",
    "/../../../S/",
    "/..%2f..%2fS",
    "/./@S",
    "/;@S",
    "/http://S/",
    "/https:S",
    "?http://S/",
    "?x=http://S/",
    "#@S",
    "/#@S",
    "/x?next=//S/",
    "/x#//S/",
    "/a/../../..//S",
    "/.%2e/.%2e//S/",
    "",
];

/// Targets that must be refused although they begin like a path.
const BROKEN_PATHS: &[&str] = &[
    "/\\S/",
    "\\\\S\\",
    "\\S",
    "/x\\@S",
    "/ @S",
    "/x y",
    "/\r\nHost: S",
    "/x HTTP/1.1\r\nHost: S\r\n\r\nGET /",
    "/\u{0}@S",
    "/\t//S",
    "\n//S/",
    "/\u{7f}S",
    "/\u{a0}@S\u{2028}",
];

#[tokio::test]
async fn s07_evasion_forms_reach_no_other_host() {
    let sink = Site::new(|_| json(200, "{}")).await;
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[&sink]).await;
    let (app_host, sink_host) = (app.address.to_string(), sink.address.to_string());

    let mut forms = evasions(&app_host, &sink_host);
    let paths = |list: &[&str]| -> Vec<String> {
        let port = sink.address.port().to_string();
        list.iter()
            .map(|form| form.replace('S', &sink_host).replace('P', &port))
            .collect()
    };
    forms.extend(paths(BROKEN_PATHS));
    forms.extend(paths(PATHS));
    assert!(forms.len() >= 100, "{} forms", forms.len());
    for form in &forms {
        let request = GatewayRequest::new(Purpose::Request, Method::GET, form.clone());
        let before = app.seen().len();
        match world
            .gateway
            .send(&world.editor, &world.connection, request)
            .await
        {
            // Whatever is not refused is a path, and goes to the app itself.
            Ok(_) => {
                assert_eq!(app.seen().len(), before + 1, "{form:?}");
                assert_eq!(
                    app.last().header("host"),
                    Some(app_host.as_str()),
                    "{form:?}"
                );
            }
            Err(error) => {
                assert_eq!(app.seen().len(), before, "{form:?}");
                assert!(error.definitely_not_sent(), "{form:?}: {error}");
                assert!(!error.to_string().contains(CANARY), "{form:?}: {error}");
            }
        }
        assert_nothing_leaked(&sink, form);
    }
}

#[tokio::test]
async fn s07_absolute_urls_elsewhere_are_refused_and_not_repaired() {
    let sink = Site::new(|_| json(200, "{}")).await;
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[&sink]).await;
    let (app_host, sink_host) = (app.address.to_string(), sink.address.to_string());
    let names_another_host = |form: &String| {
        let scheme = form.split_once("://").map_or("", |(scheme, _)| scheme);
        // `127.0.0.1.`, and a query or fragment behind the pinned host, mean the pinned host.
        let same = patchbay_egress::url_parse(form).is_ok_and(|url| {
            url.host_str() == Some("127.0.0.1") && url.port() == Some(app.address.port())
        });
        !same && !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
    };
    let absolute = evasions(&app_host, &sink_host)
        .into_iter()
        .filter(names_another_host);
    for form in absolute {
        let request = GatewayRequest::new(Purpose::Request, Method::GET, form.clone());
        let outcome = world
            .gateway
            .send(&world.editor, &world.connection, request)
            .await;
        let error = outcome
            .err()
            .unwrap_or_else(|| panic!("{form:?} was sent: {:?}", app.seen().last()));
        assert!(error.definitely_not_sent(), "{form:?}: {error}");
    }
    assert_eq!((app.accepted(), sink.accepted()), (0, 0));
}

#[tokio::test]
async fn s07_headers_neither_steer_nor_replace_the_credential() {
    let sink = Site::new(|_| json(200, "{}")).await;
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[&sink]).await;
    let sink_host = sink.address.to_string();
    let steering = [
        ("host", sink_host.as_str()),
        ("x-forwarded-host", &sink_host),
        ("x-forwarded-server", &sink_host),
        ("x-forwarded-proto", "https"),
        ("x-original-url", &sink_host),
        ("x-rewrite-url", &sink_host),
        ("forwarded", &sink_host),
        ("via", &sink_host),
        ("alt-used", &sink_host),
        ("proxy-authorization", "Basic eDp5"),
        ("proxy-connection", "keep-alive"),
        ("proxy", &sink_host),
        ("authorization", "Bearer pb_live_of_the_caller"),
        ("cookie", "patchbay_session=x"),
        ("connection", "authorization, host"),
        ("connection", "close, x-other"),
        ("transfer-encoding", "chunked"),
        ("content-length", "1000"),
        ("te", "trailers"),
        ("trailer", "authorization"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("expect", "100-continue"),
        ("origin", &sink_host),
        ("referer", &sink_host),
    ];
    for (name, value) in steering {
        let mut request = GatewayRequest::new(Purpose::Request, Method::POST, "/things");
        request.body = Body::from("hello".to_owned());
        let value = HeaderValue::from_str(value).expect("a value");
        request.headers.insert(HeaderName::from_static(name), value);
        let answer = world
            .gateway
            .send(&world.editor, &world.connection, request)
            .await;
        assert_eq!(
            answer
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .status,
            200
        );
        let seen = app.last();
        assert_eq!(
            seen.header("host"),
            Some(app.address.to_string().as_str()),
            "{name}"
        );
        assert_eq!(
            seen.header("authorization"),
            Some(format!("Bearer {CANARY}").as_str()),
            "{name}"
        );
        assert_eq!(seen.body, "hello", "{name}");
        assert!(
            !seen.head.contains("pb_live_") && !seen.head.contains("patchbay_session"),
            "{name}"
        );
        assert!(
            !seen.head.to_ascii_lowercase().contains("transfer-encoding"),
            "{name}"
        );
        assert_nothing_leaked(&sink, name);
    }
}

#[tokio::test]
async fn s08_redirects_elsewhere_are_not_followed() {
    let sink = Site::new(|_| json(200, "{}")).await;
    let sink_host = sink.address.to_string();
    let app = Site::new(|seen| {
        // `/<status>?<location>`
        let path = seen.path().trim_start_matches("/api/");
        let (status, location) = path.split_once('?').unwrap_or(("200", ""));
        let location = location
            .replace("%5C", "\\")
            .replace("%40", "@")
            .replace("%23", "#");
        redirect(status.parse().unwrap_or(200), &location)
    })
    .await;
    let world = World::new(&app, &[&sink]).await;
    let app_host = app.address.to_string();
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://{sink_host}/x"),
            format!("//{sink_host}/x"),
            format!("https://{sink_host}/x"),
            format!("http:%5C%5C{sink_host}%5Cx"),
            format!("/%5C{sink_host}/x"),
            format!("http://{app_host}%40{sink_host}/"),
            format!("http://{app_host}%23%40{sink_host}/"),
            format!("http://localhost:{}/", sink.address.port()),
        ] {
            for method in [Method::GET, Method::POST, Method::HEAD] {
                let target = format!("/{status}?{location}");
                let request =
                    || GatewayRequest::new(Purpose::Request, method.clone(), target.clone());
                let answer = world
                    .gateway
                    .send(&world.editor, &world.connection, request())
                    .await;
                assert_eq!(answer.expect("an answer").status, status);
                let answer = world
                    .gateway
                    .send_json(&world.editor, &world.connection, request())
                    .await;
                // `http://app#@sink/` names the app itself: followed, and answered there.
                if let Ok(answer) = answer {
                    assert!(
                        answer.answer.status() == status || location.contains("%23"),
                        "{target}"
                    );
                }
                assert_nothing_leaked(&sink, &target);
            }
        }
    }
}

#[tokio::test]
async fn s08_redirects_within_the_pinned_host_are_followed_for_reading_only() {
    let app = Site::new(|seen| match seen.path() {
        "/api/start" => redirect(302, "/api/end?x=1"),
        "/api/loop" => redirect(302, "/api/loop"),
        _ => json(200, r#"{"ok":true}"#),
    })
    .await;
    let world = World::new(&app, &[]).await;
    let read = |method: Method, target: &'static str| {
        let request = GatewayRequest::new(Purpose::Request, method, target);
        world
            .gateway
            .send_json(&world.editor, &world.connection, request)
    };
    let answer = read(Method::GET, "/start").await.expect("an answer");
    assert_eq!(
        (answer.answer.status(), app.last().path()),
        (200, "/api/end?x=1")
    );
    assert_eq!(
        app.last().header("authorization"),
        Some(format!("Bearer {CANARY}").as_str())
    );

    assert_eq!(
        read(Method::POST, "/start")
            .await
            .expect("an answer")
            .answer
            .status(),
        302
    );
    let before = app.seen().len();
    assert_eq!(
        read(Method::GET, "/loop")
            .await
            .expect("an answer")
            .answer
            .status(),
        302
    );
    assert_eq!(app.seen().len() - before, 6);

    let request = GatewayRequest::new(Purpose::Request, Method::GET, "/start");
    let answer = world
        .gateway
        .send(&world.editor, &world.connection, request)
        .await
        .expect("an answer");
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.headers["location"].to_str().expect("a text")
        ),
        (302, "/api/end?x=1")
    );
}

#[tokio::test]
async fn s07_settings_do_not_move_the_pin() {
    let sink = Site::new(|_| json(200, "{}")).await;
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[&sink]).await;
    let as_connected = world
        .connection_with_host_setting(&app.address.to_string())
        .await;
    let tampered = world
        .connection_with_host_setting(&sink.address.to_string())
        .await;
    let request = || GatewayRequest::new(Purpose::Request, Method::GET, "/x");
    let answer = world
        .gateway
        .send(&world.editor, &as_connected, request())
        .await;
    assert_eq!(answer.expect("an answer").status, 200);
    let error = world
        .gateway
        .send(&world.editor, &tampered, request())
        .await
        .err()
        .expect("a refusal");
    assert!(error.definitely_not_sent(), "{error}");
    assert_nothing_leaked(&sink, "a changed setting");
}

#[tokio::test]
async fn s39_a_secret_with_a_line_break_is_not_sent() {
    let app = Site::new(|_| json(200, "{}")).await;
    let world = World::new(&app, &[]).await;
    for end in ["\r\nX-Evil: 1", "\nX-Evil: 1", "\r", "\u{0}", "\u{7f}"] {
        let connection = world.connection_with_key(&format!("{CANARY}{end}")).await;
        let request = GatewayRequest::new(Purpose::Request, Method::GET, "/x");
        let error = world
            .gateway
            .send(&world.editor, &connection, request)
            .await
            .err()
            .expect("a refusal");
        assert!(error.definitely_not_sent(), "{error}");
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
    }
    assert_eq!(app.seen().len(), 0);
}
