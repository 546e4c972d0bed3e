//! Versions of cache entries: the revision since which their records are unchanged, taken from the change
//! rows. Revisions follow the order of commits, so no change is missed, whichever instance wrote it.

use std::collections::HashMap;

use crate::store::Revision;

use super::key::{ChangeEffect, InputDependency, effect_of_change};

/// Maximum number of dependencies whose last change is tracked; if there are more, all count as changed.
const MAX_TRACKED: usize = 100_000;

/// For each dependency, the revision of its last change. It is the version of the entries built from it: an
/// entry of that version is valid at every revision from there up to the newest that is reflected here.
#[derive(Default)]
pub(super) struct Versions {
    /// Every change up to this revision is reflected.
    revision: Revision,
    /// Changes up to this revision are unknown: every dependency counts as changed at it.
    known_after: Revision,
    last_changes: HashMap<InputDependency, Revision>,
}

/// Versions that became stale.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StaleVersions {
    /// All versions.
    Everything,
    /// The previous version of each of these dependencies.
    Some(HashMap<InputDependency, Revision>),
}

impl Versions {
    /// Newest revision whose changes are reflected.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Version of a dependency at a revision. `None` if it is unknown, or if the dependency has changed after
    /// that revision.
    pub fn at(&self, dependency: &InputDependency, revision: Revision) -> Option<Revision> {
        let version = self.current(dependency);
        (version..=self.revision).contains(&revision).then_some(version)
    }

    fn current(&self, dependency: &InputDependency) -> Revision {
        let last = self.last_changes.get(dependency).copied();
        last.unwrap_or_default().max(self.known_after)
    }

    /// Reflects the changes after revision `from` up to `to`, in order. Without changes, everything counts as
    /// changed.
    pub fn advance<'a>(
        &mut self,
        from: Revision,
        to: Revision,
        changes: Option<impl Iterator<Item = (Revision, &'a str)>>,
    ) -> StaleVersions {
        let mut stale = HashMap::new();
        if self.revision >= to {
            return StaleVersions::Some(stale);
        }
        let skipped = self.revision < from;
        if skipped {
            *self = Self { revision: from, known_after: from, ..Self::default() };
        }
        let Some(changes) = changes else { return self.forget(to) };
        // Another reader may have reflected some of them already; doing so again has no effect.
        for (revision, name) in changes {
            let dependency = match effect_of_change(name) {
                ChangeEffect::Nothing => continue,
                ChangeEffect::Unknown => return self.forget(to),
                ChangeEffect::Stale(dependency) => dependency,
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
        if skipped { StaleVersions::Everything } else { StaleVersions::Some(stale) }
    }

    /// Counts everything as changed at a revision.
    fn forget(&mut self, revision: Revision) -> StaleVersions {
        *self = Self { revision, known_after: revision, ..Self::default() };
        StaleVersions::Everything
    }
}
