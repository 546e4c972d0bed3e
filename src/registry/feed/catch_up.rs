//! Reads change rows for a watch that is behind the ring, a few at a time, so that a watch whose caller does
//! not read uses little memory.

use std::sync::Arc;

use crate::{
    domain::{Result, Revision, change::RevisionChanges},
    registry::{
        pace::Pace,
        read::{after_all, retained},
    },
    store::{ReadConnection, Reads},
};

use super::unreadable;

/// Approximate number of bytes of change rows read at once.
const BYTES: usize = 128 << 10;

/// A part of a revision's changes, or all of them.
pub struct CatchUpPage {
    pub revision: Arc<RevisionChanges>,
    /// Whether the next part is of the same revision.
    pub goes_on: bool,
}

/// Progress of reading change rows.
pub struct CatchUp {
    /// The row read last, if its revision is not complete yet.
    within: Option<(Revision, String)>,
    pace: Pace,
}

impl CatchUp {
    pub fn new() -> Self {
        Self { within: None, pace: Pace::new(BYTES) }
    }

    /// Whether the revision read last is not complete yet.
    pub fn is_within(&self) -> bool {
        self.within.is_some()
    }

    /// Reads what follows the rows read last, or else what follows `revision`. Returns nothing at the newest
    /// revision.
    pub async fn read<C: ReadConnection>(
        &mut self,
        reads: &Reads<C>,
        revision: Revision,
    ) -> Result<Vec<CatchUpPage>> {
        let place = self.within.take().unwrap_or_else(|| (revision, after_all()));
        // Reading one row more than is taken shows whether the last revision continues.
        let limit = self.pace.rows();
        let mut rows = reads.changes_from(place.0, &place.1, limit + 1).await?;
        // Checked after the read: if it passes, no row was compacted before it was read.
        retained(reads, revision, Revision::MAX).await?;
        let next = if rows.len() as u64 > limit { rows.pop() } else { None };
        self.pace.learn_size(rows.len(), rows.iter().map(|row| row.size()).sum());
        if let (Some(last), Some(next)) = (rows.last(), next)
            && last.revision == next.revision
        {
            self.within = Some((last.revision, last.name.clone()));
        }
        let revisions = RevisionChanges::read(rows).map_err(unreadable)?;
        let goes_on = |of: Revision| self.within.as_ref().is_some_and(|(within, _)| *within == of);
        let piece = |revision: RevisionChanges| CatchUpPage {
            goes_on: goes_on(revision.revision),
            revision: Arc::new(revision),
        };
        Ok(revisions.into_iter().map(piece).collect())
    }
}
