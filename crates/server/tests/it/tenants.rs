//! Two projects side by side: nothing done in the one changes or shows anything of the other.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Caller, Server, operations};

/// What stands in the names of everything of the first project, and nowhere else.
const MARK: &str = "alpha-canary";

struct Projects {
    server: Server,
    owner: Caller,
    alpha: String,
    beta: String,
    /// Admin of the second project, by session and by key; nobody in the first.
    strangers: Vec<Caller>,
    /// Ids of things in the first project, by the word before them in an address.
    things: Vec<(&'static str, String)>,
}

impl Projects {
    async fn start() -> Self {
        let server = Server::start().await;
        let (owner, alpha) = server.set_up().await;
        let id = |body: &Value| body["id"].as_str().expect("an id").to_owned();
        let post = |path: String, body: Value| {
            let (server, owner) = (&server, &owner);
            async move {
                let answer = server.call(Method::POST, &path, owner, Some(body)).await;
                assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
                answer.body
            }
        };
        let beta = id(&post("/api/v1/projects".into(), json!({"name": "Beta"})).await);
        let (stranger, _) = server.join(&owner, &beta, "Bea", "admin").await;
        let key = post(
            format!("/api/v1/projects/{beta}/keys"),
            json!({"name": "Beta", "scope": "admin"}),
        )
        .await;
        let in_alpha = |what: &str| format!("/api/v1/projects/{alpha}/{what}");
        let connection = id(&post(
            in_alpha("connections"),
            json!({"name": format!("{MARK} connection"), "app": "sandbox-key", "type": "API_KEY",
                "value": {"api_key": "x"}, "verify": false}),
        )
        .await);
        let flow = id(&post(
            in_alpha("flows"),
            json!({"name": format!("{MARK} flow"), "draft": document(&connection)}),
        )
        .await);
        let alpha_key = id(&post(
            in_alpha("keys"),
            json!({"name": format!("{MARK} key"), "scope": "read"}),
        )
        .await);
        let (_, member) = server.join(&owner, &alpha, MARK, "viewer").await;
        Self {
            strangers: vec![
                stranger,
                Caller::Key(key["key"].as_str().expect("a key").to_owned()),
            ],
            things: vec![
                ("connections", connection),
                ("flows", flow),
                ("keys", alpha_key),
                ("members", member),
                ("projects", alpha.clone()),
            ],
            server,
            owner,
            alpha,
            beta,
        }
    }

    fn thing(&self, collection: &str) -> &str {
        self.things
            .iter()
            .find(|(name, _)| *name == collection)
            .map_or("run_06h0gx9jh9s5f0kwpbqjgwapp0", |(_, id)| id)
    }

    /// All there is to see in the first project.
    async fn seen(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for what in [
            "connections?limit=100",
            "connections?limit=100&deleted=true",
            "flows?limit=100",
            "runs?limit=100",
            "keys?limit=100",
            "members?limit=100",
            "oauth-clients?limit=100",
            "audit?limit=100",
        ] {
            let path = format!("/api/v1/projects/{}/{what}", self.alpha);
            let answer = self
                .server
                .call(Method::GET, &path, &self.owner, None)
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{what}: {:?}", answer.body);
            seen.push(answer.body);
        }
        seen
    }
}

fn document(connection: &str) -> Value {
    json!({"schema": 1, "trigger": {"kind": "manual"}, "steps": [
        {"id": "call", "kind": "http", "connection": {"$connection": connection},
         "input": {"method": "GET", "url": "/me"}}]})
}

/// Numbers that look random and are the same each time (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

#[tokio::test]
async fn s11_nothing_a_stranger_sends_changes_or_shows_another_project() {
    let world = Projects::start().await;
    let before = world.seen().await;
    let connection = world.thing("connections");
    let bodies = [
        json!({}),
        json!({"name": "taken over"}),
        json!({"owner": world.thing("members")}),
        json!({"with": connection}),
        json!({"role": "viewer"}),
        json!({"app": "sandbox-oauth", "reconnect": connection}),
        json!({"value": {"api_key": "z"}, "verify": false}),
        json!({"name": "mine", "draft": document(connection)}),
        json!({"input": {}}),
        json!({"from": "start"}),
        json!({"clientId": "mine"}),
    ];
    let operations: Vec<_> = operations()
        .into_iter()
        // Signing in and out is about the caller, and streams have no end.
        .filter(|(_, path)| !path.contains("/auth/") && !path.ends_with("/events"))
        .collect();
    let mut dice = Dice(0x5eed);
    for _ in 0..3_000 {
        let (method, pattern) = dice.of(&operations);
        let own = dice.below(2) == 0;
        let mut before_it = "";
        let path = pattern
            .split('/')
            .map(|part| {
                let filled = match (part, before_it) {
                    ("{project}" | "{p}", _) if own => world.beta.as_str(),
                    (part, collection) if part.starts_with('{') => world.thing(collection),
                    (part, _) => part,
                };
                before_it = part;
                filled
            })
            .collect::<Vec<_>>()
            .join("/");
        let itself = format!("/api/v1/projects/{}", world.beta);
        if path == itself && *method == Method::DELETE {
            continue;
        }
        let caller = dice.of(&world.strangers).clone();
        let body = matches!(*method, Method::POST | Method::PUT | Method::PATCH)
            .then(|| dice.of(&bodies).clone());
        let answer = world
            .server
            .call(method.clone(), &path, &caller, body.clone())
            .await;
        let shown = answer.body.to_string();
        assert!(!shown.contains(MARK), "{method} {path} {body:?}: {shown}");
    }
    assert_eq!(before, world.seen().await);
}

#[tokio::test]
async fn s10_a_foreign_connection_in_a_flow_is_one_that_is_not_there() {
    let world = Projects::start().await;
    let connection = world.thing("connections");
    let flows = format!("/api/v1/projects/{}/flows", world.beta);
    let stranger = &world.strangers[0];
    let made = world
        .server
        .call(
            Method::POST,
            &flows,
            stranger,
            Some(json!({"name": "Imported", "draft": document(connection)})),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let problems = made.body["problems"].to_string();
    assert!(problems.contains("CONNECTION_UNKNOWN"), "{problems}");
    assert!(!made.body.to_string().contains(MARK));
    let flow = made.body["id"].as_str().expect("an id");
    let published = world
        .server
        .call(
            Method::POST,
            &format!("{flows}/{flow}/publish"),
            stranger,
            None,
        )
        .await;
    assert_eq!(published.code(), "FLOW_INVALID", "{:?}", published.body);
    // It counts as a use of nothing.
    let usage = format!(
        "/api/v1/projects/{}/connections/{connection}/usage",
        world.alpha
    );
    let usage = world
        .server
        .call(Method::GET, &usage, &world.owner, None)
        .await;
    let flows = usage.body["flows"].as_array().expect("a list");
    assert!(
        flows.iter().all(|used| used["id"] != *flow),
        "{:?}",
        usage.body
    );
}
