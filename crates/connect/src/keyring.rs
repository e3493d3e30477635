//! From stored key rows to an unlocked vault, and back.

use std::sync::Arc;

use patchbay_store::{Store, StoreError, keyring, people};
use patchbay_vault::{DekId, KekId, KekProvider, Vault, VaultError, WrappedDek, WrappedRoot};

/// Why the vault stays sealed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key is wrong, or a stored key is damaged.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Sealed values are there, but the keys they need are not: a new key ring would hide the loss.
    #[error(
        "The database holds sealed credentials but no key ring; restore the table key_roots from a backup."
    )]
    KeyringLost,
}

/// Whether the database has no key ring yet and nothing that would need one, so that [`vault_open`] makes one.
pub async fn keyring_is_new(store: &Store) -> Result<bool, UnlockError> {
    Ok(keyring::roots(store.reader()).await?.is_empty()
        && !keyring::sealed_anything(store.reader()).await?)
}

/// Unlocks the vault with the key the provider holds. Makes the key ring when the database is new and empty, and only
/// then.
pub async fn vault_open(store: &Store, kek: Arc<dyn KekProvider>) -> Result<Vault, UnlockError> {
    let roots = keyring::roots(store.reader()).await?;
    if roots.is_empty() {
        if keyring::sealed_anything(store.reader()).await? {
            return Err(UnlockError::KeyringLost);
        }
        return vault_create(store, kek).await;
    }
    let instance = people::workspace_get(store.reader())
        .await?
        .ok_or(UnlockError::KeyringLost)?
        .instance_id;
    let roots: Vec<WrappedRoot> = roots.into_iter().map(root_wrapped).collect();
    Ok(Vault::unlock(&instance, kek, &roots, &[])?)
}

async fn vault_create(store: &Store, kek: Arc<dyn KekProvider>) -> Result<Vault, UnlockError> {
    let tx = store.begin().await?;
    let instance = people::workspace_ensure(&*tx, &crate::random::hex_id(), "Patchbay")
        .await?
        .instance_id;
    let (vault, root) = Vault::create(&instance, Arc::clone(&kek))?;
    let row = keyring::RootRow {
        version: root.version,
        kek_id: root.kek_id.to_string(),
        wrapped: root.blob,
    };
    match keyring::root_insert(&*tx, &row).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(vault)
        }
        // Another node started at the same moment and was first: its ring is the one.
        Err(StoreError::Duplicate) => {
            tx.rollback().await?;
            let roots: Vec<WrappedRoot> = keyring::roots(store.reader())
                .await?
                .into_iter()
                .map(root_wrapped)
                .collect();
            Ok(Vault::unlock(&instance, kek, &roots, &[])?)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn root_wrapped(row: keyring::RootRow) -> WrappedRoot {
    WrappedRoot {
        version: row.version,
        kek_id: KekId::from(row.kek_id),
        blob: row.wrapped,
    }
}

pub(crate) fn dek_row(project: &patchbay_model::ProjectId, dek: &WrappedDek) -> keyring::DekRow {
    keyring::DekRow {
        dek_id: dek.dek_id.to_string(),
        project: project.clone(),
        root_version: dek.root_version,
        version: dek.version,
        wrapped: dek.blob.clone(),
    }
}

pub(crate) fn dek_wrapped(row: keyring::DekRow) -> Result<WrappedDek, StoreError> {
    let id: [u8; DekId::LEN] = data_encoding::HEXLOWER
        .decode(row.dek_id.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| StoreError::Corrupt {
            table: "key_deks",
            what: "dek_id".to_owned(),
        })?;
    Ok(WrappedDek {
        dek_id: DekId::from(id),
        project: row.project,
        root_version: row.root_version,
        version: row.version,
        blob: row.wrapped,
    })
}
