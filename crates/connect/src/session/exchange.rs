//! From a code to a connection.

use patchbay_catalog::{App, AuthMethod, ConnectionFacts, Grant as Ask, OAuth, Settings};
use patchbay_model::{
    AccountIdentity, Actor, AuthMethodKind, ConnectionId, Problem, Right, Timestamp,
};
use patchbay_store::{
    StoreError, Tx,
    connect_sessions::{ConnectSessionRow, SessionOutcome, SessionState, session_settle},
    connections::Grant,
};
use patchbay_vault::{Secret, SecretMap};

use super::{callback::Brought, snapshot::Snapshot, view::SessionError};
use crate::{
    ConnectResult, Connector,
    credential::part,
    forms::{access_fields, nobody},
    oauth::{Client, Granted, SECRET_FIELD, TokenError, TokenErrorClass},
    refresh::next_renewal_at,
    save::{Also, SignIn, Wanted, fresh_status},
    secrets::Place,
    verify::{Candidate, RejectionReason},
};

/// Ends the attempt in the write unit that stores the connection: neither is there without the other.
pub(super) struct EndsSession<'a> {
    pub(super) row: &'a ConnectSessionRow,
    pub(super) from: SessionState,
    pub(super) account: &'a AccountIdentity,
}

impl Also for EndsSession<'_> {
    async fn also(
        &self,
        tx: &Tx,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> ConnectResult<bool> {
        let outcome = SessionOutcome {
            account: Some(self.account.clone()),
            connection: Some(connection.clone()),
            ..SessionOutcome::plain(SessionState::Connected)
        };
        let row = self.row;
        Ok(session_settle(&**tx, &row.project, &row.id, &[self.from], &outcome, now).await?)
    }
}

/// What OAuth 1.0a grants: it lasts until it is withdrawn.
fn lasting(access: SecretMap, keep: Settings) -> (SecretMap, Granted) {
    let granted = Granted {
        access_token: Secret::new(""),
        refresh_token: None,
        tokens: Vec::new(),
        expires_at: None,
        lifetime: None,
        scopes: None,
        keep,
    };
    (access, granted)
}

pub(super) fn snapshot_read(row: &ConnectSessionRow) -> ConnectResult<Snapshot> {
    serde_json::from_value(row.snapshot.clone()).map_err(|_| {
        StoreError::Corrupt {
            table: "connect_sessions",
            what: "snapshot".to_owned(),
        }
        .into()
    })
}

impl Connector {
    /// Exchanges the code and ends the attempt, whatever happens.
    pub(super) async fn session_exchange(
        &self,
        actor: Actor,
        mut row: ConnectSessionRow,
        brought: Brought,
    ) {
        row.settings.extend(brought.kept);
        let outcome = self.exchanged(&actor, &row, &brought.code).await;
        let ended = match outcome {
            Ok(None) => {
                self.session_changed(&row.id);
                return;
            }
            Ok(Some(error)) => self.session_fail(&row, error).await,
            Err(error) => {
                tracing::warn!(session = %row.id, %error, "connecting failed");
                let problem = Problem::from(error);
                let error =
                    SessionError::new(&problem.code.as_str().to_lowercase(), &problem.message);
                self.session_fail(&row, error).await
            }
        };
        if let Err(error) = ended {
            tracing::error!(session = %row.id, %error, "the end of a connect session was not stored");
        }
    }

    async fn exchanged(
        &self,
        actor: &Actor,
        row: &ConnectSessionRow,
        code: &str,
    ) -> ConnectResult<Option<SessionError>> {
        actor.require(Right::ConnectionCreate)?;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        let snapshot = snapshot_read(row)?;
        let client = self.session_client(row, &snapshot).await?;
        let verifier = self
            .session_secret(row, "verifier", row.verifier.as_deref())
            .await?
            .unwrap_or_else(|| Secret::new(""));
        if method.kind == AuthMethodKind::OAuth1 {
            let temporary = snapshot.oauth1_token.as_deref().unwrap_or_default();
            let finished = self
                .oauth1_finish(
                    &app,
                    method,
                    &client,
                    &row.settings,
                    (temporary, &verifier),
                    code,
                )
                .await;
            let granted = finished.map(|(access, keep)| lasting(access, keep));
            return self
                .connected(actor, row, &app, method, &snapshot, granted)
                .await;
        }
        let redirect_uri = self.redirect_uri(&app.slug);
        let ask = Ask::Code {
            code,
            redirect_uri: &redirect_uri,
            verifier: verifier.expose(),
        };
        let context = client.context(&row.settings);
        let granted = self
            .token_ask(&app, method, &context, &ask, client.tls12)
            .await
            .map(|granted| (access_fields(&granted), granted));
        self.connected(actor, row, &app, method, &snapshot, granted)
            .await
    }

    /// Makes a connection, or the fresh credential of one, of what was granted: what is sent, and the rest of it.
    async fn connected(
        &self,
        actor: &Actor,
        row: &ConnectSessionRow,
        app: &App,
        method: &AuthMethod,
        snapshot: &Snapshot,
        granted: Result<(SecretMap, Granted), TokenError>,
    ) -> ConnectResult<Option<SessionError>> {
        let (access, granted) = match granted {
            Ok(granted) => granted,
            Err(error) => {
                let code = match error.class {
                    TokenErrorClass::Permanent => "provider_refused",
                    TokenErrorClass::App => "app_misconfigured",
                    TokenErrorClass::NotSent => "host_unreachable",
                    TokenErrorClass::Throttled(_) | TokenErrorClass::Uncertain => "provider_down",
                    TokenErrorClass::Malformed => "unexpected_answer",
                };
                return Ok(Some(
                    SessionError::new(code, &error.message).provider(error.provider),
                ));
            }
        };
        let sign_in = match self
            .session_signed_in(row, app, method, snapshot, access, granted)
            .await?
        {
            Ok(sign_in) => sign_in,
            Err(error) => return Ok(Some(error)),
        };
        let account = sign_in.grant.account.clone();
        if let Some(id) = &row.reconnect {
            let target = self.row_managed(actor, id).await?;
            if target.account.differs_from(&account) {
                self.session_hold(row, &target.account, sign_in).await?;
                return Ok(None);
            }
            let also = EndsSession {
                row,
                from: SessionState::Exchanging,
                account: &account,
            };
            self.save_reconnect(actor, &row.project, id, &sign_in, &also)
                .await?;
            return Ok(None);
        }
        self.session_save_new(actor, row, &sign_in, SessionState::Exchanging)
            .await?;
        Ok(None)
    }

    /// Saves a new connection and ends the attempt; nothing is saved when somebody cancelled it meanwhile.
    pub(super) async fn session_save_new(
        &self,
        actor: &Actor,
        row: &ConnectSessionRow,
        sign_in: &SignIn,
        from: SessionState,
    ) -> ConnectResult<()> {
        let account = &sign_in.grant.account;
        let app = self.app(&row.app)?;
        let suggested = match &account.label {
            Some(label) => format!("{} – {label}", app.name),
            None => app.name.clone(),
        };
        let wanted = Wanted {
            project: &row.project,
            app: &row.app,
            name: row.name.as_deref().unwrap_or(&suggested),
            owner: &row.user,
            visibility: row.visibility,
        };
        let also = EndsSession { row, from, account };
        self.save_new_named_freely(actor, &wanted, sign_in, &also)
            .await?;
        Ok(())
    }

    async fn session_client(
        &self,
        row: &ConnectSessionRow,
        snapshot: &Snapshot,
    ) -> ConnectResult<Client> {
        Ok(Client {
            id: snapshot.client_id.clone(),
            secret: self
                .session_secret(row, SECRET_FIELD, row.client_secret.as_deref())
                .await?,
            endpoints: snapshot.endpoints(),
            scopes: None,
            issuer: snapshot.issuer.clone(),
            tls12: snapshot.tls12,
        })
    }

    pub(super) async fn session_secret(
        &self,
        row: &ConnectSessionRow,
        field: &'static str,
        sealed: Option<&[u8]>,
    ) -> ConnectResult<Option<Secret>> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let place = Place::session(&row.project, row.id.as_str(), field);
        Ok(self.inner.secrets.open(place, sealed).await?.remove(field))
    }

    /// Checks a token and makes of it what is stored. The inner error ends the attempt.
    async fn session_signed_in(
        &self,
        row: &ConnectSessionRow,
        app: &App,
        method: &AuthMethod,
        snapshot: &Snapshot,
        access: SecretMap,
        granted: Granted,
    ) -> ConnectResult<Result<SignIn, SessionError>> {
        let mut settings: Settings = row.settings.clone();
        settings.extend(granted.keep.clone());
        if let Err(rejection) = self
            .discover(app, method, &mut settings, &access, snapshot.tls12)
            .await
        {
            let error = SessionError::new(rejection.reason.as_str(), &rejection.message);
            return Ok(Err(error.provider(rejection.provider)));
        }
        let hosts = app.hosts_of(method, &settings)?;
        let verdict = self
            .verify(&Candidate {
                app,
                method,
                settings: &settings,
                hosts: &hosts,
                facts: &ConnectionFacts::default(),
                secrets: &access,
                tls12: snapshot.tls12,
            })
            .await;
        let (account, verified, provider) = match verdict {
            Ok(account) => (account, true, None),
            // The person signed in well; that the API cannot be asked just now does not undo it.
            Err(rejection)
                if matches!(
                    rejection.reason,
                    RejectionReason::ProviderDown | RejectionReason::HostUnreachable
                ) =>
            {
                (nobody(), false, rejection.provider)
            }
            Err(rejection) => {
                let error = SessionError::new(rejection.reason.as_str(), &rejection.message);
                return Ok(Err(error.provider(rejection.provider)));
            }
        };
        if let Some(provider) = provider {
            tracing::info!(session = %row.id, %provider, "connected without a check");
        }
        let (status, status_reason) = fresh_status(verified);
        let by_access_token = method
            .oauth
            .as_ref()
            .is_some_and(OAuth::renews_by_access_token);
        let refreshable =
            granted.refresh_token.is_some() || (by_access_token && granted.expires_at.is_some());
        let grant = Grant {
            auth_method: method.id.clone(),
            kind: method.kind,
            status,
            status_reason,
            expires_at: granted.expires_at,
            refreshable,
            next_refresh_at: refreshable
                .then(|| next_renewal_at(by_access_token, granted.expires_at, granted.lifetime))
                .flatten(),
            account,
            scopes: granted.scopes.unwrap_or_else(|| snapshot.scopes.clone()),
            hosts: hosts.iter().map(ToString::to_string).collect(),
            settings,
            hint: None,
        };
        let mut parts = vec![(part::ACCESS, access)];
        if let Some(token) = granted.refresh_token {
            parts.push((
                part::REFRESH,
                SecretMap::from_iter([("refresh_token".to_owned(), token)]),
            ));
        }
        Ok(Ok(SignIn { grant, parts }))
    }
}
