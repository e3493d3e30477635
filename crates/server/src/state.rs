//! What handlers reach: the rooms and the settings.

use std::{sync::Arc, time::Duration};

use patchbay_access::Access;
use patchbay_catalog::Catalog;
use patchbay_connect::Connector;
use patchbay_gateway::Gateway;
use patchbay_runner::Runner;
use patchbay_store::Store;
use tokio_util::sync::CancellationToken;

use crate::{
    ServerConfig,
    http::{idempotency, limits::RequestLimits},
};

const HOUSEKEEPING_EVERY: Duration = Duration::from_mins(5);

/// The rooms that the ways in lead to.
pub struct AppParts {
    /// Settings of the HTTP side.
    pub config: ServerConfig,
    /// The database, for readiness and idempotency only; handlers never query it.
    pub store: Store,
    /// The apps.
    pub catalog: Arc<Catalog>,
    /// People, projects, keys.
    pub access: Access,
    /// Getting and keeping credentials.
    pub connector: Connector,
    /// Using them.
    pub gateway: Gateway,
    /// Flows and their runs.
    pub runner: Runner,
}

/// Everything a handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    parts: Arc<AppParts>,
    limits: RequestLimits,
}

impl AppState {
    /// Joins the rooms.
    pub fn new(parts: AppParts) -> Self {
        let limits = RequestLimits::new(parts.config.rate_limit_per_minute);
        Self {
            parts: Arc::new(parts),
            limits,
        }
    }

    /// Settings of the HTTP side.
    pub fn config(&self) -> &ServerConfig {
        &self.parts.config
    }

    /// The database, for readiness and idempotency.
    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    /// The apps.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.parts.catalog
    }

    /// People, projects, keys.
    pub fn access(&self) -> &Access {
        &self.parts.access
    }

    /// Getting and keeping credentials.
    pub fn connector(&self) -> &Connector {
        &self.parts.connector
    }

    /// Using credentials.
    pub fn gateway(&self) -> &Gateway {
        &self.parts.gateway
    }

    /// Flows and their runs.
    pub fn runner(&self) -> &Runner {
        &self.parts.runner
    }

    /// Request buckets of all callers.
    pub(crate) fn limits(&self) -> &RequestLimits {
        &self.limits
    }

    /// Forgets what is out of date, every few minutes until `stop`: request buckets, kept answers.
    pub async fn housekeeping(self, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(HOUSEKEEPING_EVERY))
            .await
            .is_some()
        {
            self.limits.shrink();
            if let Err(error) = idempotency::purge(self.store()).await {
                tracing::warn!(%error, "kept answers were not purged");
            }
        }
    }
}
