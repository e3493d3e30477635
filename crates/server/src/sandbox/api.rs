//! The API that the sandbox apps call: who am I, contacts, messages.

use std::collections::VecDeque;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::grants::same;
use super::token::basic;
use super::{ACCOUNTS, API_KEY, Account, BASIC, Sandbox};

/// Records of one kind that are kept over all accounts.
const KEPT: usize = 1_000;
/// Longest text taken, in characters.
const LONGEST: usize = 10_000;

struct Record {
    account: &'static str,
    /// `Idempotency-Key` of the request that made it.
    key: Option<String>,
    value: Value,
}

/// Everything the API has stored, newest last.
pub(super) struct Records {
    contacts: VecDeque<Record>,
    messages: VecDeque<Record>,
    last_id: u64,
}

impl Default for Records {
    /// Ids begin at the time, so that a flow that asks for new records takes none for one from before a restart.
    fn default() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            contacts: VecDeque::new(),
            messages: VecDeque::new(),
            last_id: since_epoch.map_or(0, |time| time.as_secs()),
        }
    }
}

impl Records {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

fn keep(records: &mut VecDeque<Record>, record: Record) {
    if records.len() >= KEPT {
        records.pop_front();
    }
    records.push_back(record);
}

/// The record that an earlier request with the same key made, so that a repeat makes no second one.
fn repeated(records: &VecDeque<Record>, account: &Account, key: Option<&str>) -> Option<Value> {
    let key = key?;
    records
        .iter()
        .find(|record| record.account == account.id && record.key.as_deref() == Some(key))
        .map(|record| record.value.clone())
}

fn of_account(records: &VecDeque<Record>, account: &Account) -> Vec<Value> {
    let own = records.iter().filter(|record| record.account == account.id);
    own.map(|record| record.value.clone()).collect()
}

/// Whoever the request comes from: by Bearer token, API key or basic authentication.
pub(super) struct Caller(&'static Account);

impl FromRequestParts<Sandbox> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Response> {
        let (account, may_write) = caller(&parts.headers, sandbox).ok_or_else(|| {
            let message = "The token, key or password is missing, wrong or expired.";
            challenge(StatusCode::UNAUTHORIZED, "invalid_token", message)
        })?;
        if parts.method != Method::GET && !may_write {
            // RFC 6750 §3.1
            let message = "The token was not granted the scope write.";
            return Err(challenge(
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                message,
            ));
        }
        Ok(Self(account))
    }
}

/// The account, and whether it may change something this way.
fn caller(headers: &HeaderMap, sandbox: &Sandbox) -> Option<(&'static Account, bool)> {
    if let Some(key) = headers.get("x-api-key") {
        return same(key.to_str().ok()?, API_KEY).then_some((&ACCOUNTS[0], true));
    }
    if let Some((username, password)) = basic(headers) {
        return (same(&username, BASIC.0) & same(&password, BASIC.1))
            .then_some((&ACCOUNTS[2], true));
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut grants = sandbox.grants();
    let (account, scope) = grants.access(token.trim(), Instant::now())?;
    Some((account, scope.split(' ').any(|granted| granted == "write")))
}

fn challenge(status: StatusCode, error: &str, message: &str) -> Response {
    let value = format!("Bearer realm=\"sandbox\", error=\"{error}\"");
    (
        status,
        [(header::WWW_AUTHENTICATE, value)],
        Json(json!({ "error": message })),
    )
        .into_response()
}

/// `GET /api/me`.
pub(super) async fn me(Caller(account): Caller) -> Json<Value> {
    Json(json!({ "id": account.id, "email": account.email, "name": account.name }))
}

/// A contact as it is sent in.
#[derive(Deserialize)]
pub(super) struct NewContact {
    name: String,
    #[serde(default)]
    email: Option<String>,
}

/// `GET /api/contacts`: two that everybody has, then one's own.
pub(super) async fn contact_list(
    Caller(account): Caller,
    State(sandbox): State<Sandbox>,
) -> Json<Value> {
    let mut contacts = vec![
        json!({ "id": "contact_ada", "name": "Ada Lovelace", "email": "ada@sandbox.example" }),
        json!({ "id": "contact_grace", "name": "Grace Hopper", "email": "grace@sandbox.example" }),
    ];
    contacts.extend(of_account(&sandbox.records().contacts, account));
    Json(json!({ "contacts": contacts }))
}

/// `POST /api/contacts` with `{"name", "email"?}`.
pub(super) async fn contact_create(
    Caller(account): Caller,
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Result<Json<NewContact>, JsonRejection>,
) -> Response {
    let Json(contact) = match body {
        Ok(contact) => contact,
        Err(why) => return unfit(&why.body_text()),
    };
    if !fits(&contact.name) {
        return unfit("name must have 1 to 10000 characters");
    }
    let mut records = sandbox.records();
    let key = idempotency_key(&headers);
    if let Some(value) = repeated(&records.contacts, account, key.as_deref()) {
        return (StatusCode::CREATED, Json(value)).into_response();
    }
    let id = format!("contact_{}", records.next_id());
    let value = json!({ "id": id, "name": contact.name, "email": contact.email });
    keep(
        &mut records.contacts,
        Record {
            account: account.id,
            key,
            value: value.clone(),
        },
    );
    (StatusCode::CREATED, Json(value)).into_response()
}

/// A message as it is sent in.
#[derive(Deserialize)]
pub(super) struct NewMessage {
    #[serde(default)]
    to: Option<String>,
    text: String,
}

/// `GET /api/messages`: those sent by this account.
pub(super) async fn message_list(
    Caller(account): Caller,
    State(sandbox): State<Sandbox>,
) -> Json<Value> {
    Json(json!({ "messages": of_account(&sandbox.records().messages, account) }))
}

/// `POST /api/messages` with `{"to"?, "text"}`.
pub(super) async fn message_create(
    Caller(account): Caller,
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Response {
    let Json(message) = match body {
        Ok(message) => message,
        Err(why) => return unfit(&why.body_text()),
    };
    if !fits(&message.text) {
        return unfit("text must have 1 to 10000 characters");
    }
    let mut records = sandbox.records();
    let key = idempotency_key(&headers);
    if let Some(value) = repeated(&records.messages, account, key.as_deref()) {
        return (StatusCode::CREATED, Json(value)).into_response();
    }
    let id = format!("message_{}", records.next_id());
    let value = json!({ "id": id, "from": account.email, "to": message.to, "text": message.text });
    keep(
        &mut records.messages,
        Record {
            account: account.id,
            key,
            value: value.clone(),
        },
    );
    (StatusCode::CREATED, Json(value)).into_response()
}

fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    headers
        .get("idempotency-key")?
        .to_str()
        .ok()
        .map(str::to_owned)
}

fn fits(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST
}

fn unfit(message: &str) -> Response {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        Json(json!({ "error": message })),
    )
        .into_response()
}
