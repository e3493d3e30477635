//! The part of a key-encryption key's rotation that happens in the database.

use std::sync::Arc;

use patchbay_store::{
    Store, StoreError,
    audit::{self, AUDIT_KEY_LABEL, AuditActor, AuditKey, AuditSubject, NewAuditEntry},
    keyring, people,
};
use patchbay_vault::{KekId, KekProvider, Vault};
use serde_json::json;

use crate::keyring::{UnlockError, root_wrapped};

/// The root keys in the database: each one's version and the key-encryption key it is wrapped by, oldest first.
pub async fn root_keks(store: &Store) -> Result<Vec<(u16, KekId)>, UnlockError> {
    let roots = keyring::roots(store.reader()).await?;
    Ok(roots
        .into_iter()
        .map(|root| (root.version, KekId::from(root.kek_id)))
        .collect())
}

/// Wraps every root with the current key of `kek`, which must also hold the key they are wrapped by, in one write unit
/// that the audit log tells of. Answers how many were wrapped anew: none when all were already.
///
/// A server that runs meanwhile is not disturbed: it holds its roots unwrapped.
pub async fn roots_rewrap(store: &Store, kek: Arc<dyn KekProvider>) -> Result<usize, UnlockError> {
    let tx = store.begin().await?;
    let stored = keyring::roots_lock(&tx).await?;
    let workspace = people::workspace_get(&*tx)
        .await?
        .ok_or(UnlockError::KeyringLost)?;
    let current = kek.id();
    let mut replaced: Vec<String> = stored
        .iter()
        .filter(|root| root.kek_id != current.as_str())
        .map(|root| root.kek_id.clone())
        .collect();
    let due = replaced.len();
    if due == 0 {
        return Ok(0);
    }
    let roots: Vec<_> = stored.into_iter().map(root_wrapped).collect();
    let vault = Vault::unlock(&workspace.instance_id, Arc::clone(&kek), &roots, &[])?;
    for root in vault.rewrap(kek.as_ref())? {
        let row = keyring::RootRow {
            version: root.version,
            kek_id: root.kek_id.to_string(),
            wrapped: root.blob,
        };
        keyring::root_update(&*tx, &row).await?;
    }
    replaced.sort();
    replaced.dedup();
    let key = AuditKey::new(
        vault.root_current()?,
        vault.derive(AUDIT_KEY_LABEL)?.expose(),
    );
    let entry = NewAuditEntry {
        project: None,
        actor: AuditActor::system(),
        action: "workspace.key_rotate".to_owned(),
        subject: AuditSubject::new("workspace", &workspace.instance_id, workspace.name),
        details: json!({"from": replaced, "to": current.as_str()}),
        host: None,
    };
    audit::append(&tx, &key, &entry).await?;
    tx.commit().await?;
    Ok(due)
}

/// Whether `kek`'s current key alone opens every root, so that the one before is not needed any more.
pub async fn current_suffices(
    store: &Store,
    kek: Arc<dyn KekProvider>,
) -> Result<bool, UnlockError> {
    let current = kek.id();
    let all = root_keks(store).await?;
    if all.is_empty() || all.iter().any(|(_, id)| *id != current) {
        return Ok(false);
    }
    // Each root opens with exactly the key its row names, so this proves the current one.
    let instance = people::workspace_get(store.reader())
        .await?
        .ok_or(StoreError::Conflict)?
        .instance_id;
    let roots: Vec<_> = keyring::roots(store.reader())
        .await?
        .into_iter()
        .map(root_wrapped)
        .collect();
    Vault::unlock(&instance, kek, &roots, &[])?;
    Ok(true)
}
