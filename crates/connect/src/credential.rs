//! Handing a credential to the gateway. Status and rights are read from the database on every use: nothing granted is
//! remembered (threat S-41).

use patchbay_model::{
    Actor, AuthMethodKind, Code, ConnectionId, ConnectionStatus, Principal, Problem, ProjectId,
    Right, StatusReason, Timestamp,
};
use patchbay_store::connections::{
    ConnectionRow, StatusChange, connection_get, connection_status_set, credential_part,
};
use patchbay_vault::SecretMap;
use serde_json::json;

use crate::{
    ConnectResult, ConnectionEventKind, Connector, UseError,
    refresh::{self, Standing},
    secrets::Place,
    verify::Candidate,
};

/// The parts a credential is sealed in, so that using an access token never opens the refresh token.
pub(crate) mod part {
    /// `access_token`.
    pub(crate) const ACCESS: &str = "access";
    /// `refresh_token`.
    pub(crate) const REFRESH: &str = "refresh";
    /// What was filled into a form.
    pub(crate) const FIELDS: &str = "fields";
}

/// An opened credential, for one request.
pub struct LiveCredential {
    /// The connection, as it was read for this use.
    pub connection: ConnectionRow,
    /// The fields that the app's `attach` may name.
    pub secrets: SecretMap,
    /// Which credential this is; tell it to [`Connector::credential_refused`].
    pub generation: i64,
    /// Whether the app may be spoken to over TLS 1.2.
    pub tls12: bool,
}

/// What a credential is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A step's or a proxied request.
    Request,
    /// A drop-down of the builder.
    Options,
    /// A trigger that polls.
    Trigger,
}

pub(crate) fn not_found() -> Problem {
    Problem::new(
        Code::ConnectionNotFound,
        "There is no such connection in this project.",
    )
}

impl Connector {
    /// A credential to send one request with, renewed first if it has run out.
    ///
    /// # Errors
    /// [`UseError::Unusable`] when a person has to reconnect, [`UseError::Deleted`] when one has to restore it,
    /// [`UseError::Unavailable`] when only the renewal is failing at the moment, [`UseError::Refused`] when the actor
    /// may not use it or it is not there.
    pub async fn credential_use(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        purpose: Purpose,
    ) -> Result<LiveCredential, UseError> {
        actor
            .require(Right::ConnectionUse)
            .map_err(UseError::Refused)?;
        let row = self.row_usable(actor, id).await?;
        tracing::debug!(connection = %row.id, ?purpose, "credential used");
        let used = self.live(row).await;
        self.or_deleted(actor, id, used).await
    }

    /// What to do after the app answered 401 to a credential: a newer one to try once more with, or the news that it
    /// is broken. The same generation comes back when the app still accepts the credential, so that its 401 was about
    /// the request.
    pub async fn credential_refused(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        generation: i64,
    ) -> Result<LiveCredential, UseError> {
        let row = self.row_usable(actor, id).await?;
        let used = if row.generation > generation {
            self.live(row).await
        } else if row.refreshable && has_token(&row) {
            refresh::refused(self, &row).await
        } else {
            self.recheck(row).await
        };
        self.or_deleted(actor, id, used).await
    }

    /// A renewal only finds that its connection is gone: whether it was deleted meanwhile and may come back is asked
    /// here.
    async fn or_deleted(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        used: Result<LiveCredential, UseError>,
    ) -> Result<LiveCredential, UseError> {
        if matches!(&used, Err(UseError::Refused(problem)) if problem.code == Code::ConnectionNotFound)
        {
            self.row_usable(actor, id).await?;
        }
        used
    }

    async fn row_usable(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> Result<ConnectionRow, UseError> {
        let row = connection_get(self.store().reader(), &actor.project, id)
            .await?
            .ok_or_else(|| UseError::Refused(not_found()))?;
        if !self.may_use(actor, &row).await? {
            return Err(UseError::Refused(not_found()));
        }
        if row.deleted_at.is_some() {
            // Only to whoever might use it if it were restored; to everybody else it is not there.
            return Err(UseError::Deleted {
                connection: row.id,
                name: row.name,
            });
        }
        unusable(&row).map_or(Ok(row), Err)
    }

    /// A connection that is not in the trash.
    pub(crate) async fn row(
        &self,
        project: &ProjectId,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionRow> {
        connection_get(self.store().reader(), project, id)
            .await?
            .filter(|row| row.deleted_at.is_none())
            .ok_or_else(|| not_found().into())
    }

    /// Whether somebody may send requests through it: everybody in the project when it is shared (T1), else its owner
    /// alone. A run uses what its flow names, whoever started it (T2).
    pub(crate) async fn may_use(&self, actor: &Actor, row: &ConnectionRow) -> ConnectResult<bool> {
        if !actor.can(Right::ConnectionUse) {
            return Ok(false);
        }
        match &actor.principal {
            Principal::Run { .. } | Principal::System => Ok(true),
            Principal::User { .. } | Principal::Key { .. } if actor.owns(&row.owner) => Ok(true),
            Principal::User { .. } | Principal::Key { .. } => self.shared(row).await,
        }
    }

    pub(crate) async fn live(&self, row: ConnectionRow) -> Result<LiveCredential, UseError> {
        if !has_token(&row) {
            return self.open(row, part::FIELDS).await;
        }
        match refresh::standing(&row, Timestamp::now()) {
            Standing::Fresh => self.open(row, part::ACCESS).await,
            Standing::Due => {
                refresh::start(self, &row);
                self.open(row, part::ACCESS).await
            }
            Standing::Over => refresh::ensure_fresh(self, &row).await,
        }
    }

    pub(crate) async fn open(
        &self,
        row: ConnectionRow,
        part: &'static str,
    ) -> Result<LiveCredential, UseError> {
        let secrets = self
            .part_open(&row, part)
            .await?
            .ok_or_else(|| unusable_now(&row))?;
        let tls12 = self.tls12(&row.project, &row.app).await?;
        Ok(LiveCredential {
            generation: row.generation,
            connection: row,
            secrets,
            tls12,
        })
    }

    /// Opens one part of the connection's current credential.
    pub(crate) async fn part_open(
        &self,
        row: &ConnectionRow,
        part: &str,
    ) -> ConnectResult<Option<SecretMap>> {
        self.part_open_at(row, part, row.generation).await
    }

    pub(crate) async fn part_open_at(
        &self,
        row: &ConnectionRow,
        part: &str,
        generation: i64,
    ) -> ConnectResult<Option<SecretMap>> {
        let reader = self.store().reader();
        let Some(sealed) = credential_part(reader, &row.project, &row.id, generation, part).await?
        else {
            return Ok(None);
        };
        let place = Place::credential(&row.project, row.id.as_str(), part, generation);
        self.inner.secrets.open(place, &sealed).await.map(Some)
    }

    /// Seals the parts of a credential for a generation. Not inside a write unit.
    pub(crate) async fn parts_seal(
        &self,
        project: &ProjectId,
        id: &ConnectionId,
        generation: i64,
        parts: &[(&'static str, SecretMap)],
    ) -> ConnectResult<Vec<(&'static str, Vec<u8>)>> {
        let mut sealed = Vec::with_capacity(parts.len());
        for (part, fields) in parts {
            let place = Place::credential(project, id.as_str(), part, generation);
            sealed.push((*part, self.inner.secrets.seal(place, fields).await?));
        }
        Ok(sealed)
    }

    /// A credential without renewal was refused: asks the app whether it still works at all.
    pub(crate) async fn recheck(&self, row: ConnectionRow) -> Result<LiveCredential, UseError> {
        let part = if has_token(&row) {
            part::ACCESS
        } else {
            part::FIELDS
        };
        let live = self.open(row, part).await?;
        let row = &live.connection;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        let verdict = if app.verify.is_some() {
            self.verify(&Candidate {
                app: &app,
                method,
                settings: &row.settings,
                hosts: &crate::pinned_hosts(row),
                facts: &crate::facts(row),
                secrets: &live.secrets,
                tls12: live.tls12,
            })
            .await
            .map(drop)
        } else {
            Err(crate::verify::Rejection {
                reason: crate::verify::RejectionReason::WrongKey,
                provider: None,
                message: String::new(),
            })
        };
        match verdict {
            Err(rejection) if rejection.reason == crate::verify::RejectionReason::WrongKey => {
                let broken = self
                    .mark(
                        row,
                        ConnectionStatus::Error,
                        StatusReason::CredentialRejected,
                        rejection.provider.as_deref(),
                    )
                    .await?;
                Err(unusable_now(&broken))
            }
            // It works, or cannot be asked just now: the 401 stands for itself.
            _ => Ok(live),
        }
    }

    /// Marks a connection as not working, unless its credential is a newer one by now. Answers the row as it is then.
    pub(crate) async fn mark(
        &self,
        row: &ConnectionRow,
        status: ConnectionStatus,
        reason: StatusReason,
        provider: Option<&str>,
    ) -> ConnectResult<ConnectionRow> {
        let now = Timestamp::now();
        let change = StatusChange {
            status,
            reason: Some(reason),
            provider_error: provider,
        };
        let tx = self.store().begin().await?;
        let marked =
            connection_status_set(&*tx, &row.project, &row.id, row.generation, change, now).await?;
        let news = marked && (row.status != status || row.status_reason != Some(reason));
        if news {
            let details = json!({
                "status": status.as_str(),
                "reason": reason.as_str(),
                "providerError": provider,
            });
            let system = Actor::system(row.project.clone());
            self.audit(
                &tx,
                &system,
                "connection.break",
                (&row.id, &row.name),
                details,
            )
            .await?;
        }
        tx.commit().await?;
        let row = self.row(&row.project, &row.id).await?;
        if news {
            tracing::warn!(connection = %row.id, app = %row.app, reason = reason.as_str(), "connection broke");
            self.emit(&row, ConnectionEventKind::Broken);
        }
        Ok(row)
    }
}

/// Whether what is sent is a token that was granted, rather than the fields of a form.
pub(crate) const fn has_token(row: &ConnectionRow) -> bool {
    match row.kind {
        AuthMethodKind::OAuth2
        | AuthMethodKind::OAuth2ClientCredentials
        | AuthMethodKind::OAuth1
        | AuthMethodKind::TokenExchange => true,
        // One that is exchanged can always be exchanged again; else each request has a token of its own.
        AuthMethodKind::JwtBearer => row.refreshable,
        AuthMethodKind::ApiKey
        | AuthMethodKind::Basic
        | AuthMethodKind::Custom
        | AuthMethodKind::AwsSigV4 => false,
    }
}

/// Why a connection must not be used, if it must not. One that fails for a reason which may pass is tried.
pub(crate) fn unusable(row: &ConnectionRow) -> Option<UseError> {
    let usable = match (row.status, row.status_reason) {
        (ConnectionStatus::Active, _) => true,
        (ConnectionStatus::Error, reason) => !matches!(
            reason,
            Some(
                StatusReason::CredentialRejected
                    | StatusReason::RotationInterrupted
                    | StatusReason::RevokedAtProvider
            )
        ),
        // Its renewal may work again by now.
        (ConnectionStatus::Expired, reason) => matches!(
            reason,
            Some(
                StatusReason::ProviderUnavailable
                    | StatusReason::HostUnreachable
                    | StatusReason::AppMisconfigured
            )
        ),
        (ConnectionStatus::Revoked, _) => false,
    };
    (!usable).then(|| unusable_now(row))
}

/// The row as the reason why it cannot be used.
pub(crate) fn unusable_now(row: &ConnectionRow) -> UseError {
    UseError::Unusable {
        connection: row.id.clone(),
        name: row.name.clone(),
        status: row.status,
        reason: row.status_reason,
    }
}
