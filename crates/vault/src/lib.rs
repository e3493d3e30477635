//! The only code that seals and opens secrets.
//!
//! Start at [`Vault`]: it holds the unlocked key ring and turns a [`Secret`] into a record fit for
//! a database column and back. The key hierarchy is
//!
//! ```text
//! KEK (key file or environment, never in the database)          KekProvider, FileKek
//!  └─ root keyring {v1, v2, …}, one WrappedRoot row a version
//!      ├─ derived keys (audit, cookies, …)                       Vault::derive
//!      └─ project data key (DEK), one WrappedDek row a version
//!          └─ one subkey a record                                record.rs
//! ```
//!
//! Everything here is pure: rows come in and go out as bytes, callers store them.

mod cipher;
mod error;
mod framing;
mod kek;
mod kek_file;
mod kek_lock;
mod key;
mod payload;
mod record;
mod ring;
mod rotation;
mod secret;
mod secret_map;
mod vault;
mod wrap;

pub use error::VaultError;
pub use kek::{KekError, KekId, KekProvider};
pub use kek_file::FileKek;
pub use kek_lock::KeyFileLock;
pub use key::KeyMaterial;
pub use record::{SealContext, record_dek};
pub use ring::DekId;
pub use secret::Secret;
pub use secret_map::SecretMap;
pub use vault::{SEALS_MAX, SEALS_ROTATE_AT, Vault, WrappedDek, WrappedRoot};
