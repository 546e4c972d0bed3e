//! Reads one state of the registry, through the memory cache.

use std::sync::Arc;

use crate::{
    domain::{AsOf, Result},
    registry::read::{InputRows, ReplacedRows, View},
    store::{Revision, Snapshot},
};

use super::{entry::CacheEntry, key::CacheKey, memory::MemoryCache};

/// Reads one state: the newest, or one of the past.
pub(super) struct Reader<'a> {
    pub memory: &'a MemoryCache,
    pub view: &'a View,
    replaced: ReplacedRows,
}

impl<'a> Reader<'a> {
    /// Reads the state of a view. The cache reflects all changes that the view sees, then.
    pub async fn open(memory: &'a MemoryCache, view: &'a View) -> Result<Self> {
        memory.follow(view.snapshot()).await?;
        Ok(Self { memory, view, replaced: ReplacedRows::default() })
    }

    /// The version that an entry has in this state; none where the entry has changed since, so that no cache
    /// can have it.
    pub fn version(&self, key: &CacheKey) -> Option<Revision> {
        self.memory.version(key, self.view.revision())
    }

    /// The rows that an entry of a version is built from, through any snapshot of the revision that the view's
    /// has. Rows that have not changed since this state are read as they are.
    pub fn rows<'s>(&'s self, version: Option<Revision>, snapshot: &'s Snapshot) -> InputRows<'s> {
        let as_of = if version.is_some() { AsOf::Latest } else { self.view.state() };
        InputRows::new(snapshot, as_of, &self.replaced)
    }

    /// An entry, from memory or else from the rows.
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
