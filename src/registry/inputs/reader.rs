//! Reads one state of the registry through the memory cache.

use std::sync::Arc;

use crate::{
    domain::{AsOf, Result},
    registry::read::{InputRows, ReplacedRows, View},
    store::{Revision, Snapshot},
};

use super::{entry::CacheEntry, key::CacheKey, memory::MemoryCache};

/// Reads one state of the registry: the newest, or a past one.
pub(super) struct Reader<'a> {
    pub memory: &'a MemoryCache,
    pub view: &'a View,
    replaced: ReplacedRows,
}

impl<'a> Reader<'a> {
    /// Opens a reader for a view, after bringing the cache up to the revision that the view's snapshot sees.
    pub async fn open(memory: &'a MemoryCache, view: &'a View) -> Result<Self> {
        memory.follow(view.snapshot()).await?;
        Ok(Self { memory, view, replaced: ReplacedRows::default() })
    }

    /// Version of an entry in this state; `None` if the entry has changed since, in which case it cannot be
    /// cached.
    pub fn version(&self, key: &CacheKey) -> Option<Revision> {
        self.memory.version(key, self.view.revision())
    }

    /// Rows to build an entry from, read through any snapshot of the same revision as the view's. If the
    /// entry has a version, its rows have not changed since this state and are read as they are now.
    pub fn rows<'s>(&'s self, version: Option<Revision>, snapshot: &'s Snapshot) -> InputRows<'s> {
        let as_of = if version.is_some() { AsOf::Latest } else { self.view.state() };
        InputRows::new(snapshot, as_of, &self.replaced)
    }

    /// Returns an entry from the cache, or builds it.
    pub async fn entry<'s, T: CacheEntry, F: Future<Output = Result<T>>>(
        &'s self,
        key: CacheKey,
        read: impl Fn(InputRows<'s>) -> F,
    ) -> Result<Arc<T>> {
        let version = self.version(&key);
        let rows = self.rows(version, self.view.snapshot());
        self.memory.get_or_load(key, version, || read(rows)).await
    }
}
