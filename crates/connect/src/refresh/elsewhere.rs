//! Waiting for a renewal that another node makes. The provider is never asked without the lease.

use std::time::Duration;

use patchbay_store::connections::{ConnectionRow, connection_get};
use tokio::time::Instant;

use super::{Outcome, failure::Class};
use crate::{ConnectResult, Connector};

/// First pause between two looks at the row, which doubles …
const PAUSE: Duration = Duration::from_millis(100);
/// … up to this.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Somebody else holds the lease, or the row has moved on: waits for what comes of it.
pub(super) async fn wait(connector: &Connector, row: &ConnectionRow) -> ConnectResult<Outcome> {
    let mut pause = PAUSE;
    let end = Instant::now() + connector.inner.refresher.timings().elsewhere;
    loop {
        let now = connection_get(connector.store().reader(), &row.project, &row.id).await?;
        let Some(now) = now.filter(|now| now.generation == row.generation) else {
            return Ok(Outcome::Settled);
        };
        if now.refresh.lease_until.is_none() {
            return Ok(match Class::of(&now) {
                Some(class) => Outcome::later(Some(class), Duration::from_secs(1)),
                // It was let go in between.
                None => Outcome::Elsewhere,
            });
        }
        if Instant::now() >= end {
            return Ok(Outcome::Later {
                message: "Another node is renewing it and has not ended yet.".to_owned(),
                retry_after: Duration::from_secs(5),
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
