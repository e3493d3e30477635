//! What handlers reach: the rooms and the settings.

use std::sync::Arc;

use patchbay_access::Access;
use patchbay_catalog::Catalog;
use patchbay_store::Store;

use crate::{ServerConfig, http::limits::RequestLimits};

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

    /// Request buckets of all callers.
    pub(crate) fn limits(&self) -> &RequestLimits {
        &self.limits
    }
}
