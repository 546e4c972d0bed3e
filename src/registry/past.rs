//! Rows as they were at a revision, page by page in the order of names, without a snapshot between the
//! pages.
//!
//! A row that has not changed since the revision is in its table as it was. Of those that have, the
//! change rows tell the state then, where compaction has not gone past the revision. Each page joins
//! the two in a snapshot of its own, so that whoever takes the pages slowly keeps nothing open.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{
        Error, Kind, Noun, Reason, Resource, Result, Violations, for_kind,
        listing::{Filter, Past, Way},
    },
    store::{PageQuery, Patterns, Scope, Snapshot},
};

use super::{
    feed::{after_all, retained},
    pace::Pace,
};

/// How many changed names are read at once.
const ROWS: u64 = 1_000;

/// How many changed names are kept. Those after them are looked for again when the pages come to them.
const MOST_CHANGED: usize = 1_000;

/// The rows of a resource type that are asked for.
pub(super) struct Wanted<N: Noun> {
    /// Where, and which columns; the filter, the order and the place are those of the cursor.
    pub query: PageQuery<N>,
    pub filter: Filter<N>,
}

/// How far the rows of a resource type have been read.
pub(super) struct Cursor {
    revision: i64,
    /// All up to this name were read.
    after: Option<String>,
    done: bool,
    changed: Changed,
    related: Related,
}

impl Cursor {
    /// The rows at a revision, from the first.
    pub fn new(revision: i64) -> Self {
        Self {
            revision,
            after: None,
            done: false,
            changed: Changed::new(revision),
            related: Related { looked: revision, ..Related::default() },
        }
    }

    /// Whether there are no more.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The next rows, about as many as `limit`: perhaps none, and yet more to come. Fails where the
    /// states at the revision have been compacted.
    pub async fn page<N: Noun>(
        &mut self,
        snapshot: &Snapshot,
        patterns: Patterns,
        wanted: &mut Wanted<N>,
        limit: u64,
    ) -> Result<Vec<N>> {
        retained(snapshot, self.revision, i64::MAX).await?;
        let Wanted { query, filter } = wanted;
        self.related.look(snapshot, filter.ways(), self.revision).await?;
        let after = self.after.as_deref();
        self.changed.look::<N>(snapshot, self.revision, after, &query.scope).await?;

        let past = Past { revision: self.revision, passing: &self.related.passing };
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

    /// The next resources of a kind, whatever they are.
    pub async fn resources(
        &mut self,
        snapshot: &Snapshot,
        patterns: Patterns,
        kind: Kind,
        pace: &mut Pace,
    ) -> Result<Vec<Resource>> {
        for_kind!(kind, N => {
            let mut wanted = Wanted { query: by_name::<N>()?, filter: Filter::everything() };
            let rows = self.page(snapshot, patterns, &mut wanted, pace.rows()).await?;
            pace.learn(&rows);
            Ok(rows.into_iter().map(Resource::from).collect())
        })
    }
}

/// What is wrong with a filter.
pub(super) fn misread((reason, description): (Reason, String)) -> Error {
    Error::Invalid(Violations::one("filter", reason, description))
}

fn by_name<N: Noun>() -> Result<PageQuery<N>> {
    let name = N::column("name").ok_or_else(|| crate::registry::step::not_found::<N>(None))?;
    Ok(PageQuery::by_name(Scope::All, name, ROWS))
}

/// The names that have changed since the revision and that the pages have not come to.
struct Changed {
    /// Changes up to this revision have been looked at.
    looked: i64,
    names: BTreeSet<String>,
    /// Up to which name they are known; none where all are.
    known_to: Option<String>,
}

impl Changed {
    fn new(revision: i64) -> Self {
        Self { looked: revision, names: BTreeSet::new(), known_to: None }
    }

    /// Looks for what has changed up to the revision of the snapshot.
    async fn look<N: Noun>(
        &mut self,
        snapshot: &Snapshot,
        revision: i64,
        after: Option<&str>,
        scope: &Scope,
    ) -> Result<()> {
        if self.names.is_empty() && self.known_to.is_some() {
            *self = Self::new(revision);
        }
        let mut place = (self.looked, after_all());
        while self.looked < snapshot.revision() {
            let names = snapshot.changed_names::<N>((place.0, &place.1), ROWS).await?;
            match names.last().filter(|_| names.len() as u64 >= ROWS) {
                Some(last) => place.clone_from(last),
                None => self.looked = snapshot.revision(),
            }
            for (_, name) in names {
                if after.is_none_or(|after| name.as_str() > after) && scope.holds(&name) {
                    self.add(name);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String) {
        if self.known_to.as_ref().is_some_and(|known_to| name > *known_to) {
            return;
        }
        self.names.insert(name);
        if self.names.len() > MOST_CHANGED {
            self.names.pop_last();
            self.known_to = self.names.last().cloned();
        }
    }

    /// Takes those up to `end`, all without it, at most so many. With the name that a page must end at
    /// where they are not all.
    fn take(&mut self, end: Option<&str>, most: usize) -> (Vec<String>, Option<String>) {
        let mut taken = Vec::new();
        while let Some(first) = self.names.first()
            && end.is_none_or(|end| first.as_str() <= end)
        {
            if taken.len() >= most {
                return (taken.clone(), taken.pop());
            }
            taken.extend(self.names.pop_first());
        }
        let unknown = self.known_to.as_ref();
        let cut = unknown.filter(|known_to| end.is_none_or(|end| known_to.as_str() < end));
        (taken, cut.cloned())
    }
}

/// What a filter asks of other resources, of those that have changed since the revision.
#[derive(Default)]
struct Related {
    /// Changes up to this revision have been looked at.
    looked: i64,
    seen: HashSet<String>,
    /// For each way, the names of those that did at the revision what it asks.
    passing: Vec<Vec<String>>,
}

impl Related {
    async fn look<N: Noun>(
        &mut self,
        snapshot: &Snapshot,
        ways: &[Way<N>],
        revision: i64,
    ) -> Result<()> {
        if ways.is_empty() || self.looked >= snapshot.revision() {
            return Ok(());
        }
        self.passing.resize(ways.len(), Vec::new());
        let kinds: HashSet<Kind> = ways.iter().map(|way| way.kind).collect();
        for kind in kinds {
            let mut place = (self.looked, after_all());
            loop {
                let changed = for_kind!(kind, M => {
                    snapshot.changed_names::<M>((place.0, &place.1), ROWS).await?
                });
                let last = changed.last().filter(|_| changed.len() as u64 >= ROWS).cloned();
                let names = changed.into_iter().map(|(_, name)| name);
                let new: Vec<String> =
                    names.filter(|name| self.seen.insert(name.clone())).collect();
                for_kind!(kind, M => {
                    let rows: Vec<M> = snapshot.former(&new, revision).await?;
                    let of_kind = ways.iter().zip(&mut self.passing);
                    for (way, passing) in of_kind.filter(|(way, _)| way.kind == kind) {
                        passing.extend(way.passing(&rows).map_err(misread)?);
                    }
                });
                match last {
                    Some(last) => place = last,
                    None => break,
                }
            }
        }
        self.looked = snapshot.revision();
        Ok(())
    }
}

/// For each way of a filter, those of the resources that some rows lead to by it that did at a revision
/// what it asks.
async fn passing<N: Noun>(
    snapshot: &Snapshot,
    filter: &Filter<N>,
    rows: &[N],
    revision: i64,
) -> Result<Vec<HashSet<String>>> {
    let mut passing = Vec::with_capacity(filter.ways().len());
    // A column is often asked more than one thing.
    let mut read: HashMap<Kind, HashSet<String>> = HashMap::new();
    for way in filter.ways() {
        read.entry(way.kind).or_default().extend(rows.iter().map(|row| way.name(row)));
    }
    for way in filter.ways() {
        let names: Vec<String> = read.get(&way.kind).into_iter().flatten().cloned().collect();
        let names = for_kind!(way.kind, M => {
            let rows: Vec<M> = snapshot.find_as_of(&names, revision).await?;
            way.passing(&rows).map_err(misread)?
        });
        passing.push(names.into_iter().collect());
    }
    Ok(passing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(names: impl IntoIterator<Item = usize>) -> Changed {
        let mut changed = Changed::new(1);
        names.into_iter().for_each(|n| changed.add(format!("{n:04}")));
        changed
    }

    #[test]
    fn a_page_ends_where_more_has_changed_than_it_holds() {
        let mut few = changed([3, 1, 2]);
        assert_eq!(few.take(Some("0001"), 10), (vec!["0001".into()], None));
        let (taken, cut) = few.take(None, 1);
        assert_eq!((taken, cut), (vec!["0002".into()], Some("0002".into())));
        assert_eq!(few.take(None, 1), (vec!["0003".into()], None));
    }

    #[test]
    fn a_page_ends_where_it_is_not_known_what_has_changed() {
        let mut many = changed((0..2_500).rev());
        assert_eq!(many.names.len(), MOST_CHANGED);
        let (taken, cut) = many.take(Some("0500"), 5_000);
        assert_eq!((taken.len(), cut), (501, None));
        let (taken, cut) = many.take(Some("2000"), 5_000);
        assert_eq!((taken.len(), cut.as_deref()), (499, Some("0999")));
        let (taken, cut) = many.take(None, 5_000);
        assert_eq!((taken.len(), cut.as_deref()), (0, Some("0999")));
    }
}
