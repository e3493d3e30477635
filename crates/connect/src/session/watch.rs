//! Telling whoever waits for an attempt.

use std::time::Duration;

use patchbay_model::{Actor, ConnectSessionId};
use patchbay_store::connect_sessions::SessionState;
use tokio::sync::broadcast::{self, error::RecvError};

use super::ConnectSessionView;
use crate::{ConnectResult, Connector};

/// How often the database is looked at, for changes that another node made.
const LOOK: Duration = Duration::from_secs(1);

/// Yields an attempt whenever it has changed.
pub struct SessionWatch {
    connector: Connector,
    actor: Actor,
    id: ConnectSessionId,
    changes: broadcast::Receiver<ConnectSessionId>,
    last: Option<SessionState>,
}

impl Connector {
    /// Watches an attempt of the person who asks.
    pub async fn session_watch_open(
        &self,
        actor: &Actor,
        id: &ConnectSessionId,
    ) -> ConnectResult<SessionWatch> {
        let changes = self.session_watch();
        self.session_own(actor, id).await?;
        Ok(SessionWatch {
            connector: self.clone(),
            actor: actor.clone(),
            id: id.clone(),
            changes,
            last: None,
        })
    }
}

impl SessionWatch {
    /// The attempt as it is now, at first; afterwards once it has changed; `None` after it has ended.
    pub async fn next(&mut self) -> Option<ConnectSessionView> {
        if self.last.is_some_and(SessionState::ended) {
            return None;
        }
        loop {
            let view = self
                .connector
                .session_view(&self.actor, &self.id)
                .await
                .ok()?;
            if self.last != Some(view.state) {
                self.last = Some(view.state);
                return Some(view);
            }
            self.changed().await;
        }
    }

    async fn changed(&mut self) {
        let look = tokio::time::sleep(LOOK);
        tokio::pin!(look);
        loop {
            tokio::select! {
                () = &mut look => return,
                change = self.changes.recv() => match change {
                    Ok(id) if id == self.id => return,
                    Ok(_) => {}
                    // Some were missed, this one's perhaps among them.
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => {
                        look.as_mut().await;
                        return;
                    }
                },
            }
        }
    }
}
