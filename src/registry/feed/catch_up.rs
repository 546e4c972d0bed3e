//! Change rows for a watch that has further to go than the ring reaches back: a few at a time, so that
//! one whose caller does not read holds little.

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

/// About how many bytes of change rows are read at once.
const BYTES: usize = 128 << 10;

/// Some changes of a revision.
pub struct Piece {
    pub revision: Arc<RevisionChanges>,
    /// Whether the revision has more, which are in the next piece.
    pub goes_on: bool,
}

/// How far the change rows have been read.
pub struct CatchUp {
    /// The row read last, where its revision goes on.
    within: Option<(Revision, String)>,
    pace: Pace,
}

impl CatchUp {
    pub fn new() -> Self {
        Self { within: None, pace: Pace::new(BYTES) }
    }

    /// Whether it stands within a revision.
    pub fn is_within(&self) -> bool {
        self.within.is_some()
    }

    /// What comes next, after a revision all of which was read: nothing where that is the newest.
    pub async fn read<C: ReadConnection>(
        &mut self,
        reads: &Reads<C>,
        revision: Revision,
    ) -> Result<Vec<Piece>> {
        let place = self.within.take().unwrap_or_else(|| (revision, after_all()));
        // One more than are taken says whether the last revision goes on.
        let limit = self.pace.rows();
        let mut rows = reads.changes_from(place.0, &place.1, limit + 1).await?;
        // After the rows, so that nothing of them was removed before they were read.
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
        let piece = |revision: RevisionChanges| Piece {
            goes_on: goes_on(revision.revision),
            revision: Arc::new(revision),
        };
        Ok(revisions.into_iter().map(piece).collect())
    }
}
