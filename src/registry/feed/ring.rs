//! The newest revisions, in memory, up to a size in bytes.

use std::{collections::VecDeque, sync::Arc};

use crate::domain::{Revision, change::RevisionChanges};

/// The newest revisions, without gaps.
pub struct Ring {
    /// `None` while the feed is not followed.
    after: Option<Revision>,
    revisions: VecDeque<Arc<RevisionChanges>>,
    bytes: usize,
    max_bytes: usize,
}

/// What the ring contains after a revision.
pub enum RingAnswer {
    /// The next revision; more may follow.
    Next(Arc<RevisionChanges>),
    /// Nothing: the revision is the newest, or the ring has not reached it yet.
    Nothing,
    /// The ring does not contain the next revision: it was dropped, or was never in it.
    Elsewhere,
}

impl Ring {
    pub fn new(max_bytes: usize) -> Self {
        Self { after: None, revisions: VecDeque::new(), bytes: 0, max_bytes }
    }

    /// Empties the ring; the next revision pushed must follow `after`.
    pub fn begin(&mut self, after: Option<Revision>) {
        self.revisions.clear();
        (self.after, self.bytes) = (after, 0);
    }

    /// Newest revision; `None` while the feed is not followed.
    pub fn newest(&self) -> Option<Revision> {
        self.revisions.back().map(|last| last.revision).or(self.after)
    }

    /// Adds the next revision and drops the oldest ones that exceed the size, but never this one.
    pub fn push(&mut self, revision: RevisionChanges) {
        self.bytes += revision.bytes;
        self.revisions.push_back(Arc::new(revision));
        while self.bytes > self.max_bytes && self.revisions.len() > 1 {
            if let Some(oldest) = self.revisions.pop_front() {
                self.bytes -= oldest.bytes;
                self.after = Some(oldest.revision);
            }
        }
    }

    /// Looks for what follows a revision.
    pub fn newer(&self, revision: Revision) -> RingAnswer {
        match self.after {
            Some(after) if revision >= after => {}
            _ => return RingAnswer::Elsewhere,
        }
        let start = self.revisions.partition_point(|known| known.revision <= revision);
        self.revisions.get(start).cloned().map_or(RingAnswer::Nothing, RingAnswer::Next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision_of(number: i64) -> RevisionChanges {
        let revision = Revision::new(number);
        RevisionChanges { revision, hash: String::new(), changes: Vec::new(), bytes: 10 }
    }

    fn ring(max_bytes: usize, revisions: std::ops::RangeInclusive<i64>) -> Ring {
        let mut ring = Ring::new(max_bytes);
        ring.begin(Some(Revision::new(revisions.start() - 1)));
        for revision in revisions {
            ring.push(revision_of(revision));
        }
        ring
    }

    /// Numbers of all revisions after this one.
    fn numbers(ring: &Ring, after: u32) -> Option<Vec<i64>> {
        let mut revision = Revision::new(after.into());
        let mut numbers = Vec::new();
        loop {
            match ring.newer(revision) {
                RingAnswer::Next(next) => revision = next.revision,
                RingAnswer::Nothing => return Some(numbers),
                RingAnswer::Elsewhere => return None,
            }
            numbers.push(revision.number());
        }
    }

    #[test]
    fn it_has_what_comes_after_any_revision_that_it_reaches_back_to() {
        let ring = ring(1_000, 5..=8);
        assert_eq!(numbers(&ring, 4), Some(vec![5, 6, 7, 8]));
        assert_eq!(numbers(&ring, 6), Some(vec![7, 8]));
        assert_eq!(numbers(&ring, 8), Some(vec![]));
        assert_eq!(numbers(&ring, 9), Some(vec![]));
        assert_eq!(numbers(&ring, 3), None);
    }

    #[test]
    fn the_oldest_give_way() {
        let ring = ring(25, 5..=8);
        assert_eq!(numbers(&ring, 4), None);
        assert_eq!(numbers(&ring, 5), None);
        assert_eq!(numbers(&ring, 6), Some(vec![7, 8]));
    }

    #[test]
    fn one_revision_is_kept_however_large() {
        let mut ring = Ring::new(5);
        ring.begin(Some(Revision::new(1)));
        ring.push(revision_of(2));
        assert_eq!(numbers(&ring, 1), Some(vec![2]));
    }

    #[test]
    fn one_that_follows_nothing_has_nothing() {
        assert_eq!(numbers(&Ring::new(5), 0), None);
    }
}
