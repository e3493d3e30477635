//! What an attempt remembers of the OAuth client it was begun with, so that a change in between cannot send a code to
//! another endpoint (RFC 9700 §4.4).

use patchbay_catalog::Endpoints;
use serde::{Deserialize, Serialize};

use crate::oauth::Client;

#[derive(Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub(super) client_id: String,
    pub(super) authorize_url: Option<String>,
    pub(super) token_url: Option<String>,
    pub(super) refresh_url: Option<String>,
    pub(super) revoke_url: Option<String>,
    /// What `iss` must be when it is there (RFC 9207 §2.4).
    pub(super) issuer: Option<String>,
    /// What was asked for; granted when the answer does not say (RFC 6749 §5.1).
    pub(super) scopes: Vec<String>,
    pub(super) tls12: bool,
    /// The temporary token of OAuth 1.0a, which the redirect must name (RFC 5849 §2.2).
    #[serde(default)]
    pub(super) oauth1_token: Option<String>,
}

impl Snapshot {
    pub(super) fn new(client: &Client, issuer: Option<String>, scopes: Vec<String>) -> Self {
        Self {
            client_id: client.id.clone(),
            authorize_url: client.endpoints.authorize_url.clone(),
            token_url: client.endpoints.token_url.clone(),
            refresh_url: client.endpoints.refresh_url.clone(),
            revoke_url: client.endpoints.revoke_url.clone(),
            issuer,
            scopes,
            tls12: client.tls12,
            oauth1_token: None,
        }
    }

    pub(super) fn endpoints(&self) -> Endpoints {
        Endpoints {
            authorize_url: self.authorize_url.clone(),
            token_url: self.token_url.clone(),
            refresh_url: self.refresh_url.clone(),
            revoke_url: self.revoke_url.clone(),
        }
    }
}
