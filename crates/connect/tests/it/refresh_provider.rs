//! A token endpoint that keeps the truth about its refresh tokens, and fails on demand at any point.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What becomes of a refresh token that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It stays, and none is returned.
    Static,
    /// A new one comes; the old one still works.
    Grace,
    /// A new one comes; the old one is refused.
    Rotates,
    /// A new one comes; whoever presents the old one ends them all.
    Strict,
}

/// How the endpoint takes one request.
#[derive(Debug, Clone)]
pub(crate) enum Take {
    /// As it should.
    Well,
    /// Acts, then closes without an answer.
    ActAndCut,
    /// Closes without acting.
    Cut,
    /// Acts, then answers when [`Tokens::release`] is called.
    ActAndHold,
    /// Answers with this and does not act.
    Say(u16, &'static str, &'static str),
}

struct Truth {
    rotation: Rotation,
    /// The refresh token that counts.
    live: Option<String>,
    spent: Vec<String>,
    issued: usize,
    plan: VecDeque<Take>,
    otherwise: Take,
    requests: usize,
    presented_spent: usize,
    revoked: Vec<String>,
    /// What the answer says besides the tokens.
    extra: Map<String, Value>,
    api_accepts: bool,
}

/// The provider of the app `rota`.
#[derive(Clone)]
pub(crate) struct Tokens {
    truth: Arc<Mutex<Truth>>,
    held: Arc<Notify>,
    arrived: Arc<Notify>,
    pub(crate) address: String,
}

impl Tokens {
    pub(crate) async fn new(rotation: Rotation) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let tokens = Self {
            truth: Arc::new(Mutex::new(Truth {
                rotation,
                live: Some("refresh-0".to_owned()),
                spent: Vec::new(),
                issued: 0,
                plan: VecDeque::new(),
                otherwise: Take::Well,
                requests: 0,
                presented_spent: 0,
                revoked: Vec::new(),
                extra: json!({ "expires_in": 3600 })
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
                api_accepts: true,
            })),
            held: Arc::new(Notify::new()),
            arrived: Arc::new(Notify::new()),
            address: listener.local_addr().expect("an address").to_string(),
        };
        let serving = tokens.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(socket).await });
            }
        });
        tokens
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().expect("the provider's state")
    }

    /// Takes the next requests so, then goes on as before.
    pub(crate) fn next(&self, takes: impl IntoIterator<Item = Take>) {
        self.truth().plan.extend(takes);
    }

    /// Takes all further requests so.
    pub(crate) fn always(&self, take: Take) {
        self.truth().otherwise = take;
    }

    /// What answers say besides the tokens.
    pub(crate) fn says(&self, extra: Value) {
        self.truth().extra = extra.as_object().cloned().unwrap_or_default();
    }

    pub(crate) fn api_refuses(&self) {
        self.truth().api_accepts = false;
    }

    /// Ends the sign-in at the provider.
    pub(crate) fn forget(&self) {
        self.truth().live = None;
    }

    pub(crate) fn requests(&self) -> usize {
        self.truth().requests
    }

    /// How often a token was presented that had been used before.
    pub(crate) fn presented_spent(&self) -> usize {
        self.truth().presented_spent
    }

    pub(crate) fn live(&self) -> Option<String> {
        self.truth().live.clone()
    }

    pub(crate) fn revoked(&self) -> Vec<String> {
        self.truth().revoked.clone()
    }

    /// Lets one held answer go.
    pub(crate) fn release(&self) {
        self.held.notify_one();
    }

    /// Until a request has come in.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    async fn serve(&self, mut socket: TcpStream) {
        let mut buffer = Vec::new();
        while let Some((head, body)) = request(&mut socket, &mut buffer).await {
            let answer = if head.starts_with("POST /token") {
                let (answer, hold) = self.token(&body);
                self.arrived.notify_one();
                if hold {
                    self.held.notified().await;
                }
                answer
            } else if head.starts_with("POST /revoke") {
                let form = form(&body);
                self.truth().revoked.extend(form.get("token").cloned());
                Some(answer(200, "", "{}"))
            } else if self.truth().api_accepts {
                Some(answer(200, "", r#"{"id":"ana"}"#))
            } else {
                Some(answer(401, "", r#"{"error":"no"}"#))
            };
            let Some(answer) = answer else { return };
            if socket.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// The answer, if there is to be one, and whether it is to be held.
    fn token(&self, body: &str) -> (Option<String>, bool) {
        let mut truth = self.truth();
        truth.requests += 1;
        let take = truth
            .plan
            .pop_front()
            .unwrap_or_else(|| truth.otherwise.clone());
        match take {
            Take::Well => (Some(truth.act(body)), false),
            Take::ActAndCut => {
                truth.act(body);
                (None, false)
            }
            Take::Cut => (None, false),
            Take::ActAndHold => (Some(truth.act(body)), true),
            Take::Say(status, headers, body) => (Some(answer(status, headers, body)), false),
        }
    }
}

impl Truth {
    fn act(&mut self, body: &str) -> String {
        let form = form(body);
        if form.get("grant_type").map(String::as_str) == Some("client_credentials") {
            return self.issue(None);
        }
        let presented = form.get("refresh_token").cloned().unwrap_or_default();
        let is_spent = self.spent.contains(&presented);
        if is_spent {
            self.presented_spent += 1;
        }
        let accepted = self.live.as_ref() == Some(&presented)
            || (is_spent && self.rotation == Rotation::Grace && self.live.is_some());
        if !accepted {
            if is_spent && self.rotation == Rotation::Strict {
                self.live = None;
            }
            return answer(
                400,
                "",
                r#"{"error":"invalid_grant","error_description":"not this one"}"#,
            );
        }
        if self.rotation == Rotation::Static {
            return self.issue(None);
        }
        self.spent.push(presented);
        let next = format!("refresh-{}", self.issued + 1);
        self.live = Some(next.clone());
        self.issue(Some(next))
    }

    fn issue(&mut self, refresh: Option<String>) -> String {
        self.issued += 1;
        let mut body = self.extra.clone();
        body.insert(
            "access_token".to_owned(),
            format!("access-{}", self.issued).into(),
        );
        body.insert("token_type".to_owned(), "Bearer".into());
        if let Some(refresh) = refresh {
            body.insert("refresh_token".to_owned(), refresh.into());
        }
        answer(200, "", &Value::Object(body).to_string())
    }
}

fn form(body: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The next request on the connection: its head and body.
async fn request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            let whole = end + 4 + length;
            if buffer.len() >= whole {
                let body = String::from_utf8_lossy(&buffer[end + 4..whole]).into_owned();
                buffer.drain(..whole);
                return Some((head, body));
            }
        }
        let mut piece = [0_u8; 8192];
        match socket.read(&mut piece).await {
            Ok(read) if read > 0 => buffer.extend_from_slice(&piece[..read]),
            _ => return None,
        }
    }
}
