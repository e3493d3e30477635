//! Opening the data: the lock on the directory, the database, the key, the vault.

use std::{
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use patchbay_access::{Access, AccessConfig};
use patchbay_connect::{UnlockError, keyring_is_new, vault_open};
use patchbay_store::{
    DataLock, Store, StoreConfig,
    audit::{AUDIT_KEY_LABEL, AuditKey},
    backup::{self, DATABASE_FILE},
};
use patchbay_vault::{FileKek, KekError, Vault, VaultError};

use crate::cli::DataArgs;

/// The opened data.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) vault: VaultState,
    /// Held as long as the data is in use.
    pub(crate) lock: Option<DataLock>,
}

/// Whether credentials can be read.
pub(crate) enum VaultState {
    Open(Arc<Vault>),
    /// Why not and what to do, in a sentence for the operator.
    Sealed(String),
}

/// Opens the data, making directory, database and key when there are none yet.
///
/// # Errors
/// When another process uses the directory, or the database or key file cannot be read. A missing or wrong key is no
/// error: the vault stays sealed and nothing is written.
pub(crate) async fn open(args: &DataArgs, connections: u32) -> anyhow::Result<Opened> {
    let (config, lock) = if let Some(url) = &args.database {
        let config = StoreConfig::Postgres {
            url: url.clone(),
            max_connections: connections,
        };
        (config, None)
    } else {
        make_directory(&args.data)?;
        let lock = DataLock::acquire(&args.data)?;
        backup::restore_finish(&args.data)
            .with_context(|| format!("cannot finish the restore of {}", args.data.display()))?;
        let config = StoreConfig::Sqlite {
            path: args.data.join(DATABASE_FILE),
        };
        (config, Some(lock))
    };
    let store = Store::open(&config)
        .await
        .with_context(|| match &args.database {
            Some(_) => "cannot open the PostgreSQL database that --database names".to_owned(),
            None => format!("cannot open the database in {}", args.data.display()),
        })?;
    let path = key_path(args);
    let kek = match FileKek::load(&path) {
        Ok(kek) => kek,
        Err(KekError::Missing { .. }) => {
            if !keyring_is_new(&store).await? {
                let reason = format!(
                    "The key file {} is missing, and the credentials in this database need it. Put it back and start again.",
                    path.display()
                );
                return Ok(Opened {
                    store,
                    vault: VaultState::Sealed(reason),
                    lock,
                });
            }
            if let Some(parent) = path.parent() {
                make_directory(parent)?;
            }
            FileKek::create_new(&path)?
        }
        Err(error) => return Err(error.into()),
    };
    let opened = match vault_open(&store, Arc::new(kek)).await {
        // The key may have been rotated between reading the file and reading the database.
        Err(UnlockError::Vault(VaultError::Kek(KekError::Wrong { .. }))) => {
            vault_open(&store, Arc::new(FileKek::load(&path)?)).await
        }
        other => other,
    };
    let vault = match opened {
        Ok(vault) => VaultState::Open(Arc::new(vault)),
        Err(error @ UnlockError::Store(_)) => return Err(error.into()),
        Err(error) => VaultState::Sealed(format!(
            "{} Key file: {}.",
            sentence(&anyhow::Error::new(error)),
            path.display()
        )),
    };
    Ok(Opened { store, vault, lock })
}

/// Opens data that is there, beside whatever else uses it: nothing is made, locked or brought up to date.
///
/// # Errors
/// When there is no database, or its tables are older or newer than this version's.
pub(crate) async fn attach(args: &DataArgs) -> anyhow::Result<Store> {
    let config = if let Some(url) = &args.database {
        StoreConfig::Postgres {
            url: url.clone(),
            max_connections: 2,
        }
    } else {
        let path = args.data.join(DATABASE_FILE);
        anyhow::ensure!(
            !backup::restore_is_due(&args.data),
            "a restore of {} was cut off; run patchbay restore again, or start the server, which finishes it",
            args.data.display()
        );
        anyhow::ensure!(
            path.exists(),
            "there is no database in {}; name the data directory with --data",
            args.data.display()
        );
        StoreConfig::Sqlite { path }
    };
    let store = Store::attach(&config)
        .await
        .with_context(|| match &args.database {
            Some(_) => "cannot open the PostgreSQL database that --database names".to_owned(),
            None => format!("cannot open the database in {}", args.data.display()),
        })?;
    let version = store.version().await?;
    if let Some(change) = version.unknown.first() {
        anyhow::bail!(
            "the database was changed by a newer version of Patchbay ({change}); use that version"
        );
    }
    anyhow::ensure!(
        version.is_current(),
        "the database is one of an older version; start the server once, which brings it up to date"
    );
    Ok(store)
}

/// The vault of attached data. A key file that is not there is not made.
pub(crate) async fn vault_attach(store: &Store, args: &DataArgs) -> anyhow::Result<Vault> {
    let path = key_path(args);
    let kek = FileKek::load(&path)?;
    if keyring_is_new(store).await? {
        anyhow::bail!("the database has no keys yet; start the server once, which makes them");
    }
    vault_open(store, Arc::new(kek)).await.with_context(|| {
        format!(
            "the key file {} does not open this database",
            path.display()
        )
    })
}

impl Opened {
    /// The vault, for commands that need it.
    pub(crate) fn vault(&self) -> anyhow::Result<&Arc<Vault>> {
        match &self.vault {
            VaultState::Open(vault) => Ok(vault),
            VaultState::Sealed(reason) => anyhow::bail!("the vault is sealed: {reason}"),
        }
    }

    /// People, projects and keys, with links that start with the public URL.
    pub(crate) fn access(&self, public_url: &str) -> anyhow::Result<Access> {
        let vault = self.vault()?;
        let audit_key = AuditKey::new(
            vault.root_current()?,
            vault.derive(AUDIT_KEY_LABEL)?.expose(),
        );
        Ok(Access::new(
            self.store.clone(),
            AccessConfig::new(public_url, audit_key),
        ))
    }
}

/// Where the key file is.
pub(crate) fn key_path(args: &DataArgs) -> PathBuf {
    args.key_file
        .clone()
        .unwrap_or_else(|| args.data.join("patchbay.key"))
}

/// Makes a directory that only its owner can look into.
pub(crate) fn make_directory(path: &Path) -> anyhow::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the directory {}", path.display()))
}

/// An error as a sentence of its own.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut text = format!("{error:#}");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
