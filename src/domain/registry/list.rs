//! Lists and exports of any noun.

use crate::store::{PageQuery, Position, Snapshot};

use crate::domain::{Caller, Error, ListQuery, Noun, Result, Right, Violations, name::Parent};

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

    /// Begins an export: all of a list at one revision, page by page.
    pub async fn export<N: Noun>(
        &self,
        caller: &Caller,
        query: ListQuery,
        violations: Violations,
    ) -> Result<Export<N>> {
        caller.require(Right::Read)?;
        let read = self.read_list::<N>(&query, violations)?;
        let snapshot = self.store.long_snapshot().await?;
        Ok(Export { snapshot, query, read, done: false })
    }

    fn read_list<N: Noun>(
        &self,
        query: &ListQuery,
        mut violations: Violations,
    ) -> Result<PageQuery<N>> {
        let read = query.read::<N>(self.store.patterns(), &mut violations);
        if violations.is_empty() { Ok(read) } else { Err(Error::Invalid(violations)) }
    }
}

/// An export under way. All of it is read from one state of the database.
pub struct Export<N: Noun> {
    snapshot: Snapshot,
    query: ListQuery,
    read: PageQuery<N>,
    done: bool,
}

impl<N: Noun> Export<N> {
    /// The next page; none after the last.
    pub async fn next(&mut self) -> Result<Option<Page<N>>> {
        if self.done {
            return Ok(None);
        }
        let page = page(&self.snapshot, &self.query, &self.read).await?;
        self.done = !page.more;
        if let Some(last) = page.rows.last() {
            self.read.after = Some(self.read.values(last));
        }
        Ok(Some(page))
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
