//! The memory cache: what analyses look at, each part as it was read once, until something of it changes.

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
    versions::{Stale, Versions},
};

/// Maximum number of changes that are looked through; beyond it everything counts as changed.
const MAX_CHANGES: u64 = 50_000;

/// Entries by key and version. An entry of a version is never changed, so that no reader can be given what
/// is stale for it: it asks for the version that it sees.
pub(super) struct MemoryCache {
    entries: Cache<(CacheKey, Revision), AnyEntry>,
    versions: Mutex<Versions>,
}

/// An entry, whatever its type, which its key decides.
#[derive(Clone)]
struct AnyEntry {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u32,
}

impl MemoryCache {
    /// A cache of at most so many bytes, give or take those that have just been added.
    pub fn new(max_bytes: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, entry: &AnyEntry| entry.bytes)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { entries, versions: Mutex::default() }
    }

    fn versions(&self) -> MutexGuard<'_, Versions> {
        // What panicked was a reader of the versions: they are whole between any two statements that matter.
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reflects all changes up to what a snapshot sees.
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

    /// Gives up the room of entries that nobody will ask for again.
    async fn release(&self, stale: Stale) {
        let stale = match stale {
            Stale::Everything => return self.entries.invalidate_all(),
            Stale::Some(stale) => stale,
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

    /// The version of an entry that a reader at a revision sees; none where the entry has changed since.
    pub fn version(&self, key: &CacheKey, revision: Revision) -> Option<Revision> {
        self.versions().at(&key.dependency(), revision)
    }

    /// An entry of a version, if there is one.
    pub async fn get<T: CacheEntry>(&self, key: CacheKey, version: Revision) -> Option<Arc<T>> {
        self.entries.get(&(key, version)).await?.value.downcast().ok()
    }

    /// An entry of a version. Whoever finds none loads it, once for all who ask meanwhile; without a version
    /// everyone loads it for themselves. Of a load that fails or is given up nothing is left: all who wait
    /// are told its error, or one of them loads it instead.
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

    /// Evicts what is too much now, and not with the next accesses.
    pub async fn settle(&self) {
        self.entries.run_pending_tasks().await;
    }
}

/// The revision to begin at: the changes after it are known, and blocks of the persisted cache were built
/// then or later, as far as that is of use. None where there is none is.
async fn beginning(snapshot: &Snapshot) -> Result<Revision> {
    let known_after = snapshot.known_after(MAX_CHANGES).await?;
    Ok(snapshot.oldest_cache_entry(FORMAT, known_after).await?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
