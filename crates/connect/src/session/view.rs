//! An attempt as the person who waits sees it.

use patchbay_model::{AccountIdentity, Actor, ConnectSessionId, Timestamp};
use patchbay_store::connect_sessions::{SessionOutcome, SessionState};
use serde::{Deserialize, Serialize};

use super::held::previous_account;
use crate::{ConnectResult, Connector, manage::ConnectionView};

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionError {
    /// A word to act on.
    pub code: String,
    /// A sentence to read.
    pub message: String,
    /// What the provider said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_error: Option<String>,
}

impl SessionError {
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: crate::error::sentence(message),
            provider_error: None,
        }
    }

    pub(super) fn provider(mut self, words: Option<String>) -> Self {
        self.provider_error = words;
        self
    }

    pub(super) fn outcome(&self) -> SessionOutcome {
        SessionOutcome {
            error: serde_json::to_value(self).ok(),
            ..SessionOutcome::plain(SessionState::Failed)
        }
    }
}

/// An attempt.
#[derive(Debug, Clone)]
pub struct ConnectSessionView {
    /// Its id.
    pub id: ConnectSessionId,
    /// Slug of the app.
    pub app: String,
    /// How it is.
    pub state: SessionState,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The connection that came of it.
    pub connection: Option<ConnectionView>,
    /// Why it failed.
    pub error: Option<SessionError>,
    /// The account that signed in.
    pub account: Option<AccountIdentity>,
    /// The account the connection had, when another one signed in.
    pub previous_account: Option<AccountIdentity>,
    /// Where a full-page sign-in goes back to.
    pub return_to: Option<String>,
}

impl Connector {
    /// How an attempt stands.
    pub async fn session_view(
        &self,
        actor: &Actor,
        id: &ConnectSessionId,
    ) -> ConnectResult<ConnectSessionView> {
        let row = self.session_own(actor, id).await?;
        let over = !row.state.ended() && row.expires_at <= Timestamp::now();
        let connection = match &row.connection {
            Some(connection) if row.state == SessionState::Connected => {
                match self.row(&row.project, connection).await {
                    Ok(found) => Some(self.connection_view(actor, found).await?),
                    Err(_) => None,
                }
            }
            _ => None,
        };
        Ok(ConnectSessionView {
            previous_account: previous_account(&row),
            error: row
                .error
                .and_then(|error| serde_json::from_value(error).ok()),
            id: row.id,
            app: row.app,
            state: if over {
                SessionState::Expired
            } else {
                row.state
            },
            expires_at: row.expires_at,
            connection,
            account: row.account,
            return_to: row.return_to,
        })
    }
}
