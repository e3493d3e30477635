//! Slowing down those who guess passwords (threat S-36) without shutting out those who know theirs.
//!
//! Three brakes, the same for addresses with and without an account:
//! - ten checks that fail for one account from one network lock that pair for thirty minutes. The count is in the
//!   database and taken *before* the check, so guesses sent at once on several nodes do not slip through;
//! - ten checks a minute for one account from everywhere together, in this process;
//! - a hundred checks a minute from one network, in this process.
//!
//! The person themself signs in from another network meanwhile, so nobody can keep them out by failing on purpose.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use patchbay_model::{Code, Problem};
use patchbay_store::people::{attempts_lock, attempts_prune, attempts_put, name_key};

use crate::{Access, AccessResult, token};

/// Failures that lock.
const FAILURES: u32 = 10;
/// How long a lock holds.
const LOCKED: Duration = Duration::from_mins(30);
/// Failures older than this are forgotten.
const FORGOTTEN: Duration = Duration::from_hours(24);
/// Checks of one account a minute.
const ACCOUNT_A_MINUTE: usize = 10;
/// Checks from one network a minute.
const NETWORK_A_MINUTE: NonZeroU32 = NonZeroU32::new(100).unwrap();
const MINUTE: Duration = Duration::from_mins(1);
/// Accounts and networks remembered before the idle ones are swept out.
const SWEEP_AT: usize = 10_000;

/// The brakes that live in this process.
pub(crate) struct Guard {
    accounts: Mutex<HashMap<[u8; 32], VecDeque<Instant>>>,
    networks: DefaultKeyedRateLimiter<Vec<u8>>,
}

/// A check that has been let through. Give it to [`Access::attempt_passed`] when the password was right.
pub(crate) struct Attempt {
    pub(crate) pair: [u8; 32],
    account: [u8; 32],
    /// This check was the last one before the lock.
    pub(crate) locks: bool,
}

/// What counts as one network: an IPv4 address, or an IPv6 /64, which is what one subscriber is given (RFC 6177).
fn network(ip: Option<IpAddr>) -> Vec<u8> {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) => ip.octets().to_vec(),
        Some(IpAddr::V6(ip)) => ip.octets()[..8].to_vec(),
        None => Vec::new(),
    }
}

impl Guard {
    pub(crate) fn new() -> Self {
        Self {
            accounts: Mutex::new(HashMap::new()),
            networks: RateLimiter::keyed(Quota::per_minute(NETWORK_A_MINUTE)),
        }
    }

    fn network_begin(&self, network: &Vec<u8>) -> Result<(), Duration> {
        if self.networks.len() > SWEEP_AT {
            self.networks.retain_recent();
        }
        self.networks.check_key(network).map_err(|not_until| {
            not_until.wait_time_from(governor::clock::DefaultClock::default().now())
        })
    }

    fn account_begin(&self, account: [u8; 32]) -> Result<(), Duration> {
        let now = Instant::now();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() > SWEEP_AT {
            accounts.retain(|_, begun| begun.back().is_some_and(|last| now - *last < MINUTE));
        }
        let begun = accounts.entry(account).or_default();
        while begun.front().is_some_and(|first| now - *first >= MINUTE) {
            begun.pop_front();
        }
        if let (true, Some(first)) = (begun.len() >= ACCOUNT_A_MINUTE, begun.front()) {
            return Err(MINUTE.saturating_sub(now - *first));
        }
        begun.push_back(now);
        Ok(())
    }

    /// Gives the place of a check that passed back: only guesses count.
    fn account_passed(&self, account: &[u8; 32]) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = accounts.get_mut(account) {
            begun.pop_back();
        }
    }
}

impl Access {
    /// Asks to check a password of an address. Counts as a failure until [`Access::attempt_passed`].
    ///
    /// # Errors
    /// `ACCOUNT_LOCKED` after too many failures, `RATE_LIMITED` when checks come too fast.
    pub(crate) async fn attempt_begin(
        &self,
        email: &str,
        ip: Option<IpAddr>,
    ) -> AccessResult<Attempt> {
        let network = network(ip);
        let key = name_key(email);
        let account = token::hash(&key);
        let pair = token::hash_parts(&[key.as_bytes(), &network]);
        let slow = |wait: Duration| {
            Problem::new(
                Code::RateLimited,
                "Too many sign-ins in a short time. Wait a minute and try again.",
            )
            .retry_after(wait)
        };
        self.inner.guard.network_begin(&network).map_err(slow)?;

        let now = self.now();
        let tx = self.store().begin().await?;
        attempts_prune(&tx, now.minus(FORGOTTEN)).await?;
        let mut attempts = attempts_lock(&tx, &pair).await?;
        if let Some(until) = attempts.locked_until {
            if until > now {
                return Err(locked(now.until(until)));
            }
            attempts.failures = 0;
            attempts.locked_until = None;
        }
        if let Err(wait) = self.inner.guard.account_begin(account) {
            return Err(slow(wait));
        }
        attempts.failures += 1;
        attempts.last = now;
        let locks = attempts.failures >= FAILURES;
        if locks {
            attempts.locked_until = Some(now.plus(LOCKED));
        }
        attempts_put(&tx, &pair, &attempts).await?;
        tx.commit().await?;
        Ok(Attempt {
            pair,
            account,
            locks,
        })
    }

    /// The password was right: the failures before it are forgotten in this write unit.
    pub(crate) async fn attempt_passed(
        &self,
        tx: &patchbay_store::Tx,
        attempt: &Attempt,
    ) -> AccessResult<()> {
        patchbay_store::people::attempts_clear(tx, &attempt.pair).await?;
        self.inner.guard.account_passed(&attempt.account);
        Ok(())
    }
}

fn locked(wait: Duration) -> Problem {
    let minutes = wait.as_secs().div_ceil(60).max(1);
    Problem::new(
        Code::AccountLocked,
        format!("Too many failed sign-ins. Try again in {minutes} minutes."),
    )
    .retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s36_ten_guesses_a_minute_for_an_account() {
        let guard = Guard::new();
        let let_through = (0..10_000)
            .filter(|_| guard.account_begin([1; 32]).is_ok())
            .count();
        assert_eq!(let_through, 10);
        assert!(guard.account_begin([2; 32]).is_ok());
    }

    #[test]
    fn s36_right_passwords_do_not_use_the_minute_up() {
        let guard = Guard::new();
        for _ in 0..100 {
            assert!(guard.account_begin([1; 32]).is_ok());
            guard.account_passed(&[1; 32]);
        }
    }

    #[test]
    fn one_subscriber_is_one_network() {
        let ip = |text: &str| text.parse::<IpAddr>().ok();
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff:2")));
        assert_ne!(network(ip("2001:db8::1")), network(ip("2001:db8:0:1::1")));
        assert_eq!(network(ip("::ffff:192.0.2.1")), network(ip("192.0.2.1")));
    }
}
