//! Exports: a whole list at one revision, for callers that read as slowly as they like.

use crate::{
    domain::{AsOf, Caller, Resource, Result, Right, Violations, name::Parent},
    store::{PinnedRevision, Revision, Store},
};

use super::{
    Registry,
    listing::{Filter, ListQuery, misread},
    pace::Pace,
    read::{Cursor, RowSelection, require},
};

/// Approximate number of bytes of rows read at once.
const PAGE_BYTES: usize = 256 << 10;

impl Registry {
    /// Starts an export of a list at the newest revision. The state at that revision stays readable for as
    /// long as [`super::RegistryLimits::max_pin_time`].
    pub async fn export<N: Resource>(
        &self,
        caller: &Caller,
        query: ListQuery,
        violations: Violations,
    ) -> Result<ExportCursor<N>> {
        caller.require(Right::Read)?;
        let page = self.read_list::<N>(&query, violations)?;
        let filter = Filter::read(&query.filter).map_err(misread)?;
        let pin = self.store.pin(self.feed.limits().max_pin_time).await?;
        Ok(ExportCursor {
            store: self.store.clone(),
            cursor: Cursor::new(pin.revision()),
            wanted: RowSelection { query: page, filter },
            parent: query.parent,
            pace: Pace::new(PAGE_BYTES),
            begun: false,
            pin,
        })
    }
}

/// A running export. Between its pages it holds no database resource except a pinned revision.
pub struct ExportCursor<N: Resource> {
    store: Store,
    pin: PinnedRevision,
    parent: Parent,
    cursor: Cursor,
    wanted: RowSelection<N>,
    pace: Pace,
    /// Whether the first page was returned.
    begun: bool,
}

impl<N: Resource> ExportCursor<N> {
    /// Revision of every page.
    pub fn revision(&self) -> Revision {
        self.pin.revision()
    }

    /// Returns the next page, ordered by name; `None` after the last. An empty export has one page without
    /// rows.
    pub async fn next(&mut self) -> Result<Option<Vec<N>>> {
        while !self.cursor.is_done() {
            let snapshot = self.store.snapshot().await?;
            let (patterns, limit) = (self.store.patterns(), self.pace.rows());
            let rows = self.cursor.page(&snapshot, patterns, &mut self.wanted, limit).await?;
            if let (false, true, Parent::One(parent)) = (self.begun, rows.is_empty(), &self.parent)
            {
                let as_of = AsOf::At(self.revision());
                require(&snapshot, N::PARENTS, parent, as_of).await?;
            }
            drop(snapshot);
            self.pace.learn(&rows);
            if !rows.is_empty() || (self.cursor.is_done() && !self.begun) {
                self.begun = true;
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }
}
