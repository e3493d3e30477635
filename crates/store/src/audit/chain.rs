//! What binds an entry to the one before.

use aws_lc_rs::hmac;

use super::entity::entry;

/// The key of the chain's HMAC-SHA-256, derived by the vault from a root of a certain version.
#[derive(Clone)]
pub struct AuditKey {
    version: u16,
    key: hmac::Key,
}

impl AuditKey {
    /// A key and the version of the root it comes from; entries remember the version, so that older ones can still be
    /// checked after a rotation.
    pub fn new(version: u16, key: &[u8; 32]) -> Self {
        Self {
            version,
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    pub(super) fn version(&self) -> u16 {
        self.version
    }

    /// The link of an entry to the chain before it. The row's own `chain` does not count.
    pub(super) fn link(&self, before: &[u8], row: &entry::Model) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&self.key);
        part(&mut mac, b"entry/v1");
        part(&mut mac, before);
        part(&mut mac, row.id.as_bytes());
        part(&mut mac, row.project_id.as_bytes());
        part(&mut mac, &row.seq.to_be_bytes());
        part(&mut mac, &row.at.to_be_bytes());
        for text in [
            &row.actor_kind,
            &row.actor_id,
            &row.actor_name,
            &row.action,
            &row.subject_kind,
            &row.subject_id,
            &row.subject_name,
            &row.details,
        ] {
            part(&mut mac, text.as_bytes());
        }
        match &row.host {
            Some(host) => part(&mut mac, host.as_bytes()),
            None => mac.update(&u64::MAX.to_be_bytes()),
        }
        part(&mut mac, &row.key_version.to_be_bytes());
        mac.sign().as_ref().to_vec()
    }

    /// The seal on the newest link of a chain: without it, entries could be cut off its end.
    pub(super) fn seal(&self, chain_name: &str, seq: i64, chain: &[u8]) -> Vec<u8> {
        let mut mac = hmac::Context::with_key(&self.key);
        part(&mut mac, b"head/v1");
        part(&mut mac, chain_name.as_bytes());
        part(&mut mac, &seq.to_be_bytes());
        part(&mut mac, chain);
        mac.sign().as_ref().to_vec()
    }
}

/// Each part goes in with its length before it, so that no two different rows give the same bytes.
fn part(mac: &mut hmac::Context, bytes: &[u8]) {
    mac.update(&(bytes.len() as u64).to_be_bytes());
    mac.update(bytes);
}
