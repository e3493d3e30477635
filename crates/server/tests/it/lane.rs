//! The lane and the router answer the same route: whatever goes through a connection with an API key is answered alike,
//! to the byte but for the date and the request's id.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use axum::http::{Method, StatusCode};
use patchbay_server::{Front, listener, router};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::support::{Caller, Server};

/// An app that says on the wire exactly what is written here, one request a connection.
async fn app() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(app_answers(stream));
        }
    });
    address
}

async fn app_answers(mut stream: TcpStream) {
    let request = request_read(&mut stream).await;
    let text = String::from_utf8_lossy(&request).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let target = first.split(' ').nth(1).unwrap_or_default();
    let of_body = |headers: &str, body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let answer = match target.trim_start_matches("/api") {
        "/204" => "HTTP/1.1 204 No Content\r\nconnection: close\r\nx-a: 1\r\n\r\n".to_owned(),
        "/304" => {
            "HTTP/1.1 304 Not Modified\r\nconnection: close\r\netag: \"e\"\r\n\r\n".to_owned()
        }
        "/early" => format!(
            "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n{}",
            of_body("", "late")
        ),
        "/redirect" => "HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "/unauthorized" => "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\nwww-authenticate: Basic realm=\"app\"\r\ncontent-length: 2\r\n\r\nno".to_owned(),
        "/broken" => "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 4\r\n\r\noops".to_owned(),
        "/odd-status" => "HTTP/1.1 299 Odd\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx".to_owned(),
        "/encoded" => of_body("content-encoding: gzip\r\ncontent-type: text/plain\r\n", "not unpacked"),
        "/chunked" => "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 5\r\n\r\n".to_owned(),
        "/until-close" => "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end".to_owned(),
        "/head-only" => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\n".to_owned(),
        "/own-headers" => of_body(
            "set-cookie: a=b\r\nstrict-transport-security: max-age=1\r\naccess-control-allow-origin: *\r\n\
             content-security-policy: default-src *\r\nx-frame-options: ALLOWALL\r\nreferrer-policy: unsafe-url\r\n\
             cache-control: max-age=5\r\nx-ratelimit-remaining: 4\r\nx-request-id: theirs\r\nx-many: 1\r\nx-many: 2\r\n\
             x-latin: caf\u{e9}\r\n",
            "own",
        ),
        "/silent" => return,
        "/nonsense" => "This is no HTTP\r\n\r\n".to_owned(),
        _ => {
            let mut said: Vec<&str> = lines.collect();
            said.sort_unstable();
            of_body("", &format!("{first}\n{}\n{body}", said.join("\n")))
        }
    };
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Head and body of a request, the body by its length or to its last chunk.
async fn request_read(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .split("\r\n")
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("a number"));
            let whole = if head.contains("transfer-encoding: chunked") {
                body.ends_with("0\r\n\r\n")
            } else {
                body.len() >= length
            };
            if whole {
                return read;
            }
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return read,
            Ok(many) => read.extend_from_slice(&part[..many]),
        }
    }
}

async fn served(front: Front) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(listener::serve(
        listener,
        None,
        front,
        stop,
        Duration::from_secs(1),
    ));
    address
}

/// What came back, as far as it has to be the same.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: String,
    headers: BTreeMap<String, Vec<String>>,
    body: String,
}

async fn asked(address: SocketAddr, request: &str) -> Said {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("is written");
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .unwrap_or_else(|_| panic!("no end of the answer to {request}"))
        .expect("is read");
    let answer: String = answer.into_iter().map(char::from).collect();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default().to_owned();
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let value = match name {
            "date" | "x-request-id" => "…",
            // One bucket for both, so what is left in it goes down.
            "x-ratelimit-remaining" if value != "4" => "…",
            _ => value,
        };
        headers
            .entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }
    let body = match body.find("\"requestId\":") {
        Some(at) => body[..at].to_owned(),
        None => body.to_owned(),
    };
    Said {
        status,
        headers,
        body,
    }
}

struct World {
    server: Server,
    lane: SocketAddr,
    router: SocketAddr,
    key: String,
    reading_key: String,
    project: String,
    connection: String,
}

impl World {
    async fn start() -> Self {
        let app = app().await;
        let app = app.to_string();
        let server = Server::start_with("http://127.0.0.1:8700", &app, &app).await;
        let (owner, project) = server.set_up().await;
        let key = |scope: &'static str| {
            let (server, owner, project) = (&server, &owner, &project);
            async move {
                let path = format!("/api/v1/projects/{project}/keys");
                let body = json!({"name": "programs", "scope": scope});
                let made = server.call(Method::POST, &path, owner, Some(body)).await;
                made.body["key"].as_str().expect("a key").to_owned()
            }
        };
        let (key, reading_key) = (key("write").await, key("read").await);
        let made = server
            .call(
                Method::POST,
                "/api/v1/connections",
                &Caller::Key(key.clone()),
                Some(
                    json!({"name": "App", "app": "sandbox-key", "type": "API_KEY",
                    "value": {"api_key": "secret-of-the-app"}, "verify": false}),
                ),
            )
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
        let connection = made.body["id"].as_str().expect("an id").to_owned();
        let lane = served(Front::new(server.state.clone())).await;
        let router = served(Front::from(router(server.state.clone()))).await;
        Self {
            server,
            lane,
            router,
            key,
            reading_key,
            project,
            connection,
        }
    }

    /// Asks both ways in for the same; `said` is a request with `{C}` for the connection's address and `{K}` for the key.
    async fn both(&self, said: &str) -> Said {
        let request = said
            .replace("{C}", &format!("/api/v1/connections/{}", self.connection))
            .replace(
                "{P}",
                &format!(
                    "/api/v1/projects/{}/connections/{}",
                    self.project, self.connection
                ),
            )
            .replace("{K}", &format!("authorization: Bearer {}", self.key))
            .replace(
                "{R}",
                &format!("authorization: Bearer {}", self.reading_key),
            )
            .replace("{H}", "host: patchbay\r\nconnection: close");
        let lane = asked(self.lane, &request).await;
        let router = asked(self.router, &request).await;
        assert_eq!(lane, router, "the lane and the router differ on {said}");
        lane
    }
}

#[tokio::test]
async fn the_lane_answers_as_the_router_does() {
    let world = World::start().await;
    let requests = [
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {P}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy?q=1 HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/ HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/? HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/a%2Fb%20c?x=%2F&x=2 HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy//evil.example/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/https://evil.example/ HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/a/../b HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/a//b/ HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET http://patchbay{C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.0\r\nhost: patchbay\r\n{K}\r\n\r\n",
        "HEAD {C}/proxy/head-only HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "HEAD {C}/proxy/until-close HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "HEAD {C}/proxy/204 HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "OPTIONS {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "DELETE {C}/proxy/204 HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "PROPFIND {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "PROPFIND {C}/proxy HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "TRACE {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "TRACE {C}/proxy HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "POST {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello",
        "PUT {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "PATCH {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\ncontent-length: 0\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\nhost: patchbay\r\nconnection: close, x-hop, upgrade\r\nx-hop: 1\r\nupgrade: websocket\r\n\
         sec-websocket-key: x\r\nte: trailers\r\nreferer: http://patchbay/\r\norigin: http://evil.example\r\n\
         x-forwarded-for: 1.2.3.4\r\nforwarded: for=1.2.3.4\r\nx-request-id: my-own-request\r\nidempotency-key: k\r\n{K}\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\naccept: a\r\naccept: b\r\nx-api-key: mine\r\naccept-encoding: gzip\r\n\r\n",
        "GET {C}/proxy/304 HTTP/1.1\r\n{H}\r\n{K}\r\nif-none-match: \"e\"\r\n\r\n",
        "GET {C}/proxy/early HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/redirect HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/unauthorized HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/broken HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/odd-status HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/encoded HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/chunked HTTP/1.1\r\n{H}\r\n{K}\r\nte: trailers\r\n\r\n",
        "GET {C}/proxy/until-close HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/own-headers HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/silent HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/nonsense HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        // Refused on our side.
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\nauthorization: Bearer pb_live_nobody\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\nauthorization: Basic eDp5\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\nauthorization:\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n{R}\r\n\r\n",
        "GET /api/v1/connections/conn_1/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET /api/v1/connections/conn_1/proxy HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET /api/v1/connections/c%6Fnn_1/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET /api/v1/connections//proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET /api/v1/projects/proj_1/connections/conn_1/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxyx HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n",
        "GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\nsec-fetch-site: cross-site\r\n\r\n",
        "POST {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\norigin: http://evil.example\r\ncontent-length: 0\r\n\r\n",
    ];
    for request in requests {
        let said = world.both(request).await;
        assert!(said.status.starts_with("HTTP/1."), "{request}: {said:?}");
        assert!(said.headers.contains_key("x-request-id"), "{request}");
    }
    let deleted = format!("/api/v1/connections/{}", world.connection);
    let key = Caller::Key(world.key.clone());
    world
        .server
        .call(Method::DELETE, &deleted, &key, None)
        .await;
    let gone = world
        .both("GET {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n")
        .await;
    assert!(
        gone.status.contains(" 404 ") || gone.status.contains(" 409 "),
        "{gone:?}"
    );
}

#[tokio::test]
async fn what_follows_proxy_reaches_the_app_as_it_was_written() {
    let world = World::start().await;
    for (written, target) in [
        ("/proxy", "/api"),
        ("/proxy?q=1", "/api?q=1"),
        ("/proxy/", "/api/"),
        ("/proxy/a%2Fb", "/api/a%2Fb"),
        ("/proxy/a%2fb/%2E", "/api/a%2fb/"),
        ("/proxy//x", "/api//x"),
        ("/proxy/x?", "/api/x?"),
        ("/proxy/x?a=%2F&a=+&b", "/api/x?a=%2F&a=+&b"),
        ("/proxy/x/proxy/y", "/api/x/proxy/y"),
    ] {
        let said = world
            .both(&format!(
                "GET {{C}}{written} HTTP/1.1\r\n{{H}}\r\n{{K}}\r\n\r\n"
            ))
            .await;
        let first = said.body.lines().next().unwrap_or_default();
        assert_eq!(first, format!("GET {target} HTTP/1.1"), "{written}");
    }
}

#[tokio::test]
async fn every_method_passes_but_trace() {
    let world = World::start().await;
    for method in ["GET", "POST", "PROPFIND", "MKCOL", "QUERY", "PURGE"] {
        let said = world
            .both(&format!(
                "{method} {{C}}/proxy/x HTTP/1.1\r\n{{H}}\r\n{{K}}\r\n\r\n"
            ))
            .await;
        assert!(
            said.body.starts_with(&format!("{method} /api/x ")),
            "{said:?}"
        );
    }
    let said = world
        .both("TRACE {C}/proxy/x HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n")
        .await;
    assert!(said.status.contains(" 405 "), "{said:?}");
    assert!(!said.body.contains("secret-of-the-app"), "{said:?}");
}

#[tokio::test]
async fn an_answer_of_the_app_passes_as_it_is() {
    let world = World::start().await;
    let said = world
        .both("GET {C}/proxy/own-headers HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n")
        .await;
    let one = |name: &str| said.headers.get(name).map(|values| values.join("|"));
    assert_eq!(one("cache-control").as_deref(), Some("max-age=5"));
    assert_eq!(one("x-many").as_deref(), Some("1|2"));
    assert_eq!(one("x-ratelimit-remaining").as_deref(), Some("4"));
    assert_eq!(one("x-ratelimit-limit"), None);
    assert_eq!(one("referrer-policy").as_deref(), Some("unsafe-url"));
    // What would act on our own address does not.
    for name in [
        "set-cookie",
        "strict-transport-security",
        "access-control-allow-origin",
    ] {
        assert_eq!(one(name), None, "{name}");
    }
    assert!(one("content-security-policy").is_some_and(|policy| policy.starts_with("sandbox")));
    let said = world
        .both("GET {C}/proxy/encoded HTTP/1.1\r\n{H}\r\n{K}\r\n\r\n")
        .await;
    assert_eq!(said.body, "not unpacked");
    assert_eq!(said.headers["content-encoding"], ["gzip"]);
}

/// A published flow that anybody may call; the key's project has it.
async fn flow(world: &World, trigger: serde_json::Value) -> String {
    let key = Caller::Key(world.key.clone());
    let body = json!({"name": format!("Called {trigger}"), "draft": {
        "schema": 1,
        "trigger": trigger,
        "steps": [{"id": "note", "kind": "set", "input": {"seen": true}}],
    }});
    let made = world
        .server
        .call(Method::POST, "/api/v1/flows", &key, Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/flows/{id}/publish");
    let published = world.server.call(Method::POST, &path, &key, None).await;
    assert_eq!(published.status, StatusCode::OK, "{:?}", published.body);
    id
}

#[tokio::test]
async fn the_lane_answers_webhooks_as_the_router_does() {
    let world = World::start().await;
    let open = flow(&world, json!({"kind": "webhook"})).await;
    let posted = flow(&world, json!({"kind": "webhook", "method": "POST"})).await;
    let shut = flow(
        &world,
        json!({"kind": "webhook", "auth": {"kind": "basic", "username": "u", "secret": "not a secret"}}),
    )
    .await;
    // One run for each key, so that both answers name the same.
    let once = |key: &str| format!("{{H}}\r\nidempotency-key: {key}");
    let large = "x".repeat(1024 * 1024 + 1);
    let requests = [
        (
            202,
            format!("GET /hooks/{open} HTTP/1.1\r\n{}\r\n\r\n", once("a")),
        ),
        (
            202,
            format!(
                "GET /hooks/{open}?a=1&a=%20 HTTP/1.1\r\n{}\r\n\r\n",
                once("b")
            ),
        ),
        (
            202,
            format!("HEAD /hooks/{open} HTTP/1.1\r\n{}\r\n\r\n", once("c")),
        ),
        (
            202,
            format!(
                "POST /hooks/{open} HTTP/1.1\r\n{}\r\ncookie: a=b\r\norigin: http://evil.example\r\n\
                 content-type: application/json\r\ncontent-length: 7\r\n\r\n{{\"a\":1}}",
                once("d")
            ),
        ),
        (
            202,
            format!(
                "PUT /hooks/{open} HTTP/1.1\r\n{}\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                once("e")
            ),
        ),
        (
            202,
            format!(
                "GET http://patchbay/hooks/{open} HTTP/1.1\r\n{}\r\n\r\n",
                once("f")
            ),
        ),
        (
            202,
            format!(
                "GET /hooks/{open} HTTP/1.1\r\n{}\r\n{{K}}\r\n\r\n",
                once("g")
            ),
        ),
        (
            409,
            format!("GET /hooks/{open}?b=2 HTTP/1.1\r\n{}\r\n\r\n", once("a")),
        ),
        (
            400,
            format!(
                "GET /hooks/{open} HTTP/1.1\r\n{}\r\n\r\n",
                once(&"k".repeat(256))
            ),
        ),
        (
            400,
            format!(
                "POST /hooks/{open} HTTP/1.1\r\n{{H}}\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{{"
            ),
        ),
        (
            413,
            format!(
                "POST /hooks/{open} HTTP/1.1\r\n{{H}}\r\ncontent-length: {}\r\n\r\n{large}",
                large.len()
            ),
        ),
        (
            405,
            format!("GET /hooks/{posted} HTTP/1.1\r\n{{H}}\r\n\r\n"),
        ),
        (
            405,
            format!("PROPFIND /hooks/{open} HTTP/1.1\r\n{{H}}\r\n\r\n"),
        ),
        (401, format!("GET /hooks/{shut} HTTP/1.1\r\n{{H}}\r\n\r\n")),
        (
            401,
            format!("GET /hooks/{shut} HTTP/1.1\r\n{{H}}\r\nauthorization: Basic eDp5\r\n\r\n"),
        ),
        (404, "GET /hooks/flow_1 HTTP/1.1\r\n{H}\r\n\r\n".to_owned()),
        (
            404,
            "GET /hooks/flow_00000000000000000000000000 HTTP/1.1\r\n{H}\r\n\r\n".to_owned(),
        ),
        (404, format!("GET /hooks/{open}/ HTTP/1.1\r\n{{H}}\r\n\r\n")),
        (
            404,
            format!("GET /hooks/{open}/x HTTP/1.1\r\n{{H}}\r\n\r\n"),
        ),
    ];
    for (status, request) in requests {
        let said = world.both(&request).await;
        let shown: String = request.chars().take(120).collect();
        assert!(
            said.status.starts_with(&format!("HTTP/1.1 {status}")),
            "{shown}: {said:?}"
        );
        assert!(said.headers.contains_key("x-request-id"), "{shown}");
    }
}
