//! Loads the data of the organisations in scope: from the memory cache, else from the persisted cache, else
//! by building it from the records.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use futures_util::future::try_join_all;
use tokio::sync::Semaphore;

use crate::{
    domain::Result,
    planning::analysis::OrganisationData,
    store::{Revision, Snapshot, Store},
};

use super::{
    entry::AnalysisBlock,
    key::{BlockKey, CacheKey},
    persisted::{PersistedCache, StoredBlocks},
    reader::Reader,
};

/// Minimum number of missing blocks for which the persisted cache is read and written and a second connection
/// is opened.
const MIN_PERSISTED: usize = 16;

/// Number of blocks read through a connection at once: one is built while another is read.
const PER_CONNECTION: usize = 2;

/// A block that is not in the memory cache.
struct CacheMiss {
    /// Index of its organisation in the scope.
    index: usize,
    key: BlockKey,
    /// Version to cache it as; `None` if it cannot be cached.
    version: Option<Revision>,
}

/// Data of organisations in the given order, with the targets of a plan.
pub(super) async fn organisation_data(
    reader: &Reader<'_>,
    (persisted, store): (&PersistedCache, &Store),
    plan: &Arc<str>,
    organisations: Vec<String>,
) -> Result<Vec<OrganisationData>> {
    let (mut all, mut missing) = (Vec::with_capacity(organisations.len()), Vec::new());
    for (index, organisation) in organisations.into_iter().enumerate() {
        let name: Arc<str> = Arc::from(organisation.as_str());
        let (establishment, people) = (Arc::default(), Arc::default());
        let mut data = OrganisationData { organisation, establishment, people };
        for key in [
            BlockKey::Establishment { plan: plan.clone(), organisation: name.clone() },
            BlockKey::People { organisation: name },
        ] {
            let cache_key = CacheKey::Block(key.clone());
            let version = reader.version(&cache_key);
            let cached = match version {
                Some(version) => reader.memory.get(cache_key, version).await,
                None => None,
            };
            match cached {
                Some(block) => put(&mut data, &block),
                None => missing.push(CacheMiss { index, key, version }),
            }
        }
        all.push(data);
    }
    let loaded = load(reader, (persisted, store), &missing).await?;
    for (miss, block) in missing.iter().zip(&loaded) {
        put(&mut all[miss.index], block);
    }
    Ok(all)
}

fn put(data: &mut OrganisationData, block: &AnalysisBlock) {
    match block {
        AnalysisBlock::Establishment(establishment) => data.establishment = establishment.clone(),
        AnalysisBlock::People(people) => data.people = people.clone(),
    }
}

/// Loads the missing blocks, in their order.
async fn load(
    reader: &Reader<'_>,
    (persisted, store): (&PersistedCache, &Store),
    missing: &[CacheMiss],
) -> Result<Vec<Arc<AnalysisBlock>>> {
    let snapshot = reader.view.snapshot();
    let mut stored = StoredBlocks::default();
    if missing.len() >= MIN_PERSISTED {
        let wanted = missing.iter().filter_map(|miss| Some((&miss.key, miss.version?)));
        stored = StoredBlocks::find(snapshot, wanted).await?;
    }
    let to_build = missing.len() - stored.len();
    let loader = Loader {
        reader,
        stored,
        first: Semaphore::new(PER_CONNECTION),
        second: Semaphore::new(0),
        second_snapshot: OnceLock::new(),
        built: Mutex::default(),
    };
    let loading = try_join_all(missing.iter().map(|miss| loader.load(miss)));
    let loaded = if to_build < MIN_PERSISTED {
        loading.await?
    } else {
        tokio::select! {
            loaded = loading => loaded?,
            never = loader.open_second(store) => match never {},
        }
    };
    let built = loader.built.into_inner().unwrap_or_else(PoisonError::into_inner);
    if built.len() >= MIN_PERSISTED {
        reader.memory.settle().await;
        persisted.write_in_background(built, snapshot.revision());
    }
    Ok(loaded)
}

/// Loads blocks concurrently.
struct Loader<'a> {
    reader: &'a Reader<'a>,
    stored: StoredBlocks,
    /// Permits to read blocks through the connection of the view.
    first: Semaphore,
    /// Permits to read blocks through the second connection, once it is open.
    second: Semaphore,
    second_snapshot: OnceLock<Snapshot>,
    /// Blocks that were built and can be cached.
    built: Mutex<Vec<(BlockKey, AnalysisBlock)>>,
}

impl Loader<'_> {
    async fn load(&self, miss: &CacheMiss) -> Result<Arc<AnalysisBlock>> {
        let load = || async {
            let snapshot = self.reader.view.snapshot();
            if let Some(block) = self.stored.get(snapshot, &miss.key).await? {
                return Ok(block);
            }
            let block = self.build(miss).await?;
            if miss.version.is_some() {
                let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
                built.push((miss.key.clone(), block.clone()));
            }
            Ok(block)
        };
        let key = CacheKey::Block(miss.key.clone());
        self.reader.memory.get_or_load(key, miss.version, load).await
    }

    /// Builds a block from its records, through whichever connection is free.
    async fn build(&self, miss: &CacheMiss) -> Result<AnalysisBlock> {
        let view = self.reader.view.snapshot();
        let (_turn, snapshot) = tokio::select! {
            turn = self.first.acquire() => (turn, view),
            turn = self.second.acquire() => (turn, self.second_snapshot.get().unwrap_or(view)),
        };
        let rows = self.reader.rows(miss.version, snapshot);
        Ok(match &miss.key {
            BlockKey::Establishment { plan, organisation } => {
                let establishment = rows.establishment(plan.clone(), organisation.clone()).await?;
                AnalysisBlock::Establishment(Arc::new(establishment))
            }
            BlockKey::People { organisation } => {
                AnalysisBlock::People(Arc::new(rows.people(organisation.clone()).await?))
            }
        })
    }

    /// Opens a second connection, if the pool has one and it sees the same revision. Never returns: the
    /// caller drops the future once everything is loaded.
    async fn open_second(&self, store: &Store) -> Infallible {
        if let Ok(second) = store.long_snapshot().await
            && second.revision() == self.reader.view.snapshot().revision()
            && self.second_snapshot.set(second).is_ok()
        {
            self.second.add_permits(PER_CONNECTION);
        }
        std::future::pending().await
    }
}
