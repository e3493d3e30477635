//! Runs held for a connection, and letting them go on.

use patchbay_connect::{ConnectionEvent, ConnectionEventKind};
use patchbay_model::{ConnectionId, ProjectId, flow::FlowDocument};
use patchbay_store::{
    StoreResult,
    connections::connection_get,
    runs::{Run, held_connections, held_release, run_document},
};
use tokio::sync::broadcast::error::RecvError;

use crate::Runner;

impl Runner {
    /// Looks whether what a run was just held for is over already: what happened between its attempt and that write was
    /// told before the run could hear of it.
    pub(super) async fn held_begun(&self, run: &Run, connection: &ConnectionId) {
        if let Err(error) = self.held_begun_look(run, connection).await {
            tracing::warn!(%error, %connection, "held runs are looked at again later");
        }
    }

    async fn held_begun_look(&self, run: &Run, connection: &ConnectionId) -> StoreResult<()> {
        let document = run_document(self.store().reader(), &run.project, &run.id).await?;
        if document.is_some_and(|document| !names(&document, connection)) {
            // Its flow was given another connection.
            return self.held_let_go(&run.project, connection).await;
        }
        self.held_look(&run.project, connection).await
    }

    /// Lets the runs held for a connection go on if it works, and also if it is destroyed: then they end with an error
    /// that says so. One in the trash may come back.
    async fn held_look(&self, project: &ProjectId, connection: &ConnectionId) -> StoreResult<()> {
        let row = connection_get(self.store().reader(), project, connection).await?;
        let go_on = row.is_none_or(|row| row.deleted_at.is_none() && row.status.usable());
        if go_on {
            self.held_let_go(project, connection).await?;
        }
        Ok(())
    }

    async fn held_let_go(&self, project: &ProjectId, connection: &ConnectionId) -> StoreResult<()> {
        let tx = self.store().begin_uncounted().await?;
        let released = held_release(&tx, project, connection).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::info!(%connection, runs = released, "held runs go on");
            self.queue_changed();
        }
        Ok(())
    }

    /// Looks at every connection that runs are held for: news of other nodes come this way.
    pub(super) async fn held_sweep(&self) -> StoreResult<()> {
        for held in held_connections(self.store().reader()).await? {
            self.held_look(&held.project, &held.connection).await?;
        }
        Ok(())
    }

    /// Follows what happens to connections in this process.
    pub(super) async fn connections_follow(self) {
        let mut events = self.inner.parts.connector.events();
        loop {
            let done = match events.recv().await {
                Ok(event) => self.connection_happened(&event).await,
                Err(RecvError::Lagged(_)) => self.held_sweep().await,
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "what waits for connections is looked at again later");
            }
        }
    }

    async fn connection_happened(&self, event: &ConnectionEvent) -> StoreResult<()> {
        let ConnectionEvent {
            project,
            connection,
            kind,
        } = event;
        let mended = *kind == ConnectionEventKind::Usable;
        self.polls_look(project, connection, mended).await?;
        match kind {
            ConnectionEventKind::Usable | ConnectionEventKind::Broken => {
                self.held_look(project, connection).await
            }
            // The flows may name another connection by now: those that do not are held again.
            ConnectionEventKind::Changed => {
                self.held_let_go(project, connection).await?;
                // Those of flows that were given another one were let go where that was written.
                self.queue_changed();
                Ok(())
            }
        }
    }
}

fn names(document: &FlowDocument, connection: &ConnectionId) -> bool {
    let named = document.connections();
    named.iter().any(|(_, named)| named == connection)
}
