//! Since which revision the records that cache entries are made of are unchanged. The change rows say so:
//! revisions follow the order of commits, so that no change can be missed, whichever instance wrote it.

use std::collections::HashMap;

use crate::store::Revision;

use super::key::{Dependency, Effect, effect_of_change};

/// Maximum number of dependencies whose last change is tracked; beyond it all count as changed.
const MAX_TRACKED: usize = 100_000;

/// The revision of the last change of all that entries are made of. It is the version of those entries:
/// what an entry holds at its version, it holds at every later revision up to the newest that is
/// reflected here.
#[derive(Default)]
pub(super) struct Versions {
    /// Every change up to this revision is reflected.
    revision: Revision,
    /// Of changes up to this revision nothing is known: all counts as changed at it.
    known_after: Revision,
    last_changes: HashMap<Dependency, Revision>,
}

/// Which versions changes have made stale.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// All that there were.
    Everything,
    /// These, each with the version that is stale.
    Some(HashMap<Dependency, Revision>),
}

impl Versions {
    /// The newest revision whose changes are reflected.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The version that a reader at a revision sees. None where that is not known, or where there has
    /// been a change since: what is current then is of no use to that reader.
    pub fn at(&self, dependency: &Dependency, revision: Revision) -> Option<Revision> {
        let version = self.current(dependency);
        (version..=self.revision).contains(&revision).then_some(version)
    }

    fn current(&self, dependency: &Dependency) -> Revision {
        let last = self.last_changes.get(dependency).copied();
        last.unwrap_or_default().max(self.known_after)
    }

    /// Reflects the changes after a revision, up to another, in their order; without them, everything may
    /// have changed.
    pub fn advance<'a>(
        &mut self,
        from: Revision,
        to: Revision,
        changes: Option<impl Iterator<Item = (Revision, &'a str)>>,
    ) -> Stale {
        let mut stale = HashMap::new();
        if self.revision >= to {
            return Stale::Some(stale);
        }
        let skipped = self.revision < from;
        if skipped {
            *self = Self { revision: from, known_after: from, ..Self::default() };
        }
        let Some(changes) = changes else { return self.forget(to) };
        // Another reader may have reflected some of them meanwhile: twice changes nothing.
        for (revision, name) in changes {
            let dependency = match effect_of_change(name) {
                Effect::Nothing => continue,
                Effect::Unknown => return self.forget(to),
                Effect::Stale(dependency) => dependency,
            };
            let version = self.current(&dependency);
            if version < revision {
                self.last_changes.insert(dependency.clone(), revision);
                stale.entry(dependency).or_insert(version);
            }
        }
        self.revision = to;
        if self.last_changes.len() > MAX_TRACKED {
            return self.forget(to);
        }
        if skipped { Stale::Everything } else { Stale::Some(stale) }
    }

    /// Takes everything as changed.
    fn forget(&mut self, revision: Revision) -> Stale {
        *self = Self { revision, known_after: revision, ..Self::default() };
        Stale::Everything
    }
}
