//! Lists of any resource type.

use crate::{
    domain::{AsOf, Caller, Resource, Result, Right, Violations, name::Parent},
    store::{PageOrder, PageQuery, Position, Revision, Snapshot},
};

use super::{
    Registry,
    listing::{self, ListQuery},
    read::{recognised, require},
};

/// One page of a list.
pub struct ListedPage<N: Resource> {
    /// Rows in the order asked for.
    pub rows: Vec<N>,
    /// Whether more rows follow.
    pub more: bool,
    /// Revision that the page was read at.
    pub revision: Revision,
    /// Number of rows on all pages; `None` unless asked for.
    pub total: Option<i64>,
    order: Vec<PageOrder<N>>,
}

impl<N: Resource> ListedPage<N> {
    /// Mark from which the page after `row` is read.
    pub fn mark(&self, row: &N) -> String {
        listing::mark(&self.order, row)
    }
}

impl Registry {
    /// Reads a page of a list, with the newest position at the time of the read. `violations` are those found
    /// in the request so far; they are reported together with those of the query.
    pub async fn list<N: Resource>(
        &self,
        caller: &Caller,
        query: &ListQuery,
        violations: Violations,
    ) -> Result<(ListedPage<N>, Position)> {
        caller.require(Right::Read)?;
        let read = self.read_list::<N>(query, violations)?;
        let snapshot = self.store.snapshot().await?;
        recognised(&snapshot, query.given.as_ref()).await?;
        let page = page(&snapshot, query, &read).await?;
        let total = match query.total {
            true => Some(snapshot.count(&read).await?),
            false => None,
        };
        Ok((ListedPage { total, ..page }, snapshot.head().clone()))
    }

    pub(super) fn read_list<N: Resource>(
        &self,
        query: &ListQuery,
        mut violations: Violations,
    ) -> Result<PageQuery<N>> {
        let read = query.read::<N>(self.store.patterns(), &mut violations);
        violations.into_result()?;
        Ok(read)
    }
}

async fn page<N: Resource>(
    snapshot: &Snapshot,
    query: &ListQuery,
    read: &PageQuery<N>,
) -> Result<ListedPage<N>> {
    let mut rows: Vec<N> = snapshot.page(read).await?;
    if let (true, Parent::One(parent)) = (rows.is_empty(), &query.parent) {
        require(snapshot, N::PARENTS, parent, AsOf::Latest).await?;
    }
    let more = rows.len() as u64 > query.size;
    rows.truncate(usize::try_from(query.size).unwrap_or(usize::MAX));
    let (order, revision) = (read.order.clone(), snapshot.revision());
    Ok(ListedPage { rows, more, revision, total: None, order })
}
