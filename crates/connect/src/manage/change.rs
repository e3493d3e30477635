//! Renaming, sharing, handing over, checking and revoking a connection.

use std::time::Duration;

use patchbay_catalog::RevokedToken;
use patchbay_model::{
    Actor, Code, ConnectionId, ConnectionStatus, Problem, Role, StatusReason, Timestamp, UserId,
    Visibility,
};
use patchbay_store::{
    StoreError,
    connections::{
        ConnectionRow, StatusChange, connection_account_set, connection_owner_set,
        connection_rename, connection_revoke, connection_status_set, connection_visibility_set,
        credential_newest,
    },
    people,
};
use patchbay_vault::SecretMap;
use serde_json::json;

use crate::{
    ConnectResult, ConnectionEventKind, Connector, UseError,
    credential::{has_token, part},
    oauth,
    save::{name_checked, name_taken},
    verify::Candidate,
};

/// How to revoke.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevokeRequest {
    /// Also withdraw access at the provider, where it can be done.
    pub at_provider: bool,
}

/// What the provider is asked to withdraw.
struct Tokens {
    access: SecretMap,
    refresh: Option<SecretMap>,
}

/// How often the provider is asked to withdraw access.
const REVOKE_TRIES: u32 = 6;

impl Connector {
    /// Renames it, or sets who may use it.
    ///
    /// # Errors
    /// `CONNECTION_NAME_TAKEN`.
    pub async fn connection_update(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        name: Option<&str>,
        visibility: Option<Visibility>,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_managed(actor, id).await?;
        let name = name.map(name_checked).transpose()?;
        let visibility = match visibility {
            Some(wanted) => Some(self.visibility_wanted(Some(wanted)).await?),
            None => None,
        };
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        if let Some(name) = name.as_deref().filter(|name| *name != row.name) {
            connection_rename(&*tx, &row, name, now)
                .await
                .map_err(|error| match error {
                    StoreError::Duplicate => name_taken(name),
                    other => other.into(),
                })?;
            let details = json!({ "from": row.name, "to": name });
            self.audit(&tx, actor, "connection.rename", (id, name), details)
                .await?;
        }
        if let Some(visibility) = visibility.filter(|visibility| *visibility != row.visibility) {
            connection_visibility_set(&*tx, &row.project, id, visibility, now).await?;
            let details = json!({ "to": visibility.as_str() });
            self.audit(&tx, actor, "connection.share", (id, &row.name), details)
                .await?;
        }
        tx.commit().await?;
        let row = self.row(&row.project, id).await?;
        self.emit(&row, ConnectionEventKind::Changed);
        Ok(row)
    }

    /// Hands it to another member who may have connections.
    pub async fn connection_transfer(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        owner: &UserId,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_managed(actor, id).await?;
        let member = people::member_get(self.store().reader(), &row.project, owner).await?;
        let is_owner = people::user_get(self.store().reader(), owner)
            .await?
            .is_some_and(|user| user.is_owner);
        match member.map(|(role, _)| role) {
            _ if is_owner => {}
            None => {
                return Err(Problem::new(
                    Code::MemberNotFound,
                    "There is no such member in this project.",
                )
                .into());
            }
            Some(Role::Viewer) => {
                return Err(Problem::field("owner", "A viewer cannot own a connection.").into());
            }
            Some(Role::Editor | Role::Admin) => {}
        }
        let tx = self.store().begin().await?;
        connection_owner_set(&*tx, &row.project, id, owner, Timestamp::now()).await?;
        let details = json!({ "from": row.owner, "to": owner });
        self.audit(&tx, actor, "connection.transfer", (id, &row.name), details)
            .await?;
        tx.commit().await?;
        let row = self.row(&row.project, id).await?;
        self.emit(&row, ConnectionEventKind::Changed);
        Ok(row)
    }

    /// Asks the app now whether the credential works, and notes the answer.
    pub async fn connection_check(
        &self,
        actor: &Actor,
        id: &ConnectionId,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_managed(actor, id).await?;
        if row.status == ConnectionStatus::Revoked {
            return Err(Problem::from(crate::credential::unusable_now(&row)).into());
        }
        let before = row.status;
        let row = match self.checked(row).await {
            Ok(row) => row,
            // The renewal in front of the check has noted what is wrong.
            Err(UseError::Unusable { .. } | UseError::Unavailable { .. }) => {
                self.row(&actor.project, id).await?
            }
            Err(error @ (UseError::Refused(_) | UseError::Deleted { .. })) => {
                return Err(Problem::from(error).into());
            }
            Err(UseError::Failed(error)) => return Err(error),
        };
        let tx = self.store().begin().await?;
        let details = json!({ "status": row.status.as_str(), "reason": row.status_reason });
        self.audit(&tx, actor, "connection.check", (id, &row.name), details)
            .await?;
        tx.commit().await?;
        let kind = match (before, row.status) {
            (ConnectionStatus::Active, _) => ConnectionEventKind::Changed,
            (_, ConnectionStatus::Active) => ConnectionEventKind::Usable,
            _ => ConnectionEventKind::Changed,
        };
        self.emit(&row, kind);
        Ok(row)
    }

    async fn checked(&self, row: ConnectionRow) -> Result<ConnectionRow, UseError> {
        let live = self.live(row).await?;
        let row = &live.connection;
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        let verdict = self
            .verify(&Candidate {
                app: &app,
                method,
                settings: &row.settings,
                hosts: &crate::pinned_hosts(row),
                facts: &crate::facts(row),
                secrets: &live.secrets,
                tls12: live.tls12,
            })
            .await;
        match verdict {
            Err(rejection) => {
                let (status, reason) = rejection.reason.status();
                Ok(self
                    .mark(row, status, reason, rejection.provider.as_deref())
                    .await?)
            }
            Ok(account) => {
                let now = Timestamp::now();
                let change = StatusChange {
                    status: ConnectionStatus::Active,
                    reason: None,
                    provider_error: None,
                };
                let tx = self.store().begin().await?;
                connection_status_set(&*tx, &row.project, &row.id, row.generation, change, now)
                    .await?;
                if row.account.id.is_none() && row.account.label.is_none() {
                    connection_account_set(&*tx, row, &account, now).await?;
                }
                tx.commit().await?;
                Ok(self.row(&row.project, &row.id).await?)
            }
        }
    }

    /// Withdraws it (T3): from now on nobody sends a request with it, runs in flight included. Asking the provider to
    /// withdraw access too goes on by itself.
    pub async fn connection_revoke(
        &self,
        actor: &Actor,
        id: &ConnectionId,
        request: RevokeRequest,
    ) -> ConnectResult<ConnectionRow> {
        let row = self.row_managed(actor, id).await?;
        let tx = self.store().begin().await?;
        connection_revoke(
            &*tx,
            &row.project,
            id,
            StatusReason::RevokedHere,
            Timestamp::now(),
        )
        .await?;
        let details = json!({ "from": row.status.as_str(), "atProvider": request.at_provider });
        self.audit(&tx, actor, "connection.revoke", (id, &row.name), details)
            .await?;
        tx.commit().await?;
        let revoked = self.row(&row.project, id).await?;
        self.emit(&revoked, ConnectionEventKind::Broken);
        if request.at_provider && has_token(&row) {
            let connector = self.clone();
            self.inner
                .tasks
                .spawn(async move { connector.revoke_at_provider(row).await });
        }
        Ok(revoked)
    }

    async fn revoke_at_provider(&self, row: ConnectionRow) {
        let mut pause = Duration::from_secs(1);
        let mut withdrawn = None;
        for attempt in 1..=REVOKE_TRIES {
            match self.revoke_at_provider_once(&row, &mut withdrawn).await {
                Ok(true) => return self.revocation_noted(&row, "done").await,
                Ok(false) => return self.revocation_noted(&row, "not_offered").await,
                Err(error) => {
                    tracing::warn!(connection = %row.id, app = %row.app, attempt, %error, "revocation at the provider failed");
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.revocation_noted(&row, "failed").await;
    }

    /// RFC 7009 §2.2: any 200 is success, also for a token the provider does not know; 503 means the token still
    /// works. The tokens are read once: between two tries the connection may be destroyed, or signed in anew.
    async fn revoke_at_provider_once(
        &self,
        row: &ConnectionRow,
        withdrawn: &mut Option<Tokens>,
    ) -> ConnectResult<bool> {
        if withdrawn.is_none() {
            *withdrawn = self.tokens_newest(row).await?;
        }
        let Some(tokens) = withdrawn else {
            return Ok(false);
        };
        self.tokens_revoke(row, &tokens.access, tokens.refresh.as_ref())
            .await
    }

    async fn tokens_newest(&self, row: &ConnectionRow) -> ConnectResult<Option<Tokens>> {
        let Some(generation) =
            credential_newest(self.store().reader(), &row.project, &row.id).await?
        else {
            return Ok(None);
        };
        let Some(access) = self.part_open_at(row, part::ACCESS, generation).await? else {
            return Ok(None);
        };
        let refresh = self.part_open_at(row, part::REFRESH, generation).await?;
        Ok(Some(Tokens { access, refresh }))
    }

    /// Asks the provider once to withdraw these tokens. `false`: it offers no way to.
    pub(crate) async fn tokens_revoke(
        &self,
        row: &ConnectionRow,
        access: &SecretMap,
        refresh: Option<&SecretMap>,
    ) -> ConnectResult<bool> {
        let app = self.app(&row.app)?;
        let method = self.method(&app, &row.auth_method)?;
        if method.oauth.is_none() {
            return Ok(false);
        }
        let Some(client) = self.oauth_client(&row.project, &app).await? else {
            return Ok(false);
        };
        let tokens = RevokedToken {
            access_token: access.expose("access_token").unwrap_or_default(),
            refresh_token: refresh.and_then(|fields| fields.expose("refresh_token")),
        };
        let Some(revocation) = app.revocation(method, &client.context(&row.settings), tokens)?
        else {
            return Ok(false);
        };
        let mut out = oauth::outgoing(revocation.request, client.tls12);
        if revocation.attach_credential {
            let facts = crate::facts(row);
            crate::Attached::new(&app, method, &row.settings, &facts, access)?.put(&mut out)?;
        }
        let unanswered = |message: String| Problem::new(Code::UpstreamFailed, message);
        let answer = self
            .inner
            .egress
            .send_bytes(out)
            .await
            .map_err(|error| unanswered(error.to_string()))?;
        if answer.status.is_success() {
            Ok(true)
        } else {
            Err(unanswered(format!("status {}", answer.status.as_u16())).into())
        }
    }

    async fn revocation_noted(&self, row: &ConnectionRow, outcome: &str) {
        let noted = async {
            let tx = self.store().begin().await?;
            let system = Actor::system(row.project.clone());
            let details = json!({ "outcome": outcome });
            self.audit(
                &tx,
                &system,
                "connection.revoke_at_provider",
                (&row.id, &row.name),
                details,
            )
            .await?;
            tx.commit().await?;
            ConnectResult::Ok(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(connection = %row.id, %error, "the outcome of a revocation was not noted");
        }
    }

    /// Those of the connections that the actor may pick in a flow: there, not in the trash, and one they may use.
    pub async fn connections_pickable(
        &self,
        actor: &Actor,
        ids: &[ConnectionId],
    ) -> ConnectResult<Vec<ConnectionRow>> {
        let reader = self.store().reader();
        let rows =
            patchbay_store::connections::connections_get(reader, &actor.project, ids).await?;
        let mut pickable = Vec::with_capacity(rows.len());
        for row in rows {
            if row.deleted_at.is_none() && self.may_use(actor, &row).await? {
                pickable.push(row);
            }
        }
        Ok(pickable)
    }
}
