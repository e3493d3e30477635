//! Choosing after a sign-in as another account, and stopping an attempt.

use patchbay_model::{Actor, Code, ConnectSessionId, Problem, Timestamp};
use patchbay_store::connect_sessions::{
    ConnectSessionRow, SessionOutcome, SessionState, session_get, session_settle,
};

use super::{exchange::EndsSession, view::ConnectSessionView};
use crate::{ConnectResult, Connector};

/// What to do with a sign-in as another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Switch the connection, and all that uses it, to the new account.
    Replace,
    /// Make another connection of it.
    Separate,
    /// Forget it.
    Discard,
}

impl Connector {
    /// Chooses.
    ///
    /// # Errors
    /// `CONNECT_SESSION_ENDED` unless the attempt waits for a choice.
    pub async fn session_resolve(
        &self,
        actor: &Actor,
        id: &ConnectSessionId,
        choice: Choice,
    ) -> ConnectResult<ConnectSessionView> {
        let row = self.session_own(actor, id).await?;
        if row.state != SessionState::DifferentAccount || row.expires_at <= Timestamp::now() {
            return Err(ended().into());
        }
        let Some(target) = &row.reconnect else {
            return Err(ended().into());
        };
        match choice {
            Choice::Discard => {
                let discarded = SessionOutcome::plain(SessionState::Cancelled);
                self.session_end(&row, &discarded).await?;
            }
            Choice::Separate => {
                let sign_in = self.session_held(&row).await?;
                self.session_save_new(actor, &row, &sign_in, SessionState::DifferentAccount)
                    .await?;
            }
            Choice::Replace => {
                let target = self.row_managed(actor, target).await?;
                let sign_in = self.session_held(&row).await?;
                let account = sign_in.grant.account.clone();
                let also = EndsSession {
                    row: &row,
                    from: SessionState::DifferentAccount,
                    account: &account,
                };
                self.save_reconnect(actor, &row.project, &target.id, &sign_in, &also)
                    .await?
                    .ok_or_else(ended)?;
            }
        }
        self.session_changed(id);
        self.session_view(actor, id).await
    }

    /// Stops an attempt. One that has ended already stays as it ended.
    pub async fn session_cancel(
        &self,
        actor: &Actor,
        id: &ConnectSessionId,
    ) -> ConnectResult<ConnectSessionView> {
        let row = self.session_own(actor, id).await?;
        let open = [
            SessionState::Pending,
            SessionState::Exchanging,
            SessionState::DifferentAccount,
        ];
        let cancelled = SessionOutcome::plain(SessionState::Cancelled);
        let tx = self.store().begin().await?;
        session_settle(&*tx, &row.project, id, &open, &cancelled, Timestamp::now()).await?;
        tx.commit().await?;
        self.session_changed(id);
        self.session_view(actor, id).await
    }

    /// An attempt of the person who asks; other people's do not exist for them.
    pub(super) async fn session_own(
        &self,
        actor: &Actor,
        id: &ConnectSessionId,
    ) -> ConnectResult<ConnectSessionRow> {
        session_get(self.store().reader(), &actor.project, id)
            .await?
            .filter(|row| actor.owns(&row.user))
            .ok_or_else(|| {
                Problem::new(
                    Code::ConnectSessionNotFound,
                    "There is no such connect session of yours in this project.",
                )
                .into()
            })
    }
}

fn ended() -> Problem {
    Problem::new(
        Code::ConnectSessionEnded,
        "This sign-in does not wait for a choice (any more). Start it again.",
    )
}
