//! The memory cache: parts of the analysis inputs, each read once and used until its records change.

use std::{
    any::Any,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use moka::{future::Cache, policy::EvictionPolicy};

use crate::{
    domain::{Error, Result},
    store::{Revision, Snapshot},
};

use super::{
    entry::{CacheEntry, FORMAT},
    key::CacheKey,
    versions::{StaleVersions, Versions},
};

/// Maximum number of changes to look through; if there are more, everything counts as changed.
const MAX_CHANGES: u64 = 50_000;

/// Entries by key and version. The entry of a version never changes, and a reader asks for the version that
/// its state has, so it never gets a stale one.
pub(super) struct MemoryCache {
    entries: Cache<(CacheKey, Revision), AnyEntry>,
    versions: Mutex<Versions>,
}

/// An entry of any type; its key determines which.
#[derive(Clone)]
struct AnyEntry {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u32,
}

impl MemoryCache {
    /// Creates a cache of at most `max_bytes`; entries just added may exceed it for a moment.
    pub fn new(max_bytes: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, entry: &AnyEntry| entry.bytes)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { entries, versions: Mutex::default() }
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        // A panic of another holder of the lock cannot have left the versions inconsistent.
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reflects every change up to the revision of a snapshot.
    pub async fn follow(&self, snapshot: &Snapshot) -> Result<()> {
        let (seen, known) = (snapshot.revision(), self.versions().revision());
        if seen <= known {
            return Ok(());
        }
        let from = match known {
            Revision::NONE => beginning(snapshot).await?,
            known => known,
        };
        let all_known = from > Revision::NONE && snapshot.retained().await?.after <= from;
        let changed = match all_known {
            true => snapshot.changed(from, MAX_CHANGES).await?,
            false => Vec::new(),
        };
        let all_known = all_known && (changed.len() as u64) < MAX_CHANGES;
        let names = changed.iter().map(|(revision, name)| (*revision, name.as_str()));
        let stale = self.versions().advance(from, seen, all_known.then_some(names));
        self.release(stale).await;
        Ok(())
    }

    /// Removes entries that no reader will ask for again.
    async fn release(&self, stale: StaleVersions) {
        let stale = match stale {
            StaleVersions::Everything => return self.entries.invalidate_all(),
            StaleVersions::Some(stale) => stale,
        };
        for (dependency, version) in stale {
            if let Some(key) = dependency.only_key() {
                self.entries.invalidate(&(key, version)).await;
                continue;
            }
            for (entry, _) in &self.entries {
                if entry.1 <= version && entry.0.dependency() == dependency {
                    self.entries.invalidate(entry.as_ref()).await;
                }
            }
        }
    }

    /// Version of an entry at a revision; `None` if the entry has changed since then or its changes are
    /// unknown.
    pub fn version(&self, key: &CacheKey, revision: Revision) -> Option<Revision> {
        self.versions().at(&key.dependency(), revision)
    }

    /// Returns the entry of a version, if cached.
    pub async fn get<T: CacheEntry>(&self, key: CacheKey, version: Revision) -> Option<Arc<T>> {
        self.entries.get(&(key, version)).await?.value.downcast().ok()
    }

    /// Returns the entry of a version. If it is not cached, one caller loads it while others wait; without a
    /// version, each caller loads it for itself. If the load fails, all waiting callers get its error; if it
    /// is cancelled, one of them loads the entry instead. Neither leaves anything in the cache.
    pub async fn get_or_load<T: CacheEntry, F: Future<Output = Result<T>>>(
        &self,
        key: CacheKey,
        version: Option<Revision>,
        load: impl Fn() -> F,
    ) -> Result<Arc<T>> {
        if let Some(version) = version {
            let loaded = async {
                let value = load().await?;
                let bytes = u32::try_from(value.bytes()).unwrap_or(u32::MAX);
                Ok(AnyEntry { value: Arc::new(value), bytes })
            };
            let entry = self.entries.try_get_with((key, version), loaded).await;
            let entry = entry.map_err(|error: Arc<Error>| Error::clone(&error))?;
            if let Ok(value) = entry.value.downcast() {
                return Ok(value);
            }
        }
        load().await.map(Arc::new)
    }

    /// Evicts entries above the maximum size now instead of with the next accesses.
    pub async fn settle(&self) {
        self.entries.run_pending_tasks().await;
    }
}

/// Revision to start from: all changes after it are known, and current blocks of the persisted cache were
/// built at it or later. [`Revision::NONE`] if there is none.
async fn beginning(snapshot: &Snapshot) -> Result<Revision> {
    let known_after = snapshot.known_after(MAX_CHANGES).await?;
    Ok(snapshot.oldest_cache_entry(FORMAT, known_after).await?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
