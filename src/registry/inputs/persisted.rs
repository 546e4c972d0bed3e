//! The persisted cache: blocks in the database, so that an instance that has just started need not build them
//! from the records of a nation again. A block is used only if the change rows show that none of its records
//! has changed since it was built.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::OnceCell;

use crate::{
    domain::Result,
    registry::blocking::blocking,
    store::{CacheHead, Revision, Snapshot, Store, StoredEntry},
};

use super::{
    entry::{AnalysisBlock, FORMAT},
    key::BlockKey,
};

/// Approximate number of bytes read or written at once.
const BATCH_BYTES: usize = 4 << 20;

/// Writes blocks to the database.
pub(super) struct PersistedCache {
    store: Store,
    /// Held by the task that writes.
    write_lock: Arc<tokio::sync::Mutex<()>>,
}

/// Current blocks of the persisted cache, each with the batch that it is read in.
#[derive(Default)]
pub(super) struct StoredBlocks(HashMap<BlockKey, Arc<BlockBatch>>);

/// Blocks that are read by one statement, when the first of them is needed.
struct BlockBatch {
    /// Block keys by their keys in the database.
    keys: HashMap<String, BlockKey>,
    blocks: OnceCell<HashMap<BlockKey, AnalysisBlock>>,
}

impl StoredBlocks {
    /// Finds those of the blocks that are stored in the version asked for.
    pub async fn find(
        snapshot: &Snapshot,
        wanted: impl Iterator<Item = (&BlockKey, Revision)>,
    ) -> Result<Self> {
        let wanted: HashMap<String, (&BlockKey, Revision)> =
            wanted.map(|(key, version)| (key.stored(), (key, version))).collect();
        let keys: Vec<String> = wanted.keys().cloned().collect();
        let mut heads = snapshot.cache_heads(&keys, FORMAT).await?;
        heads.retain(|head| wanted.get(&head.key).is_some_and(|(_, v)| head.revision >= *v));
        let mut found = HashMap::new();
        for keys in batches(heads) {
            let named = |stored: String| {
                let (key, _) = *wanted.get(&stored)?;
                Some((stored, key.clone()))
            };
            let keys = keys.into_iter().filter_map(named).collect();
            let batch = Arc::new(BlockBatch { keys, blocks: OnceCell::new() });
            found.extend(batch.keys.values().map(|key| (key.clone(), batch.clone())));
        }
        Ok(Self(found))
    }

    /// Number of blocks found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns a block, if it was found and can be decoded. Must be called with the snapshot given to `find`.
    pub async fn get(&self, snapshot: &Snapshot, key: &BlockKey) -> Result<Option<AnalysisBlock>> {
        let Some(batch) = self.0.get(key) else { return Ok(None) };
        let blocks = batch.blocks.get_or_try_init(|| batch.clone().read(snapshot)).await?;
        Ok(blocks.get(key).cloned())
    }
}

impl BlockBatch {
    async fn read(
        self: Arc<Self>,
        snapshot: &Snapshot,
    ) -> Result<HashMap<BlockKey, AnalysisBlock>> {
        let keys: Vec<String> = self.keys.keys().cloned().collect();
        let entries = snapshot.cache_entries(&keys).await?;
        blocking(move || entries.iter().filter_map(|entry| self.decode(entry)).collect()).await
    }

    /// Decodes an entry; `None` if it cannot be decoded, so that its block is built again.
    fn decode(&self, entry: &StoredEntry) -> Option<(BlockKey, AnalysisBlock)> {
        let key = self.keys.get(&entry.key)?;
        match AnalysisBlock::decode(key, &entry.content) {
            Ok(block) => Some((key.clone(), block)),
            Err(error) => {
                tracing::warn!(key = entry.key, %error, "analysis cache read failed");
                None
            }
        }
    }
}

impl PersistedCache {
    /// The persisted cache in the database of a store.
    pub fn new(store: Store) -> Self {
        Self { store, write_lock: Arc::default() }
    }

    /// Writes blocks that were built at a revision, in the background. Skips them if other blocks are being
    /// written, since they can be built again.
    pub fn write_in_background(&self, blocks: Vec<(BlockKey, AnalysisBlock)>, revision: Revision) {
        let Ok(write_lock) = self.write_lock.clone().try_lock_owned() else { return };
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = write(&store, blocks, revision).await {
                tracing::warn!(%error, "analysis cache write failed");
            }
            drop(write_lock);
        });
    }
}

async fn write(
    store: &Store,
    blocks: Vec<(BlockKey, AnalysisBlock)>,
    revision: Revision,
) -> Result<()> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for (key, block) in blocks {
        let key = key.stored();
        let content = match blocking(move || block.encode()).await? {
            Ok(content) => content,
            Err(error) => {
                tracing::warn!(key, %error, "analysis cache write failed");
                continue;
            }
        };
        bytes += content.len();
        batch.push(StoredEntry { key, format: FORMAT, revision, content });
        if bytes > BATCH_BYTES {
            store.write_cache(std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        store.write_cache(batch).await?;
    }
    Ok(())
}

/// Splits the keys of blocks into batches to read at once.
fn batches(heads: Vec<CacheHead>) -> Vec<Vec<String>> {
    let (mut batches, mut bytes) = (vec![Vec::new()], 0);
    for head in heads {
        if bytes + head.bytes > BATCH_BYTES && bytes > 0 {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += head.bytes;
        if let Some(last) = batches.last_mut() {
            last.push(head.key);
        }
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_together_up_to_some_size() {
        let head = |(n, bytes): (usize, &usize)| CacheHead {
            key: n.to_string(),
            revision: Revision::new(1),
            bytes: *bytes,
        };
        let sizes = |bytes: &[usize]| {
            let heads = bytes.iter().enumerate().map(head).collect();
            batches(heads).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[BATCH_BYTES * 3]), [1]);
        let half = BATCH_BYTES / 2;
        assert_eq!(sizes(&[half, half, 1, BATCH_BYTES * 2, 0]), [2, 1, 1, 1]);
    }
}
