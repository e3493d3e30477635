//! Signing in and out, and what a person changes about themself.

use std::{fmt, net::IpAddr};

use patchbay_model::{Code, Problem, SessionId, Timestamp};
use patchbay_store::{
    Tx,
    audit::{AuditActor, AuditSubject, NewAuditEntry},
    people::{
        NewSession, Session, User, session_delete, session_delete_all, session_insert,
        session_prune, user_by_email, user_lock, user_update,
    },
};

use crate::{
    Access, AccessResult, Person, address, authenticate::IDLE, check, guard::Attempt, person_actor,
    token, user_subject, workspace_entry,
};

/// The browser a person signs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What it calls itself.
    pub user_agent: String,
    /// Where it is.
    pub ip: Option<IpAddr>,
    /// The person it is signed in as until now; that session ends, so that nobody can plant one (threat S-34).
    pub before: Option<Person>,
}

/// A session that has just begun.
pub struct SignedIn {
    /// Who signed in.
    pub person: Person,
    /// What the cookie carries; it is stored nowhere.
    pub token: String,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

pub(crate) struct BeginSession<'a> {
    pub(crate) user: &'a User,
    pub(crate) browser: &'a Browser,
    pub(crate) now: Timestamp,
}

fn wrong() -> Problem {
    Problem::new(
        Code::InvalidCredentials,
        "The e-mail address or the password is wrong.",
    )
}

impl Access {
    /// Signs a person in by their password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, the same for an unknown address and a wrong password; `ACCOUNT_LOCKED` for thirty
    /// minutes after ten failures; `RATE_LIMITED`.
    pub async fn login(
        &self,
        email: &str,
        password: &str,
        browser: &Browser,
    ) -> AccessResult<SignedIn> {
        let (user, attempt) = self.password_check(email, password, browser.ip).await?;
        let now = self.now();
        let tx = self.store().begin().await?;
        self.attempt_passed(&tx, &attempt).await?;
        session_prune(&tx, now).await?;
        let signed_in = self
            .session_begin(
                &tx,
                BeginSession {
                    user: &user,
                    browser,
                    now,
                },
            )
            .await?;
        let mut entry = workspace_entry(&user, "session.create", user_subject(&user));
        entry.details = serde_json::json!({ "ip": address(browser.ip) });
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Checks a password of an address under the guard. Unknown and shut out people cost the same and get the same
    /// answer as a wrong password.
    pub(crate) async fn password_check(
        &self,
        email: &str,
        password: &str,
        ip: Option<IpAddr>,
    ) -> AccessResult<(User, Attempt)> {
        let attempt = self.attempt_begin(email, ip).await?;
        let user = user_by_email(self.store().reader(), email)
            .await?
            .filter(|user| !user.disabled);
        let hash = user.as_ref().and_then(|user| user.password_hash.as_deref());
        // Hashing a password longer than any that could be set would only cost time.
        let possible = password.len() <= 1024;
        let offered = if possible { password } else { "" };
        let right = self.inner.passwords.verify(offered, hash).await? && possible;
        match user {
            Some(user) if right => Ok((user, attempt)),
            user => {
                if attempt.locks {
                    self.lock_out_note(user.as_ref(), ip).await?;
                }
                Err(wrong())
            }
        }
    }

    async fn lock_out_note(&self, user: Option<&User>, ip: Option<IpAddr>) -> AccessResult<()> {
        tracing::warn!(ip = address(ip), "sign-in locked after too many failures");
        let Some(user) = user else {
            return Ok(());
        };
        let mut entry = workspace_entry(user, "session.lock_out", user_subject(user));
        entry.actor = AuditActor::system();
        entry.details = serde_json::json!({ "ip": address(ip) });
        let tx = self.store().begin().await?;
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }

    /// Begins a session in a write unit; the one the browser had until now ends.
    pub(crate) async fn session_begin(
        &self,
        tx: &Tx,
        begin: BeginSession<'_>,
    ) -> AccessResult<SignedIn> {
        let BeginSession { user, browser, now } = begin;
        if let Some(before) = &browser.before {
            session_delete(tx, &before.id, &before.session).await?;
        }
        let token = token::token()?;
        let session = Session {
            id: SessionId::new(),
            user: user.id.clone(),
            created: now,
            last_used: now,
            expires: now.plus(IDLE),
            user_agent: browser.user_agent.chars().take(300).collect(),
            ip: address(browser.ip),
        };
        session_insert(
            tx,
            &NewSession {
                token_hash: &token::hash(&token),
                session: &session,
            },
        )
        .await?;
        Ok(SignedIn {
            person: Person::of(user.clone(), &session),
            token,
        })
    }

    /// Ends the session a person acts in.
    pub async fn logout(&self, person: &Person) -> AccessResult<()> {
        let tx = self.store().begin().await?;
        session_delete(&tx, &person.id, &person.session).await?;
        let entry = own_entry(person, "session.delete");
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a person another password and ends their other sessions.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS` when the current one is wrong, `VALIDATION_FAILED` when the new one is too short,
    /// `ACCOUNT_LOCKED` and `RATE_LIMITED` as when signing in.
    pub async fn password_change(
        &self,
        person: &Person,
        current: &str,
        new: &str,
        ip: Option<IpAddr>,
    ) -> AccessResult<()> {
        check::password("new", new)?;
        let (_, attempt) = self.password_check(&person.email, current, ip).await?;
        let hash = self.inner.passwords.hash(new).await?;
        let tx = self.store().begin().await?;
        let mut user = user_lock(&tx, &person.id).await?.ok_or_else(wrong)?;
        user.password_hash = Some(hash);
        user_update(&tx, &user).await?;
        self.attempt_passed(&tx, &attempt).await?;
        let ended = session_delete_all(&tx, &person.id, Some(&person.session)).await?;
        let mut entry = own_entry(person, "user.password_change");
        entry.details = serde_json::json!({ "sessionsEnded": ended });
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a person another name.
    pub async fn name_change(&self, person: &Person, name: &str) -> AccessResult<Person> {
        let name = check::name("name", name)?;
        let tx = self.store().begin().await?;
        let mut user = user_lock(&tx, &person.id)
            .await?
            .ok_or_else(Problem::internal)?;
        let before = std::mem::replace(&mut user.name, name.clone());
        user_update(&tx, &user).await?;
        let mut entry = own_entry(person, "user.rename");
        entry.details = serde_json::json!({ "from": before, "to": name });
        self.audit_append(&tx, &entry).await?;
        tx.commit().await?;
        Ok(Person {
            name,
            ..person.clone()
        })
    }
}

/// An entry about what a person did to their own account.
pub(crate) fn own_entry(person: &Person, action: &str) -> NewAuditEntry {
    NewAuditEntry {
        project: None,
        actor: person_actor(&person.id, &person.name),
        action: action.to_owned(),
        subject: AuditSubject::new("user", &person.id, person.name.clone()),
        details: serde_json::json!({}),
        host: None,
    }
}
