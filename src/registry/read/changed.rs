//! Names of resources of a type that have changed since a revision, in order.

use std::collections::BTreeSet;

use crate::{
    domain::{Resource, Result},
    store::{Revision, Scope, Snapshot},
};

use super::retention::after_all;

/// Number of changed names read at once.
const ROWS: u64 = 1_000;

/// Maximum number of changed names in memory. Later names are looked for again when the pages reach them.
const MAX_CHANGED: usize = 1_000;

/// Names that have changed since the revision and that the pages have not reached yet.
pub(super) struct ChangedNames {
    /// Every change up to this revision has been looked at.
    looked: Revision,
    names: BTreeSet<String>,
    /// Name up to which changes are known; `None` if all are.
    known_to: Option<String>,
}

impl ChangedNames {
    pub fn new(revision: Revision) -> Self {
        Self { looked: revision, names: BTreeSet::new(), known_to: None }
    }

    /// Looks for changes up to the revision of the snapshot.
    pub async fn look<N: Resource>(
        &mut self,
        snapshot: &Snapshot,
        revision: Revision,
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
        if self.names.len() > MAX_CHANGED {
            self.names.pop_last();
            self.known_to = self.names.last().cloned();
        }
    }

    /// Takes at most `most` names up to `end`, or all without it. If not all are taken, also returns the name
    /// at which the page must end.
    pub fn take(&mut self, end: Option<&str>, most: usize) -> (Vec<String>, Option<String>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(names: impl IntoIterator<Item = usize>) -> ChangedNames {
        let mut changed = ChangedNames::new(Revision::new(1));
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
        assert_eq!(many.names.len(), MAX_CHANGED);
        let (taken, cut) = many.take(Some("0500"), 5_000);
        assert_eq!((taken.len(), cut), (501, None));
        let (taken, cut) = many.take(Some("2000"), 5_000);
        assert_eq!((taken.len(), cut.as_deref()), (499, Some("0999")));
        let (taken, cut) = many.take(None, 5_000);
        assert_eq!((taken.len(), cut.as_deref()), (0, Some("0999")));
    }
}
