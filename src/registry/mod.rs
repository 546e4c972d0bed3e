//! The registry: reads and writes of any resource type on behalf of a caller. Everything asynchronous between
//! the socket and the database is here; the rules and engines that it applies are pure.

mod analyse_gaps;
mod audit_plan;
mod blocking;
mod clock;
mod compare_organisations;
mod compute;
mod distinct;
mod export;
mod feed;
mod history;
mod import;
mod inputs;
pub mod lifecycle;
mod list;
pub mod listing;
mod log;
mod pace;
mod probe;
mod project_gaps;
mod read;
mod recommend_closures;
mod record_gaps;
mod refold;
mod render_report;
mod role_families;
mod transact;
mod transition_gap;
mod waiting;
pub mod worker_permit;
mod write;

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Semaphore;

use crate::{
    domain::{AsOf, Caller, Resource, ResourceName, Result, Right},
    store::{Lock, Store},
};

use read::View;

pub use audit_plan::PlanAudit;
pub use export::ExportCursor;
pub use feed::{
    ChangesPage, FeedRange, RegistryLimits, Start, Watch, WatchEvent, WatchPermit, WatchQuery,
};
pub use import::{AbsentRows, BATCH, ImportSession};
pub use list::ListedPage;
pub use probe::ProbeError;
pub use recommend_closures::ClosureRecommendation;
pub use record_gaps::{GapCounts, RecordContext, RecordQuery};
pub use role_families::RoleFamilyCount;
pub use transition_gap::TransitionRequest;

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    feed: Arc<feed::Feed>,
    waiting: Arc<waiting::RevisionWaiters>,
    inputs: Arc<inputs::InputCaches>,
    /// Permits for searches that use a processor for seconds.
    compute_permits: Arc<Semaphore>,
}

impl Registry {
    /// The registry in a store whose migrations have been applied.
    pub fn new(store: Store) -> Self {
        Self::with_limits(store, RegistryLimits::default())
    }

    /// The registry with other limits of the change feed.
    pub fn with_limits(store: Store, limits: RegistryLimits) -> Self {
        Self {
            waiting: Arc::new(waiting::RevisionWaiters::new(&store, limits.max_waiting)),
            inputs: Arc::new(inputs::InputCaches::new(store.clone())),
            store,
            feed: Arc::new(feed::Feed::new(limits)),
            compute_permits: Arc::new(Semaphore::new(compute::PERMITS)),
        }
    }

    /// Limits of the feed, and of callers that read slowly or wait.
    pub fn limits(&self) -> &RegistryLimits {
        self.feed.limits()
    }

    /// Returns the resource of this name in a state of the registry. Fails if it did not exist in that state; it may
    /// have been deleted since.
    pub async fn get<N: Resource>(
        &self,
        caller: &Caller,
        name: &ResourceName<N>,
        as_of: AsOf,
    ) -> Result<N> {
        caller.require(Right::Read)?;
        if as_of == AsOf::Latest {
            return read::get(&self.store.reads(), name.as_str(), as_of).await;
        }
        let view = View::open(&self.store, as_of).await?;
        read::get(view.snapshot(), name.as_str(), view.state()).await
    }

    /// Returns the resources of these names, in the same order, all at one revision. Fails for the first that
    /// does not exist.
    pub async fn batch_get<N: Resource>(
        &self,
        caller: &Caller,
        names: &[String],
    ) -> Result<Vec<N>> {
        caller.require(Right::Read)?;
        let found: Vec<N> = self.store.reads().find(names, Lock::None).await?;
        let found: HashMap<&str, &N> = found.iter().map(|row| (row.name(), row)).collect();
        let get = |name: &String| match found.get(name.as_str()) {
            Some(row) => Ok((*row).clone()),
            None => Err(read::not_found::<N>(name.as_str())),
        };
        names.iter().map(get).collect()
    }
}
