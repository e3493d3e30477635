//! A sign-in as another account, held back until the person chooses. Its credential is sealed meanwhile.

use patchbay_model::{AccountIdentity, AuthMethodKind, ConnectionStatus, StatusReason, Timestamp};
use patchbay_store::{
    StoreError,
    connect_sessions::{ConnectSessionRow, SessionOutcome, SessionState, session_settle},
    connections::Grant,
};
use patchbay_vault::SecretMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ConnectResult, Connector, credential::part, save::SignIn, secrets::Place};

/// A grant as JSON.
#[derive(Serialize, Deserialize)]
struct Held {
    auth_method: String,
    kind: AuthMethodKind,
    status: ConnectionStatus,
    status_reason: Option<StatusReason>,
    expires_at: Option<Timestamp>,
    refreshable: bool,
    next_refresh_at: Option<Timestamp>,
    account: AccountIdentity,
    previous: AccountIdentity,
    scopes: Vec<String>,
    hosts: Vec<String>,
    settings: Map<String, Value>,
}

/// The field of a session that holds the credential.
const FIELD: &str = "held_secret";

/// The account the connection had before, of an attempt that is held.
pub(super) fn previous_account(row: &ConnectSessionRow) -> Option<AccountIdentity> {
    serde_json::from_value(row.held.as_ref()?.get("previous")?.clone()).ok()
}

impl Connector {
    pub(super) async fn session_hold(
        &self,
        row: &ConnectSessionRow,
        previous: &AccountIdentity,
        sign_in: SignIn,
    ) -> ConnectResult<()> {
        let grant = sign_in.grant;
        let account = grant.account.clone();
        let held = Held {
            auth_method: grant.auth_method,
            kind: grant.kind,
            status: grant.status,
            status_reason: grant.status_reason,
            expires_at: grant.expires_at,
            refreshable: grant.refreshable,
            next_refresh_at: grant.next_refresh_at,
            account: grant.account,
            previous: previous.clone(),
            scopes: grant.scopes,
            hosts: grant.hosts,
            settings: grant.settings,
        };
        // Field names are unique across the parts, so one record holds them all.
        let fields: SecretMap = sign_in
            .parts
            .iter()
            .flat_map(|(_, fields)| fields.iter())
            .map(|(name, secret)| (name.to_owned(), secret.duplicate()))
            .collect();
        let place = Place::session(&row.project, row.id.as_str(), FIELD);
        let sealed = self.inner.secrets.seal(place, &fields).await?;
        let held = serde_json::to_value(held).map_err(|_| unreadable())?;
        let outcome = SessionOutcome {
            account: Some(account),
            held: Some((held, sealed)),
            ..SessionOutcome::plain(SessionState::DifferentAccount)
        };
        let tx = self.store().begin().await?;
        session_settle(
            &*tx,
            &row.project,
            &row.id,
            &[SessionState::Exchanging],
            &outcome,
            Timestamp::now(),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What was held back.
    pub(super) async fn session_held(&self, row: &ConnectSessionRow) -> ConnectResult<SignIn> {
        let (Some(held), Some(sealed)) = (&row.held, &row.held_secret) else {
            return Err(unreadable().into());
        };
        let held: Held = serde_json::from_value(held.clone()).map_err(|_| unreadable())?;
        let place = Place::session(&row.project, row.id.as_str(), FIELD);
        let mut fields = self.inner.secrets.open(place, sealed).await?;
        let refresh = fields.remove("refresh_token");
        let mut parts = vec![(part::ACCESS, fields)];
        if let Some(token) = refresh {
            let refresh = SecretMap::from_iter([("refresh_token".to_owned(), token)]);
            parts.push((part::REFRESH, refresh));
        }
        Ok(SignIn {
            grant: Grant {
                auth_method: held.auth_method,
                kind: held.kind,
                status: held.status,
                status_reason: held.status_reason,
                expires_at: held.expires_at,
                refreshable: held.refreshable,
                next_refresh_at: held.next_refresh_at,
                account: held.account,
                scopes: held.scopes,
                hosts: held.hosts,
                settings: held.settings,
                hint: None,
            },
            parts,
        })
    }
}

fn unreadable() -> StoreError {
    StoreError::Corrupt {
        table: "connect_sessions",
        what: "held".to_owned(),
    }
}
