//! `patchbay connections`, `flows` and `runs` against a running server.

use std::fs;

use http::Method;
use patchbay_egress::{Body, Egress, EgressPolicy, EgressRequest};
use serde_json::{Value, json};
use url::Url;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use crate::support::{Installation, Outcome, Server, command, outcome, text};

/// A server with one app, and a connection to it.
struct World {
    installation: Installation,
    server: Server,
    provider: MockServer,
    connection: String,
}

const MANIFEST: &str = r#"
slug: acme
name: Acme
category: developer
description: An app of this test
base_url: http://__HOST__
hosts: ["__HOST__"]
auth:
  - method: api_key
    fields:
      - {name: api_key, title: API key}
    attach:
      header: {X-Api-Key: "{{ credential.api_key }}"}
verify:
  request: GET /me
  ok: "{{ response.status == 200 and response.body.id }}"
  account: {id: "{{ response.body.id }}", label: "{{ response.body.email }}"}
  error: "{{ response.body.error }}"
"#;

impl World {
    async fn new() -> Self {
        let provider = MockServer::start().await;
        let me = json!({"id": "1", "email": "ops@acme.test"});
        Mock::given(method("GET"))
            .and(path("/me"))
            .and(header("X-Api-Key", "key-4711"))
            .respond_with(ResponseTemplate::new(200).set_body_json(me))
            .mount(&provider)
            .await;
        let installation = Installation::new();
        let apps = installation.file("apps");
        fs::create_dir(&apps).expect("a directory");
        let host = provider.address().to_string();
        fs::write(apps.join("acme.yaml"), MANIFEST.replace("__HOST__", &host)).expect("written");
        let server = installation.serve(
            &["--apps", &text(&apps)],
            &[("PATCHBAY_EGRESS_ALLOW", &host)],
        );
        let mut world = Self {
            installation,
            server,
            provider,
            connection: String::new(),
        };
        world.connection = world.connect().await;
        world
    }

    /// Makes the connection as a program would.
    async fn connect(&self) -> String {
        let body = json!({"name": "Acme ops", "app": "acme", "type": "API_KEY", "value": {"api_key": "key-4711"}});
        let connection = self.post("connections", &body).await;
        connection["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{connection}"))
            .to_owned()
    }

    /// Runs a flow's draft.
    async fn start(&self, flow: &str) -> String {
        let started = self.post(&format!("flows/{flow}/test"), &json!({})).await;
        started["runId"]
            .as_str()
            .unwrap_or_else(|| panic!("{started}"))
            .to_owned()
    }

    async fn post(&self, address: &str, body: &Value) -> Value {
        let url = Url::parse(&format!("{}/api/v1/{address}", self.server.url)).expect("a URL");
        let host = self.server.url.trim_start_matches("http://");
        let policy = EgressPolicy {
            allow: host.parse().expect("an allow list"),
            ..EgressPolicy::default()
        };
        let mut request = EgressRequest::new(Method::POST, url);
        request.body = Body::from(body.to_string());
        let bearer = format!("Bearer {}", self.installation.key);
        for (name, value) in [
            ("content-type", "application/json"),
            ("authorization", &bearer),
        ] {
            request
                .headers
                .insert(name, value.parse().expect("a header"));
        }
        let egress = Egress::new(policy).expect("egress");
        let answer = egress.send_bytes(request).await.expect("an answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// A command in a thread of its own, because the provider runs in this one.
    async fn run(&self, args: &[&str]) -> Outcome {
        let mut command = self.installation.command(args);
        command.env("PATCHBAY_SERVER", &self.server.url);
        tokio::task::spawn_blocking(move || outcome(&mut command))
            .await
            .expect("it ended")
    }

    fn document(&self, name: &str) -> String {
        let file = self.installation.file(name);
        let document = json!({"name": "Ask", "draft": {"schema": 1, "trigger": {"kind": "manual"}, "steps": [
            {"id": "me", "kind": "http", "connection": {"$connection": self.connection},
             "input": {"method": "GET", "url": "/me", "headers": {}, "query": {}, "body": null}}]}});
        fs::write(&file, document.to_string()).expect("written");
        text(&file)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_listed_checked_and_their_use_is_shown() {
    let world = World::new().await;
    let listed = world.run(&["connections", "list"]).await.text();
    let mut lines = listed.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("ID ")),
        "{listed}"
    );
    let row = lines.next().unwrap_or_default();
    for word in [
        world.connection.as_str(),
        "Acme ops",
        "acme",
        "ACTIVE",
        "ops@acme.test",
    ] {
        assert!(row.contains(word), "{word}: {row}");
    }
    let none = world
        .run(&["connections", "list", "--status", "expired,error", "--json"])
        .await;
    assert_eq!(none.json(), json!({"data": [], "hasMore": false}));

    let checked = world
        .run(&["connections", "check", "acme OPS"])
        .await
        .text();
    assert!(checked.contains("ACTIVE"), "{checked}");
    let unused = world
        .run(&["connections", "usage", &world.connection])
        .await
        .text();
    assert!(unused.contains("No flow uses"), "{unused}");
    let flow = world
        .run(&["flows", "import", &world.document("f.json"), "--json"])
        .await
        .json();
    let used = world
        .run(&["connections", "usage", "Acme ops"])
        .await
        .text();
    assert!(
        used.contains(flow["id"].as_str().expect("an id")) && used.contains("me"),
        "{used}"
    );

    // The app takes the key back.
    world.provider.reset().await;
    Mock::given(path("/me"))
        .respond_with(
            ResponseTemplate::new(401)
                .set_body_json(json!({"error": "the key was\u{1b}[2J withdrawn"})),
        )
        .mount(&world.provider)
        .await;
    let checked = world
        .run(&["connections", "check", &world.connection])
        .await;
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(
        !checked.stdout.contains("ACTIVE") && !checked.stdout.contains('\u{1b}'),
        "{checked:?}"
    );
    let missing = world
        .run(&["connections", "usage", "Nobody"])
        .await
        .failure(1);
    assert!(
        missing.contains("no connection of the key's project has the name Nobody"),
        "{missing}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_goes_out_and_comes_in_again() {
    let world = World::new().await;
    let made = world
        .run(&["flows", "import", &world.document("f.json"), "--json"])
        .await
        .json();
    let id = made["id"].as_str().expect("an id").to_owned();
    let file = text(&world.installation.file("out.json"));
    world
        .run(&["flows", "export", &id, "--output", &file])
        .await
        .text();
    let exported: Value =
        serde_json::from_str(&fs::read_to_string(&file).expect("written")).expect("JSON");
    assert_eq!(exported["name"], "Ask");
    assert_eq!(
        exported["draft"]["steps"][0]["connection"]["$connection"],
        json!(world.connection)
    );
    assert_eq!(world.run(&["flows", "export", &id]).await.json(), exported);

    let copy = world
        .run(&["flows", "import", &file, "--name", "Copy", "--json"])
        .await
        .json();
    assert_ne!(copy["id"], made["id"]);
    assert_eq!(copy["draft"], made["draft"]);
    assert_eq!(copy["status"], "INACTIVE");

    // Into the same flow, with another connection: one that is not there leaves the draft with a problem.
    let gone = "conn_06h0eshxmsras9qv1v0yxnezr0";
    let exchange = format!("{}={gone}", world.connection);
    let replaced = world
        .run(&[
            "flows",
            "import",
            &file,
            "--into",
            &id,
            "--connection",
            &exchange,
        ])
        .await
        .text();
    assert!(
        replaced.contains("The draft was replaced") && replaced.contains("me:"),
        "{replaced}"
    );
    let odd = world
        .run(&[
            "flows",
            "import",
            &file,
            "--connection",
            &format!("{gone}={gone}"),
        ])
        .await
        .failure(1);
    assert!(odd.contains("names no connection"), "{odd}");
    let odd = world
        .run(&["flows", "import", &file, "--connection", "x"])
        .await
        .failure(2);
    assert!(odd.contains("OLD=NEW"), "{odd}");

    let listed = world.run(&["flows", "list", "--limit", "1"]).await;
    assert!(
        listed.stdout.contains("Copy") && listed.stderr.contains("There are more"),
        "{listed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_and_shown() {
    let world = World::new().await;
    let flow = world
        .run(&["flows", "import", &world.document("f.json"), "--json"])
        .await
        .json();
    assert_eq!(
        world.run(&["runs", "list", "--json"]).await.json()["data"],
        json!([])
    );
    let missing = world
        .run(&["runs", "show", "run_06h0eshxmsras9qv1v0yxnezr0"])
        .await
        .failure(1);
    assert!(
        missing.contains("RUN_NOT_FOUND") && missing.contains("its own project only"),
        "{missing}"
    );
    let run = world.start(flow["id"].as_str().expect("an id")).await;
    let shown = loop {
        let shown = world.run(&["runs", "show", &run, "--json"]).await.json();
        match shown["status"].as_str() {
            Some("QUEUED" | "RUNNING") => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            _ => break shown,
        }
    };
    assert_eq!(shown["status"], "SUCCEEDED", "{shown}");
    let table = world.run(&["runs", "show", &run]).await.text();
    assert!(
        table.contains("Status:   SUCCEEDED") && table.contains("STEP"),
        "{table}"
    );
    let listed = world
        .run(&["runs", "list", "--status", "succeeded"])
        .await
        .text();
    assert!(listed.contains(&run), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do() {
    let world = World::new().await;
    let list = ["connections", "list", "--server", &world.server.url];
    let no_key = outcome(&mut command(&list)).failure(2);
    assert!(no_key.contains("set PATCHBAY_KEY"), "{no_key}");
    let unknown = outcome(command(&list).env("PATCHBAY_KEY", "pb_live_nobody")).failure(1);
    assert!(
        unknown.contains("UNAUTHENTICATED") && unknown.contains("API keys"),
        "{unknown}"
    );
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let unreachable = world
        .run(&["runs", "list", "--server", &format!("http://{nowhere}")])
        .await
        .failure(1);
    assert!(
        unreachable.contains("is patchbay serve running there?"),
        "{unreachable}"
    );
    let clear = world
        .run(&["runs", "list", "--server", "http://patchbay.example.com"])
        .await
        .failure(2);
    assert!(clear.contains("in the clear"), "{clear}");
    let other = world
        .run(&[
            "runs",
            "list",
            "--server",
            &format!("http://{}", world.provider.address()),
        ])
        .await
        .failure(1);
    assert!(other.contains("not as Patchbay does"), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_only_reads_is_told_so() {
    let installation = Installation::new();
    let key = installation.api_key("read");
    let server = installation.serve(&[], &[]);
    let file = installation.file("f.json");
    fs::write(
        &file,
        r#"{"name": "A", "draft": {"schema": 1, "trigger": {"kind": "manual"}, "steps": []}}"#,
    )
    .expect("written");
    let refused = outcome(
        installation
            .command(&["flows", "import", &text(&file), "--server", &server.url])
            .env("PATCHBAY_KEY", key),
    )
    .failure(1);
    assert!(
        refused.contains("FORBIDDEN") && refused.contains("wider scope"),
        "{refused}"
    );
}
