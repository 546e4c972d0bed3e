//! Rows as they were at a revision, in pages ordered by name, without a snapshot held between the pages.
//!
//! A row that has not changed since the revision is in its table. For a row that has, the change rows contain
//! its former state, unless they have been compacted. Each page combines the two in a snapshot of its own, so
//! a slow reader keeps nothing open.

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{AnyResource, Resource, ResourceType, Result, for_resource_type},
    registry::{
        listing::{Filter, PastCondition},
        pace::Pace,
    },
    store::{PageQuery, Patterns, Revision, Scope, Snapshot},
};

use super::{
    changed::ChangedNames,
    existence::not_found,
    related::{RelatedChanges, passing},
    retention::retained,
};

/// Number of rows read at once if their size is unknown.
const ROWS: u64 = 1_000;

/// Which rows of a resource type to read.
pub(in crate::registry) struct RowSelection<N: Resource> {
    /// Scope and columns; the cursor sets filter, order and position.
    pub query: PageQuery<N>,
    pub filter: Filter<N>,
}

/// Progress of reading the rows of a resource type.
pub(in crate::registry) struct Cursor {
    revision: Revision,
    /// Name up to which every row was read.
    after: Option<String>,
    done: bool,
    changed: ChangedNames,
    related: RelatedChanges,
}

impl Cursor {
    /// Starts before the first row at a revision.
    pub fn new(revision: Revision) -> Self {
        Self {
            revision,
            after: None,
            done: false,
            changed: ChangedNames::new(revision),
            related: RelatedChanges::new(revision),
        }
    }

    /// Whether all rows were read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Reads about `limit` more rows; may return none although more follow. Fails if the states at the
    /// revision have been compacted.
    pub async fn page<N: Resource>(
        &mut self,
        snapshot: &Snapshot,
        patterns: Patterns,
        wanted: &mut RowSelection<N>,
        limit: u64,
    ) -> Result<Vec<N>> {
        retained(snapshot, self.revision, Revision::MAX).await?;
        let RowSelection { query, filter } = wanted;
        self.related.look(snapshot, filter.paths(), self.revision).await?;
        let after = self.after.as_deref();
        self.changed.look::<N>(snapshot, self.revision, after, &query.scope).await?;

        let past = PastCondition { revision: self.revision, passing: self.related.passing() };
        query.filter = Condition::all()
            .add(filter.condition(patterns, Some(&past)))
            .add(Expr::col((N::Entity::default(), "revision")).lte(self.revision));
        query.after = after.map(|name| vec![name.into()]);
        query.limit = limit;
        let mut rows: Vec<N> = snapshot.page(query).await?;
        let full = rows.len() as u64 >= limit;
        let mut end = rows.last().filter(|_| full).map(|row| row.name().to_owned());

        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let (names, cut) = self.changed.take(end.as_deref(), most);
        if let Some(cut) = cut {
            rows.retain(|row| row.name() <= cut.as_str());
            end = Some(cut);
        }
        let former: Vec<N> = snapshot.former(&names, self.revision).await?;
        let passing = passing(snapshot, filter, &former, self.revision).await?;
        let passes =
            |way: usize, name: &str| passing.get(way).is_some_and(|passing| passing.contains(name));
        rows.extend(former.into_iter().filter(|row| filter.admits(row, &passes)));
        rows.sort_unstable_by(|one, other| one.name().cmp(other.name()));
        self.done = end.is_none();
        self.after = end;
        Ok(rows)
    }

    /// Reads more resources of a type, without a filter.
    pub async fn resources(
        &mut self,
        snapshot: &Snapshot,
        patterns: Patterns,
        kind: ResourceType,
        pace: &mut Pace,
    ) -> Result<Vec<AnyResource>> {
        for_resource_type!(kind, N => {
            let mut wanted = RowSelection { query: by_name::<N>()?, filter: Filter::everything() };
            let rows = self.page(snapshot, patterns, &mut wanted, pace.rows()).await?;
            pace.learn(&rows);
            Ok(rows.into_iter().map(AnyResource::from).collect())
        })
    }
}

fn by_name<N: Resource>() -> Result<PageQuery<N>> {
    let name = N::column("name").ok_or_else(|| not_found::<N>(""))?;
    Ok(PageQuery::by_name(Scope::All, name, ROWS))
}
