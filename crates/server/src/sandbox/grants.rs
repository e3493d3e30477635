//! What the authorization server remembers: consents being asked, codes, tokens.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::Account;

/// Short, so that refreshing can be watched.
pub(super) const ACCESS_TTL: Duration = Duration::from_mins(1);
const CODE_TTL: Duration = Duration::from_mins(1);
const CONSENT_TTL: Duration = Duration::from_mins(10);
/// Grants and open consents that are kept; the oldest make room. Bounds the memory.
const KEPT: usize = 10_000;

/// An authorization request that somebody has to answer.
#[derive(Clone)]
pub(super) struct Consent {
    pub(super) state: Option<String>,
    pub(super) scope: String,
    /// PKCE, `S256` (RFC 7636 §4.2).
    pub(super) challenge: String,
}

struct Code {
    consent: Consent,
    account: &'static Account,
    /// Set once the code was used; using it again ends what it had granted (RFC 6749 §4.1.2).
    grant: Option<String>,
}

/// What one person allowed once: at most one live refresh token, any number of access tokens.
struct Grant {
    account: &'static Account,
    scope: String,
    refresh: String,
}

struct Access {
    grant: String,
}

/// A map whose entries end after a while and whose size is bounded.
struct Aging<T> {
    entries: HashMap<String, (Instant, T)>,
    order: VecDeque<String>,
}

impl<T> Default for Aging<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> Aging<T> {
    fn insert(&mut self, key: String, value: T, ttl: Duration, now: Instant) {
        while let Some(oldest) = self.order.front() {
            let over = self.order.len() >= KEPT;
            if over || self.entries.get(oldest).is_none_or(|(end, _)| *end <= now) {
                if let Some(oldest) = self.order.pop_front() {
                    self.entries.remove(&oldest);
                }
            } else {
                break;
            }
        }
        self.order.push_back(key.clone());
        self.entries.insert(key, (now + ttl, value));
    }

    fn get_mut(&mut self, key: &str, now: Instant) -> Option<&mut T> {
        self.entries
            .get_mut(key)
            .filter(|(end, _)| *end > now)
            .map(|(_, value)| value)
    }

    fn remove(&mut self, key: &str, now: Instant) -> Option<T> {
        self.entries
            .remove(key)
            .filter(|(end, _)| *end > now)
            .map(|(_, value)| value)
    }
}

/// What the token endpoint hands out.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) scope: String,
}

/// Why a grant is refused: an `error_description` (RFC 6749 §5.2), the error being `invalid_grant`.
pub(super) type Refused = &'static str;

#[derive(Default)]
pub(super) struct Grants {
    consents: Aging<Consent>,
    codes: Aging<Code>,
    access: Aging<Access>,
    live: HashMap<String, Grant>,
    grant_order: VecDeque<String>,
}

impl Grants {
    /// Remembers a request until it is answered; the id goes into the consent page.
    pub(super) fn consent_open(&mut self, consent: Consent, now: Instant) -> String {
        let id = random();
        self.consents.insert(id.clone(), consent, CONSENT_TTL, now);
        id
    }

    /// The request of a consent page, once.
    pub(super) fn consent_take(&mut self, id: &str, now: Instant) -> Option<Consent> {
        self.consents.remove(id, now)
    }

    /// The person agreed: a code for the client.
    pub(super) fn code_create(
        &mut self,
        consent: Consent,
        account: &'static Account,
        now: Instant,
    ) -> String {
        let code = random();
        self.codes.insert(
            code.clone(),
            Code {
                consent,
                account,
                grant: None,
            },
            CODE_TTL,
            now,
        );
        code
    }

    /// Turns a code into tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
    pub(super) fn code_exchange(
        &mut self,
        code: &str,
        verifier: &str,
        now: Instant,
    ) -> Result<Tokens, Refused> {
        let entry = self
            .codes
            .get_mut(code, now)
            .ok_or("the code is unknown or expired")?;
        if let Some(grant) = entry.grant.clone() {
            self.live.remove(&grant);
            return Err("the code was used before");
        }
        let challenge =
            BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref());
        if !same(&challenge, &entry.consent.challenge) {
            return Err("the code verifier does not match");
        }
        let id = random();
        entry.grant = Some(id.clone());
        let (account, scope) = (entry.account, entry.consent.scope.clone());
        self.grant_insert(
            id.clone(),
            Grant {
                account,
                scope,
                refresh: String::new(),
            },
        );
        self.issue(&id, now).ok_or("the grant has ended")
    }

    /// New tokens for a refresh token, which is spent by that. A spent one that returns ends the grant.
    pub(super) fn refresh(&mut self, token: &str, now: Instant) -> Result<Tokens, Refused> {
        let (id, secret) = token
            .split_once('.')
            .ok_or("the refresh token is unknown")?;
        let grant = self
            .live
            .get(id)
            .ok_or("the refresh token is unknown or revoked")?;
        if !same(secret, &grant.refresh) {
            self.live.remove(id);
            return Err("the refresh token was used before");
        }
        self.issue(id, now).ok_or("the grant has ended")
    }

    /// Ends the grant that an access or refresh token belongs to (RFC 7009). Unknown ones are fine.
    pub(super) fn revoke(&mut self, token: &str, now: Instant) {
        let id = match token.split_once('.') {
            Some((id, _)) => Some(id.to_owned()),
            None => self
                .access
                .get_mut(token, now)
                .map(|access| access.grant.clone()),
        };
        if let Some(id) = id {
            self.live.remove(&id);
        }
    }

    /// Whose access token this is, while it lives, and what it was granted for (space-separated).
    pub(super) fn access(&mut self, token: &str, now: Instant) -> Option<(&'static Account, &str)> {
        let access = self.access.get_mut(token, now)?;
        self.live
            .get(&access.grant)
            .map(|grant| (grant.account, grant.scope.as_str()))
    }

    fn issue(&mut self, id: &str, now: Instant) -> Option<Tokens> {
        let grant = self.live.get_mut(id)?;
        grant.refresh = random();
        let tokens = Tokens {
            access: random(),
            refresh: format!("{id}.{}", grant.refresh),
            scope: grant.scope.clone(),
        };
        self.access.insert(
            tokens.access.clone(),
            Access {
                grant: id.to_owned(),
            },
            ACCESS_TTL,
            now,
        );
        Some(tokens)
    }

    fn grant_insert(&mut self, id: String, grant: Grant) {
        while self.grant_order.len() >= KEPT {
            if let Some(oldest) = self.grant_order.pop_front() {
                self.live.remove(&oldest);
            }
        }
        self.grant_order.push_back(id.clone());
        self.live.insert(id, grant);
    }
}

/// 256 random bits as text.
fn random() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the random generator works once the process runs");
    BASE64URL_NOPAD.encode(&bytes)
}

/// Equality that takes as long for a near miss as for a far one.
pub(super) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
