//! The browsers a person is signed in with.

use patchbay_model::{Code, Problem, SessionId};
use patchbay_store::{
    Page, Paged,
    people::{Session, session_delete, session_list},
};

use crate::{Access, AccessResult, Person, login::own_entry};

impl Access {
    /// A person's sessions, newest first.
    pub async fn session_list(&self, person: &Person, page: &Page) -> AccessResult<Paged<Session>> {
        Ok(session_list(self.store().reader(), &person.id, self.now(), page).await?)
    }

    /// Ends one of a person's sessions; its next request is refused.
    ///
    /// # Errors
    /// `SESSION_NOT_FOUND` when it is not theirs or has ended.
    pub async fn session_kill(&self, person: &Person, session: &SessionId) -> AccessResult<()> {
        let tx = self.store().begin().await?;
        if !session_delete(&tx, &person.id, session).await? {
            return Err(Problem::new(
                Code::SessionNotFound,
                "There is no such session; it may have ended already.",
            ));
        }
        let mut entry = own_entry(person, "session.kill");
        entry.details = serde_json::json!({ "session": session });
        self.audit_append(&tx, &entry).await?;
        Ok(tx.commit().await?)
    }
}
