//! Who acts. Asked anew for every request, or answered from what was read while nothing was written since
//! ([`crate::remembered`]), so what is taken away is gone at the next request.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use patchbay_model::{Actor, Code, Principal, Problem, ProjectId, Role, Timestamp};
use patchbay_store::people::{
    Session, User, key_grant, key_touch, member_get, project_get, session_by_token, session_touch,
};

use crate::{Access, AccessResult, Person, token};

/// A session ends after this long without use.
pub(crate) const IDLE: Duration = Duration::from_hours(24);
/// "Last used" is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// Lets one of many requests at the same time write "last used".
#[derive(Default)]
pub(crate) struct TouchGate {
    last: Mutex<HashMap<String, Timestamp>>,
}

impl TouchGate {
    fn due(&self, id: &str, now: Timestamp) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last
            .get(id)
            .is_some_and(|at| *at <= now && now < at.plus(TOUCH_EVERY))
        {
            return false;
        }
        if last.len() > 10_000 {
            last.retain(|_, at| now < at.plus(TOUCH_EVERY));
        }
        last.insert(id.to_owned(), now);
        true
    }
}

fn signed_out() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "You are not signed in. Sign in and try again.",
    )
}

impl Person {
    pub(crate) fn of(user: User, session: &Session) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            is_owner: user.is_owner,
            session: session.id.clone(),
        }
    }
}

impl Access {
    /// The person a session's token stands for.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the token is unknown, its session has ended, or the person is shut out.
    pub async fn session(&self, session_token: &str) -> AccessResult<Person> {
        let now = self.now();
        let hash = token::hash(session_token);
        let (session, user) = session_by_token(self.store().reader(), &hash, now)
            .await?
            .ok_or_else(signed_out)?;
        if now >= session.last_used.plus(TOUCH_EVERY)
            && self.inner.touched.due(session.id.as_str(), now)
        {
            let (access, id) = (self.clone(), session.id.clone());
            behind(async move {
                let tx = access.store().begin().await?;
                session_touch(&tx, &id, now, now.plus(IDLE)).await?;
                Ok(tx.commit().await?)
            });
        }
        Ok(Person::of(user, &session))
    }

    /// What a person is in a project: the owner is admin everywhere.
    ///
    /// # Errors
    /// `PROJECT_NOT_FOUND` when there is no such project or they are not in it.
    pub async fn actor(&self, person: &Person, project: &ProjectId) -> AccessResult<Actor> {
        let db = self.store().reader();
        let role = if person.is_owner {
            project_get(db, project).await?.map(|_| Role::Admin)
        } else {
            match member_get(db, project, &person.id).await? {
                Some((role, _)) => project_get(db, project).await?.map(|_| role),
                None => None,
            }
        };
        Ok(Actor {
            principal: Principal::User {
                id: person.id.clone(),
                name: person.name.clone(),
            },
            project: project.clone(),
            role: role.ok_or_else(project_not_found)?,
        })
    }

    /// The person of a session, acting in a project.
    pub async fn actor_for_session(
        &self,
        session_token: &str,
        project: &ProjectId,
    ) -> AccessResult<Actor> {
        let person = self.session(session_token).await?;
        self.actor(&person, project).await
    }

    /// What an API key may do now: no more than its scope, and no more than the person who made it.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the key is unknown or revoked, or its person is not in the project any more.
    pub async fn actor_for_key(&self, key: &str) -> AccessResult<Actor> {
        if !key.starts_with(token::KEY_PREFIX) {
            return Err(key_refused());
        }
        let hash = token::hash(key);
        // Read before the row is: a write between the two makes what is read count as out of date.
        let changes = self.store().changes().await?;
        if let Some(actor) = self.inner.remembered.get(&hash, changes) {
            return Ok(actor);
        }
        // Boxed: this is the rare way, and its state would be moved along with every request.
        Box::pin(self.key_look_up(hash, changes)).await
    }

    async fn key_look_up(&self, hash: [u8; 32], changes: u64) -> AccessResult<Actor> {
        let grant = key_grant(self.store().reader(), &hash)
            .await?
            .ok_or_else(key_refused)?;
        let present = if grant.user_is_owner {
            Role::Admin
        } else {
            grant.user_role.ok_or_else(key_refused)?
        };
        let now = self.now();
        if self.inner.touched.due(grant.id.as_str(), now) {
            let (access, id) = (self.clone(), grant.id.clone());
            behind(async move {
                let tx = access.store().begin_uncounted().await?;
                key_touch(&tx, &id, now).await?;
                Ok(tx.commit().await?)
            });
        }
        let actor = Actor {
            principal: Principal::Key {
                id: grant.id,
                name: grant.name,
                user: grant.user,
            },
            project: grant.project,
            role: grant.scope.role().min(present),
        };
        self.inner.remembered.put(hash, changes, &actor);
        Ok(actor)
    }
}

fn key_refused() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "This API key is not valid. Make a new one in the project's settings.",
    )
}

/// Writes "last used" behind the request, which does not wait for it.
fn behind(write: impl Future<Output = AccessResult<()>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(problem) = write.await {
            tracing::warn!(%problem, "the time of last use was not written down");
        }
    });
}

pub(crate) fn project_not_found() -> Problem {
    Problem::new(
        Code::ProjectNotFound,
        "There is no such project, or you are not in it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_used_is_due_once_a_minute() {
        let gate = TouchGate::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let due: Vec<bool> = [0, 1, 59, 60, 61]
            .iter()
            .map(|seconds| gate.due("key", at(*seconds)))
            .collect();
        assert_eq!(due, [true, false, false, true, false]);
        assert!(gate.due("other", at(61)));
    }
}
