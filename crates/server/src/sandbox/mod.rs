//! The provider behind the three sandbox apps: an authorization server and an API of its own, so that
//! every way of connecting can be tried without an account anywhere.
//!
//! It is an ordinary provider as far as the rest of Patchbay is concerned: reached over HTTP, through
//! egress, knowing nothing of connections. All of it lives in memory and is gone at the end. Its
//! credentials are fixed and public, so it belongs on loopback only.

mod api;
mod authorize;
mod grants;
mod page;
mod token;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use self::api::Records;
use self::grants::Grants;

/// Where the sandbox listens: the address that the manifests of the sandbox apps name.
pub const LISTEN: &str = "127.0.0.1:8701";
/// The issuer it names in authorization responses (RFC 9207).
pub const ISSUER: &str = "http://127.0.0.1:8701";
/// Slug of the app that is connected by OAuth; its redirect URI is the only one accepted.
pub const OAUTH_APP: &str = "sandbox-oauth";
/// The OAuth client registered here.
pub const CLIENT_ID: &str = "patchbay-sandbox";
/// Its secret. Public: the sandbox guards nothing.
pub const CLIENT_SECRET: &str = "sandbox-secret";
/// The API key that the API accepts in `X-Api-Key`.
pub const API_KEY: &str = "sandbox-key-0000000000000001";
/// User name and password that the API accepts.
pub const BASIC: (&str, &str) = ("sandbox", "sandbox");

/// Largest request body in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Somebody who can sign in at the sandbox.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    id: &'static str,
    email: &'static str,
    name: &'static str,
}

/// Who can be chosen on the consent page; the key stands for the first, basic for the last.
static ACCOUNTS: [Account; 3] = [
    Account {
        id: "acct_ana",
        email: "ana@sandbox.example",
        name: "Ana",
    },
    Account {
        id: "acct_bob",
        email: "bob@sandbox.example",
        name: "Bob",
    },
    Account {
        id: "acct_service",
        email: "service@sandbox.example",
        name: "Service account",
    },
];

#[derive(Clone)]
struct Sandbox(Arc<Shared>);

struct Shared {
    /// The one redirect URI that codes are sent to.
    redirect_uri: String,
    /// Origin of that URI, for the consent page's `form-action`.
    redirect_origin: String,
    grants: Mutex<Grants>,
    records: Mutex<Records>,
}

impl Sandbox {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        // Every change is a single step, so what a panicking thread left behind is consistent.
        self.0.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0
            .records
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sandbox provider, with an empty memory.
///
/// `public_url` is Patchbay's own public URL (no trailing slash): codes are only ever sent to
/// `{public_url}/oauth/callback/sandbox-oauth`.
pub fn router(public_url: &str) -> Router {
    let public_url = public_url.trim_end_matches('/');
    let sandbox = Sandbox(Arc::new(Shared {
        redirect_uri: format!("{public_url}/oauth/callback/{OAUTH_APP}"),
        redirect_origin: origin(public_url),
        grants: Mutex::default(),
        records: Mutex::default(),
    }));
    Router::new()
        .route("/", get(page::about))
        .route(
            "/oauth/authorize",
            get(authorize::ask).post(authorize::answer),
        )
        .route("/oauth/token", post(token::token))
        .route("/oauth/revoke", post(token::revoke))
        .route("/api/me", get(api::me))
        .route(
            "/api/contacts",
            get(api::contact_list).post(api::contact_create),
        )
        .route(
            "/api/messages",
            get(api::message_list).post(api::message_create),
        )
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(sandbox)
}

fn origin(url: &str) -> String {
    url::Url::parse(url)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}
