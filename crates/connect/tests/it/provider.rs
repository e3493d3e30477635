//! A provider on loopback: a token endpoint and an API, and a raw socket for those that misbehave.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Match, Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

/// What the provider knows.
#[derive(Default)]
struct Known {
    token_answer: Option<ResponseTemplate>,
    me_answer: Option<ResponseTemplate>,
    account: Option<String>,
    issued: usize,
}

/// The provider of the app `acme`.
pub(crate) struct Provider {
    pub(crate) server: MockServer,
    known: Arc<Mutex<Known>>,
    token_calls: Arc<AtomicUsize>,
}

struct TokenEndpoint(Arc<Mutex<Known>>, Arc<AtomicUsize>);

impl Respond for TokenEndpoint {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.1.fetch_add(1, Ordering::SeqCst);
        let mut known = self.0.lock().expect("the provider's state");
        if let Some(answer) = &known.token_answer {
            return answer.clone();
        }
        let body = String::from_utf8_lossy(&request.body);
        let form: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(body.as_bytes())
                .into_owned()
                .collect();
        let good = match form.get("grant_type").map(String::as_str) {
            Some("authorization_code") => {
                form.get("code").is_some_and(|code| code == "good-code")
                    && form
                        .get("code_verifier")
                        .is_some_and(|verifier| verifier.len() >= 43)
            }
            Some("refresh_token") => form
                .get("refresh_token")
                .is_some_and(|token| token.starts_with("refresh-")),
            Some("client_credentials") => true,
            _ => false,
        };
        if !good
            || form
                .get("client_secret")
                .is_some_and(|secret| secret == "wrong-secret")
        {
            let error = if good {
                "invalid_client"
            } else {
                "invalid_grant"
            };
            return ResponseTemplate::new(400)
                .set_body_json(json!({ "error": error, "error_description": "not this" }));
        }
        known.issued += 1;
        let n = known.issued;
        ResponseTemplate::new(200).set_body_json(json!({
            "access_token": format!("access-{n}-canary-5e0c1f"),
            "refresh_token": format!("refresh-{n}-canary-77aa21"),
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "read write",
        }))
    }
}

struct Me(Arc<Mutex<Known>>);

impl Respond for Me {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let known = self.0.lock().expect("the provider's state");
        if let Some(answer) = &known.me_answer {
            return answer.clone();
        }
        let auth = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let known_credential = auth.starts_with("Bearer access-")
            || auth == "Bearer key-canary-0123456789"
            || auth == "Basic YW5hOnBhc3MtY2FuYXJ5LTk5MQ=="
            || auth == "Bearer key-second-0123456789";
        if !known_credential {
            // Some providers repeat the credential in their error.
            return ResponseTemplate::new(401)
                .set_body_json(json!({ "error": format!("bad credential {auth}") }));
        }
        let account = known.account.clone().unwrap_or_else(|| "ana".to_owned());
        ResponseTemplate::new(200)
            .set_body_json(json!({ "id": account, "email": format!("{account}@example.com") }))
    }
}

struct Anything;

impl Match for Anything {
    fn matches(&self, _: &Request) -> bool {
        true
    }
}

impl Provider {
    pub(crate) async fn new() -> Self {
        let server = MockServer::start().await;
        let known = Arc::new(Mutex::new(Known::default()));
        let token_calls = Arc::new(AtomicUsize::new(0));
        let token = TokenEndpoint(Arc::clone(&known), Arc::clone(&token_calls));
        Mock::given(method("POST"))
            .and(path("/token"))
            .respond_with(token)
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .and(path("/revoke"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        Mock::given(method("GET"))
            .and(path("/api/me"))
            .respond_with(Me(Arc::clone(&known)))
            .mount(&server)
            .await;
        Mock::given(Anything)
            .respond_with(ResponseTemplate::new(404))
            .mount(&server)
            .await;
        Self {
            server,
            known,
            token_calls,
        }
    }

    pub(crate) fn host(&self) -> String {
        self.server.address().to_string()
    }

    pub(crate) fn token_calls(&self) -> usize {
        self.token_calls.load(Ordering::SeqCst)
    }

    /// Answers a path in a way of its own.
    pub(crate) async fn answers(&self, verb: &str, at: &str, answer: impl Respond + 'static) {
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(answer)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// What was sent to a path, in order.
    pub(crate) async fn sent_to(&self, wanted: &str) -> Vec<Request> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let of_path = |request: &Request| request.url.path() == wanted;
        requests.into_iter().filter(of_path).collect()
    }

    pub(crate) fn token_answers(&self, answer: ResponseTemplate) {
        self.known
            .lock()
            .expect("the provider's state")
            .token_answer = Some(answer);
    }

    pub(crate) fn me_answers(&self, answer: ResponseTemplate) {
        self.known.lock().expect("the provider's state").me_answer = Some(answer);
    }

    pub(crate) fn signs_in_as(&self, account: &str) {
        self.known.lock().expect("the provider's state").account = Some(account.to_owned());
    }

    pub(crate) async fn calls_to(&self, wanted: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap_or_default();
        requests
            .iter()
            .filter(|request| request.url.path() == wanted)
            .count()
    }
}

/// How a server misbehaves.
#[derive(Clone, Copy)]
pub(crate) enum Misbehaviour {
    /// Sends a body without end.
    Endless,
    /// Accepts and says nothing.
    Silent,
    /// Closes in the middle of its answer.
    CutOff,
    /// Speaks no HTTP.
    Garbage,
}

/// A server that misbehaves, at an address of its own; it ends with the test's runtime.
pub(crate) async fn misbehaving(how: Misbehaviour) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0_u8; 4096];
                let _ = socket.read(&mut request).await;
                match how {
                    Misbehaviour::Endless => {
                        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10737418240\r\n\r\n";
                        let _ = socket.write_all(head).await;
                        let spaces = vec![b' '; 65536];
                        while socket.write_all(&spaces).await.is_ok() {}
                    }
                    Misbehaviour::Silent => std::future::pending::<()>().await,
                    Misbehaviour::CutOff => {
                        let _ = socket
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"acc")
                            .await;
                    }
                    Misbehaviour::Garbage => {
                        let _ = socket.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
                    }
                }
            });
        }
    });
    address
}
