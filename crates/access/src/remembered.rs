//! API keys that were looked up a moment ago.
//!
//! What a key may do counts at the moment of each request. Asking the database anew costs more than most requests
//! through a connection, so the last answer serves again as long as nothing at all was written since
//! ([`patchbay_store::Store::changes`]), and at most [`LONGEST`].

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use patchbay_model::Actor;

/// How long an answer is kept at most.
const LONGEST: Duration = Duration::from_secs(1);
/// Beyond this many, old answers are cleared away when a new one comes.
const KEPT: usize = 1024;

/// Actors by the hash of their key.
#[derive(Default)]
pub(crate) struct Remembered {
    actors: Mutex<HashMap<[u8; 32], Seen>>,
}

struct Seen {
    actor: Actor,
    changes: u64,
    until: Instant,
}

impl Remembered {
    /// The answer of a moment ago, if nothing was written since.
    pub(crate) fn get(&self, hash: &[u8; 32], changes: u64) -> Option<Actor> {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = actors.get(hash)?;
        (seen.changes == changes && Instant::now() < seen.until).then(|| seen.actor.clone())
    }

    /// Keeps an answer that was read after `changes` was.
    pub(crate) fn put(&self, hash: [u8; 32], changes: u64, actor: &Actor) {
        let now = Instant::now();
        let mut actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        if actors.len() >= KEPT {
            actors.retain(|_, seen| now < seen.until);
        }
        let seen = Seen {
            actor: actor.clone(),
            changes,
            until: now + LONGEST,
        };
        actors.insert(hash, seen);
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::ProjectId;

    use super::*;

    #[test]
    fn s41_an_answer_is_good_until_something_is_written() {
        let remembered = Remembered::default();
        let actor = Actor::system(ProjectId::new());
        remembered.put([7; 32], 3, &actor);
        assert_eq!(remembered.get(&[7; 32], 3), Some(actor));
        assert_eq!(remembered.get(&[7; 32], 4), None);
        assert_eq!(remembered.get(&[8; 32], 3), None);
    }
}
