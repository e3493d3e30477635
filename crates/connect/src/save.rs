//! Storing what signing in brought: as a new connection, or as the fresh credential of one there is.

use std::collections::HashSet;

use patchbay_model::{
    Actor, Code, ConnectionId, ConnectionStatus, Problem, ProjectId, StatusReason, Timestamp,
    UserId, Visibility,
    name::{is_blank, is_unseen, name_normal},
};
use patchbay_store::{
    StoreError, Tx,
    connections::{
        ConnectionNew, ConnectionRow, Grant, connection_get, connection_insert, connection_lock,
        connection_names_like, connection_reconnect, credential_put, name_key,
    },
};
use patchbay_vault::SecretMap;
use serde_json::json;

use crate::{ConnectError, ConnectResult, ConnectionEventKind, Connector, credential::not_found};

/// Longest name, in characters.
pub(crate) const NAME_MAX: usize = 100;

/// What signing in brought, ready to be stored.
pub(crate) struct SignIn {
    pub(crate) grant: Grant,
    pub(crate) parts: Vec<(&'static str, SecretMap)>,
}

/// A connection to be made of it.
pub(crate) struct Wanted<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) app: &'a str,
    pub(crate) name: &'a str,
    pub(crate) owner: &'a UserId,
    pub(crate) visibility: Visibility,
}

/// Something more to be done in the write unit, such as ending a connect session. `false` undoes the whole unit.
pub(crate) trait Also {
    async fn also(&self, tx: &Tx, connection: &ConnectionId, now: Timestamp)
    -> ConnectResult<bool>;
}

/// Nothing more.
pub(crate) struct Nothing;

impl Also for Nothing {
    async fn also(&self, _: &Tx, _: &ConnectionId, _: Timestamp) -> ConnectResult<bool> {
        Ok(true)
    }
}

/// A name as it is stored: without surrounding space, one line, not empty, not too long, nothing unseen in it.
pub(crate) fn name_checked(name: &str) -> ConnectResult<String> {
    let name = name_normal(name);
    let wrong = if is_blank(&name) {
        Some("Give the connection a name.")
    } else if name.chars().count() > NAME_MAX {
        Some("The name is longer than 100 characters.")
    } else if name.chars().any(is_unseen) {
        Some("The name holds a character that cannot be shown.")
    } else {
        None
    };
    match wrong {
        Some(message) => Err(Problem::field("name", message).into()),
        None => Ok(name),
    }
}

pub(crate) fn name_taken(name: &str) -> ConnectError {
    let problem = Problem::new(
        Code::ConnectionNameTaken,
        format!("This project already has a connection called {name}. Choose another name."),
    );
    ConnectError::Refused(
        problem.with_details(json!({ "fields": { "name": "This name is taken." } })),
    )
}

/// A name that is free right now: the wanted one, or with the lowest number behind it that makes it so.
pub(crate) async fn name_free(
    connector: &Connector,
    project: &ProjectId,
    wanted: &str,
) -> ConnectResult<String> {
    // The account's label in it is the provider's text. Eight characters are room for the number.
    let base: String = name_normal(wanted)
        .chars()
        .filter(|c| !is_unseen(*c))
        .take(NAME_MAX - 8)
        .collect();
    let base = if base.trim().is_empty() {
        "Connection"
    } else {
        base.trim()
    };
    let taken = connection_names_like(connector.store().reader(), project, base).await?;
    let taken: HashSet<String> = taken.into_iter().collect();
    let is_free = |name: &str| !taken.contains(&name_key(name));
    if is_free(base) {
        return Ok(base.to_owned());
    }
    // Of one more number than names are taken, one is free.
    let most = u32::try_from(taken.len())
        .unwrap_or(u32::MAX)
        .saturating_add(2);
    Ok((2..=most)
        .map(|number| format!("{base} {number}"))
        .find(|name| is_free(name))
        .unwrap_or_else(|| base.to_owned()))
}

impl Connector {
    /// Stores a new connection. `None`: what was also to be done refused.
    ///
    /// # Errors
    /// `CONNECTION_NAME_TAKEN`.
    pub(crate) async fn save_new(
        &self,
        actor: &Actor,
        wanted: &Wanted<'_>,
        sign_in: &SignIn,
        also: &impl Also,
    ) -> ConnectResult<Option<ConnectionRow>> {
        let id = ConnectionId::new();
        let sealed = self
            .parts_seal(wanted.project, &id, 1, &sign_in.parts)
            .await?;
        let new = ConnectionNew {
            id: id.clone(),
            project: wanted.project.clone(),
            app: wanted.app.to_owned(),
            name: wanted.name.to_owned(),
            owner: wanted.owner.clone(),
            visibility: wanted.visibility,
            grant: sign_in.grant.clone(),
        };
        let now = Timestamp::now();
        let tx = self.store().begin().await?;
        connection_insert(&*tx, &new, now)
            .await
            .map_err(|error| match error {
                StoreError::Duplicate => name_taken(wanted.name),
                other => other.into(),
            })?;
        credential_put(&tx, wanted.project, &id, 1, sealed, now).await?;
        if !also.also(&tx, &id, now).await? {
            return Ok(None);
        }
        let details = json!({
            "app": wanted.app,
            "authMethod": sign_in.grant.auth_method,
            "account": sign_in.grant.account.label,
            "hosts": sign_in.grant.hosts,
        });
        self.audit(&tx, actor, "connection.create", (&id, wanted.name), details)
            .await?;
        tx.commit().await?;
        self.row(wanted.project, &id).await.map(Some)
    }

    /// The same under a name that is made free when it is taken.
    pub(crate) async fn save_new_named_freely(
        &self,
        actor: &Actor,
        wanted: &Wanted<'_>,
        sign_in: &SignIn,
        also: &impl Also,
    ) -> ConnectResult<Option<ConnectionRow>> {
        // Each round loses only against somebody who took the same name in between.
        const ROUNDS: usize = 50;
        let mut last = None;
        for _ in 0..ROUNDS {
            let name = name_free(self, wanted.project, wanted.name).await?;
            let wanted = Wanted {
                name: &name,
                ..*wanted
            };
            match self.save_new(actor, &wanted, sign_in, also).await {
                Err(ConnectError::Refused(problem))
                    if problem.code == Code::ConnectionNameTaken =>
                {
                    last = Some(problem);
                }
                other => return other,
            }
        }
        Err(last.unwrap_or_else(Problem::internal).into())
    }

    /// Puts a fresh credential into a connection there is. `None`: what was also to be done refused.
    pub(crate) async fn save_reconnect(
        &self,
        actor: &Actor,
        project: &ProjectId,
        id: &ConnectionId,
        sign_in: &SignIn,
        also: &impl Also,
    ) -> ConnectResult<Option<ConnectionRow>> {
        // A renewal may move the generation on between sealing for it and locking the row.
        const ROUNDS: usize = 5;
        for _ in 0..ROUNDS {
            let before = connection_get(self.store().reader(), project, id)
                .await?
                .ok_or_else(not_found)?;
            let next = before.generation + 1;
            let sealed = self.parts_seal(project, id, next, &sign_in.parts).await?;
            let now = Timestamp::now();
            let tx = self.store().begin().await?;
            let row = connection_lock(&tx, project, id)
                .await?
                .ok_or_else(not_found)?;
            if row.deleted_at.is_some() {
                return Err(not_found().into());
            }
            if row.generation + 1 != next {
                tx.rollback().await?;
                continue;
            }
            connection_reconnect(&tx, &row, &sign_in.grant, now).await?;
            credential_put(&tx, project, id, next, sealed, now).await?;
            if !also.also(&tx, id, now).await? {
                return Ok(None);
            }
            let details = json!({
                "from": row.status.as_str(),
                "account": sign_in.grant.account.label,
                "previousAccount": row.account.label,
                "hosts": sign_in.grant.hosts,
            });
            self.audit(&tx, actor, "connection.reconnect", (id, &row.name), details)
                .await?;
            tx.commit().await?;
            let row = self.row(project, id).await?;
            self.emit(&row, ConnectionEventKind::Usable);
            return Ok(Some(row));
        }
        Err(StoreError::Conflict.into())
    }
}

/// The status of a connection that was just signed in.
pub(crate) const fn fresh_status(verified: bool) -> (ConnectionStatus, Option<StatusReason>) {
    (
        ConnectionStatus::Active,
        if verified {
            None
        } else {
            Some(StatusReason::Unverified)
        },
    )
}
