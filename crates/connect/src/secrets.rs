//! Sealing and opening, with a project's data key made or fetched when it is needed.
//!
//! [`Secrets::open`] is the only function of the product that opens a sealed value: credentials, client secrets and
//! what connect sessions hold. Its callers are [`crate::credential`], the token endpoint client and the sessions.

use std::sync::Arc;

use patchbay_model::ProjectId;
use patchbay_store::{Store, StoreError, keyring};
use patchbay_vault::{SealContext, SecretMap, Vault, VaultError};

use crate::{
    ConnectResult,
    keyring::{dek_row, dek_wrapped},
};

/// Where a sealed value belongs.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) project: &'a ProjectId,
    pub(crate) table: &'static str,
    pub(crate) field: &'a str,
    pub(crate) record: &'a str,
    pub(crate) generation: i64,
}

impl<'a> Place<'a> {
    /// A part of a connection's credential.
    pub(crate) fn credential(
        project: &'a ProjectId,
        connection: &'a str,
        part: &'a str,
        generation: i64,
    ) -> Self {
        Self {
            project,
            table: "credentials",
            field: part,
            record: connection,
            generation,
        }
    }

    /// The refresh token of an answer that came too late.
    pub(crate) fn orphan(project: &'a ProjectId, orphan: &'a str, generation: i64) -> Self {
        Self {
            project,
            table: "orphan_tokens",
            field: "refresh",
            record: orphan,
            generation,
        }
    }

    /// Something a connect session holds.
    pub(crate) fn session(project: &'a ProjectId, session: &'a str, field: &'static str) -> Self {
        Self {
            project,
            table: "connect_sessions",
            field,
            record: session,
            generation: 0,
        }
    }

    /// The secret of an OAuth client.
    pub(crate) fn oauth_client(project: &'a ProjectId, app: &'a str, revision: i64) -> Self {
        Self {
            project,
            table: "oauth_clients",
            field: "secret",
            record: app,
            generation: revision,
        }
    }

    fn context(&self) -> SealContext<'_> {
        SealContext {
            table: self.table,
            field: self.field,
            project: self.project,
            record: self.record,
            generation: u64::try_from(self.generation).unwrap_or_default(),
        }
    }
}

/// The vault with the key rows behind it.
#[derive(Clone)]
pub(crate) struct Secrets {
    vault: Arc<Vault>,
    store: Store,
}

impl Secrets {
    pub(crate) fn new(vault: Arc<Vault>, store: Store) -> Self {
        Self { vault, store }
    }

    /// Seals fields for one place. May write the project's first data key, so never call it inside a write unit.
    pub(crate) async fn seal(
        &self,
        place: Place<'_>,
        fields: &SecretMap,
    ) -> ConnectResult<Vec<u8>> {
        self.data_key_ready(place.project).await?;
        Ok(self.vault.seal_map(&place.context(), fields)?)
    }

    /// Opens what was sealed for exactly this place.
    pub(crate) async fn open(&self, place: Place<'_>, record: &[u8]) -> ConnectResult<SecretMap> {
        for known in [false, true] {
            match self.vault.open_map(&place.context(), record) {
                Err(VaultError::UnknownDek(_)) if !known => {
                    self.data_keys_load(place.project).await?;
                }
                Err(error @ VaultError::Integrity { .. }) => {
                    tracing::error!(target: "audit", %error, project = %place.project, "integrity");
                    return Err(error.into());
                }
                other => return Ok(other?),
            }
        }
        Err(VaultError::DekMissing {
            project: place.project.clone(),
        }
        .into())
    }

    async fn data_key_ready(&self, project: &ProjectId) -> ConnectResult<()> {
        if self.vault.dek_current(project).is_none() {
            self.data_keys_load(project).await?;
        }
        let made = if self.vault.dek_current(project).is_none() {
            self.vault.dek_create(project)
        } else if self.vault.dek_rotation_due(project) {
            self.vault.dek_rotate(project)
        } else {
            return Ok(());
        };
        let dek = match made {
            Ok(dek) => dek,
            // Somebody in this process was faster.
            Err(VaultError::DekExists { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let tx = self.store.begin().await?;
        match keyring::dek_insert(&*tx, &dek_row(project, &dek)).await {
            Ok(()) => {
                tx.commit().await?;
                Ok(self.vault.dek_add(&dek)?)
            }
            Err(StoreError::Duplicate) => {
                tx.rollback().await?;
                self.data_keys_load(project).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn data_keys_load(&self, project: &ProjectId) -> ConnectResult<()> {
        for row in keyring::deks(self.store.reader(), project).await? {
            self.vault.dek_add(&dek_wrapped(row)?)?;
        }
        Ok(())
    }
}
