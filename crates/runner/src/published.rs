//! Published flows that were read a moment ago.
//!
//! A call of a webhook needs its flow's published version at the moment of the call. Reading and compiling it anew costs
//! more than queueing the run, so what was read serves again as long as nothing at all was written since
//! ([`patchbay_store::Store::changes`]), and at most [`LONGEST`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use patchbay_flow::Plan;
use patchbay_model::{FlowId, flow::FlowDocument};
use patchbay_store::{
    StoreResult,
    flows::{FlowHead, flow_locate, version_document},
};

use crate::Runner;

/// Beyond this many, all are forgotten and read again when they are needed.
const KEPT: usize = 4096;
/// How long what was read serves at most.
const LONGEST: Duration = Duration::from_secs(1);

/// A flow with the version that runs.
pub(crate) struct Published {
    pub(crate) head: FlowHead,
    pub(crate) version: i64,
    pub(crate) document: FlowDocument,
    /// `None` when the document cannot be carried out.
    pub(crate) plan: Option<Arc<Plan>>,
}

/// Flows by id, with the mark of changes under which they were read.
#[derive(Default)]
pub(crate) struct PublishedFlows {
    kept: Mutex<HashMap<FlowId, Kept>>,
}

struct Kept {
    changes: u64,
    until: Instant,
    published: Arc<Published>,
}

impl PublishedFlows {
    fn get(&self, flow: &FlowId, changes: u64) -> Option<Arc<Published>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(flow)?;
        (found.changes == changes && Instant::now() < found.until)
            .then(|| Arc::clone(&found.published))
    }

    fn put(&self, changes: u64, published: &Arc<Published>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        let fresh = Kept {
            changes,
            until: Instant::now() + LONGEST,
            published: Arc::clone(published),
        };
        kept.insert(published.head.id.clone(), fresh);
    }
}

impl Runner {
    /// The flow and its published version as they are now; `None` when there is no such flow or it was never published.
    pub(crate) async fn published(&self, flow: &FlowId) -> StoreResult<Option<Arc<Published>>> {
        // Read before the rows are: a write between the two makes what is read count as out of date.
        let changes = self.store().changes().await?;
        if let Some(published) = self.inner.published.get(flow, changes) {
            return Ok(Some(published));
        }
        // On the heap, for it is rare, and would make whatever awaits this large.
        Box::pin(self.published_read(flow, changes)).await
    }

    async fn published_read(
        &self,
        flow: &FlowId,
        changes: u64,
    ) -> StoreResult<Option<Arc<Published>>> {
        let db = self.store().reader();
        let Some(head) = flow_locate(db, flow).await? else {
            return Ok(None);
        };
        let Some(version) = head.published_version else {
            return Ok(None);
        };
        let Some(document) = version_document(db, &head.project, flow, version).await? else {
            return Ok(None);
        };
        let plan = Plan::compile(&document).ok().map(Arc::new);
        let published = Arc::new(Published {
            head,
            version,
            document,
            plan,
        });
        self.inner.published.put(changes, &published);
        Ok(Some(published))
    }
}
