//! API keys.

use patchbay_model::{Actor, Code, KeyId, KeyScope, Principal, Problem, ProjectId, Right, UserId};
use patchbay_store::{
    Page, Paged, Tx,
    audit::{AuditActor, AuditSubject, NewAuditEntry},
    people::{
        ApiKey, NewApiKey, key_get, key_insert, key_list, key_revoke, project_lock, user_names,
        user_owner,
    },
};

use crate::{Access, AccessResult, authenticate::project_not_found, check, project_entry, token};

/// An API key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyView {
    /// The key, without the key itself.
    pub key: ApiKey,
    /// The name of the person it acts for.
    pub user_name: String,
}

/// An API key that has just been made: the only time it can be read.
pub struct ApiKeyMade {
    /// As it is listed from now on.
    pub view: ApiKeyView,
    /// The key itself, `pb_live_…`.
    pub secret: String,
}

fn not_found() -> Problem {
    Problem::new(
        Code::KeyNotFound,
        "There is no such API key; it may have been revoked already.",
    )
}

fn subject(key: &ApiKey) -> AuditSubject {
    AuditSubject::new("key", &key.id, key.name.clone())
}

impl Access {
    /// The keys of the actor's project, newest first.
    pub async fn key_list(&self, actor: &Actor, page: &Page) -> AccessResult<Paged<ApiKeyView>> {
        actor.require(Right::KeyManage)?;
        let db = self.store().reader();
        let keys = key_list(db, &actor.project, page).await?;
        let names = user_names(db, keys.items.iter().map(|key| &key.user)).await?;
        Ok(keys.map(|key| ApiKeyView {
            user_name: names.get(&key.user).cloned().unwrap_or_default(),
            key,
        }))
    }

    /// Makes a key that acts for the actor, within the scope.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub async fn key_create(
        &self,
        actor: &Actor,
        name: &str,
        scope: KeyScope,
    ) -> AccessResult<ApiKeyMade> {
        actor.require(Right::KeyManage)?;
        let (Principal::User { id: user, .. } | Principal::Key { user, .. }) = &actor.principal
        else {
            return Err(Problem::new(
                Code::Forbidden,
                "Only people and their keys can make API keys.",
            ));
        };
        self.key_make(&actor.project, user, name, scope, AuditActor::from(actor))
            .await
    }

    /// Makes a key that acts for the workspace's owner, for the operator at the command line.
    ///
    /// # Errors
    /// `PROJECT_NOT_FOUND`; `CONFLICT` when the workspace has no owner yet.
    pub async fn key_create_by_operator(
        &self,
        project: &ProjectId,
        name: &str,
        scope: KeyScope,
    ) -> AccessResult<ApiKeyMade> {
        let owner = user_owner(self.store().reader()).await?.ok_or_else(|| {
            Problem::new(
                Code::Conflict,
                "The workspace has no owner yet. Make one with `patchbay owner create`.",
            )
        })?;
        self.key_make(project, &owner.id, name, scope, AuditActor::system())
            .await
    }

    async fn key_make(
        &self,
        project: &ProjectId,
        user: &UserId,
        name: &str,
        scope: KeyScope,
        by: AuditActor,
    ) -> AccessResult<ApiKeyMade> {
        let secret = token::api_key()?;
        let key = ApiKey {
            id: KeyId::new(),
            project: project.clone(),
            user: user.clone(),
            name: check::name("name", name)?,
            scope,
            hint: secret[secret.len() - 4..].to_owned(),
            created: self.now(),
            last_used: None,
        };
        let tx = self.store().begin().await?;
        project_lock(&tx, project)
            .await?
            .ok_or_else(project_not_found)?;
        key_insert(
            &tx,
            &NewApiKey {
                key_hash: &token::hash(&secret),
                key: &key,
            },
        )
        .await?;
        let names = user_names(&*tx, [user]).await?;
        let mut entry = project_entry(project, by, "key.create", subject(&key));
        entry.details = serde_json::json!({ "scope": scope, "hint": key.hint });
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(ApiKeyMade {
            view: ApiKeyView {
                user_name: names.get(user).cloned().unwrap_or_default(),
                key,
            },
            secret,
        })
    }

    /// Revokes a key of the actor's project; its next request is refused.
    ///
    /// # Errors
    /// `KEY_NOT_FOUND`.
    pub async fn key_remove(&self, actor: &Actor, id: &KeyId) -> AccessResult<()> {
        actor.require(Right::KeyManage)?;
        let tx: Tx = self.store().begin().await?;
        let key = key_get(&*tx, &actor.project, id)
            .await?
            .ok_or_else(not_found)?;
        if !key_revoke(&tx, &actor.project, id, self.now()).await? {
            return Err(not_found());
        }
        let entry = NewAuditEntry::new(actor, "key.revoke", subject(&key))
            .details(serde_json::json!({ "hint": key.hint }));
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }
}
