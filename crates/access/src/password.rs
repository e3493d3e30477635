//! Hashing and checking passwords.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use patchbay_model::{Code, Problem};
use tokio::sync::Semaphore;

/// OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Checks that may wait for their turn; more are refused, so that a flood of sign-ins cannot pile up.
const WAITING: usize = 64;

/// A hash of nothing anybody knows: unknown people cost the same work as known ones (threat S-37).
/// Same parameters as above; a test holds it to that.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cGF0Y2hiYXktZHVtbXktMQ$4bZ3hQv2o0u8J3jB6mA1xkXq7m0m0bqkq0m0sQ3r5dE";

/// Hashes and checks passwords, a few at a time.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

fn argon2() -> Argon2<'static> {
    // The numbers are within the limits of Params; the default has the same algorithm and version.
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            turns: Arc::new(Semaphore::new(cores)),
            room: Arc::new(Semaphore::new(cores + WAITING)),
        }
    }

    /// The hash of a password in PHC form, with a salt of its own.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = password.to_owned();
        let hash = self
            .work(move || {
                argon2()
                    .hash_password(password.as_bytes())
                    .map(|hash| hash.to_string())
                    .map_err(|error| tracing::error!(%error, "a password could not be hashed"))
            })
            .await?;
        hash.map_err(|()| Problem::internal())
    }

    /// Whether a password has this hash. `None` takes as long and is never right.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Problem> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.unwrap_or(DUMMY).to_owned();
        let right = self
            .work(move || match PasswordHash::new(&hash) {
                Ok(hash) => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
                Err(error) => {
                    tracing::error!(%error, "a stored password hash cannot be read");
                    false
                }
            })
            .await?;
        Ok(right && known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || {
            Problem::new(
                Code::RateLimited,
                "Too many people are signing in right now. Try again in a few seconds.",
            )
            .retry_after(std::time::Duration::from_secs(3))
        };
        let _room = self.room.try_acquire().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Problem::internal())?;
        tokio::task::spawn_blocking(move || {
            let out = work();
            drop(turn);
            out
        })
        .await
        .map_err(|error| {
            tracing::error!(%error, "a password check ended early");
            Problem::internal()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn s36_hashes_have_the_floor_parameters_and_check() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.expect("hashes");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(
            passwords.verify("correct horse", Some(&hash)).await,
            Ok(true)
        );
        assert_eq!(
            passwords.verify("correct horsf", Some(&hash)).await,
            Ok(false)
        );
        assert_ne!(passwords.hash("correct horse").await, Ok(hash));
    }

    #[tokio::test]
    async fn s37_the_dummy_costs_the_same_and_is_never_right() {
        let dummy = PasswordHash::new(DUMMY).expect("reads");
        let params = Params::try_from(&dummy).expect("has parameters");
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY_KIB, PASSES, LANES)
        );
        assert_eq!(Passwords::new().verify("anything", None).await, Ok(false));
    }
}
