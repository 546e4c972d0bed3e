//! Lists of any resource type.

use crate::{
    domain::{Caller, Error, ListQuery, Noun, Result, Right, Violations, name::Parent},
    store::{PageQuery, Position, Snapshot},
};

use super::{Page, Registry, exists, feed::recognised};

impl Registry {
    /// A page of a list, and the newest position when it was read. `violations` are those of the request
    /// so far: all are told of at once.
    pub async fn list<N: Noun>(
        &self,
        caller: &Caller,
        query: &ListQuery,
        violations: Violations,
    ) -> Result<(Page<N>, Position)> {
        caller.require(Right::Read)?;
        let read = self.read_list::<N>(query, violations)?;
        let snapshot = self.store.snapshot().await?;
        recognised(&snapshot, query.given.as_ref()).await?;
        let page = page(&snapshot, query, &read).await?;
        let total = match query.total {
            true => Some(snapshot.count(&read).await?),
            false => None,
        };
        Ok((Page { total, ..page }, snapshot.head().clone()))
    }

    pub(super) fn read_list<N: Noun>(
        &self,
        query: &ListQuery,
        mut violations: Violations,
    ) -> Result<PageQuery<N>> {
        let read = query.read::<N>(self.store.patterns(), &mut violations);
        if violations.is_empty() { Ok(read) } else { Err(Error::Invalid(violations)) }
    }
}

async fn page<N: Noun>(
    snapshot: &Snapshot,
    query: &ListQuery,
    read: &PageQuery<N>,
) -> Result<Page<N>> {
    let mut rows: Vec<N> = snapshot.page(read).await?;
    if let (true, Parent::One(parent)) = (rows.is_empty(), &query.parent) {
        exists(snapshot, N::PARENTS, parent).await?;
    }
    let more = rows.len() as u64 > query.size;
    rows.truncate(usize::try_from(query.size).unwrap_or(usize::MAX));
    let (order, revision) = (read.order.clone(), snapshot.revision());
    Ok(Page { rows, more, revision, total: None, order })
}
