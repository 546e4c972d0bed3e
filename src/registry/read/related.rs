//! Tests of related resources (parents and resources referred to) in their state at a revision.

use std::collections::{HashMap, HashSet};

use crate::{
    domain::{Resource, ResourceType, Result, for_resource_type},
    registry::listing::{Filter, FilterPath, misread},
    store::{Revision, Snapshot},
};

use super::retention::after_all;

/// Number of changed names read at once.
const ROWS: u64 = 1_000;

/// Related resources that have changed since the revision, tested in their state at that revision.
#[derive(Default)]
pub(super) struct RelatedChanges {
    /// Every change up to this revision has been looked at.
    looked: Revision,
    seen: HashSet<String>,
    /// For each way of the filter, the names of resources that passed its test at the revision.
    passing: Vec<Vec<String>>,
}

impl RelatedChanges {
    pub fn new(revision: Revision) -> Self {
        Self { looked: revision, ..Self::default() }
    }

    /// For each way of the filter, the names of resources that passed its test at the revision.
    pub fn passing(&self) -> &[Vec<String>] {
        &self.passing
    }

    /// Looks for changes up to the revision of the snapshot.
    pub async fn look<N: Resource>(
        &mut self,
        snapshot: &Snapshot,
        paths: &[FilterPath<N>],
        revision: Revision,
    ) -> Result<()> {
        if paths.is_empty() || self.looked >= snapshot.revision() {
            return Ok(());
        }
        self.passing.resize(paths.len(), Vec::new());
        let kinds: HashSet<ResourceType> = paths.iter().map(|way| way.kind).collect();
        for kind in kinds {
            let mut place = (self.looked, after_all());
            loop {
                let changed = for_resource_type!(kind, M => {
                    snapshot.changed_names::<M>((place.0, &place.1), ROWS).await?
                });
                let last = changed.last().filter(|_| changed.len() as u64 >= ROWS).cloned();
                let names = changed.into_iter().map(|(_, name)| name);
                let new: Vec<String> =
                    names.filter(|name| self.seen.insert(name.clone())).collect();
                for_resource_type!(kind, M => {
                    let rows: Vec<M> = snapshot.former(&new, revision).await?;
                    let of_kind = paths.iter().zip(&mut self.passing);
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

/// For each way of a filter, the resources that these rows refer to by it and that passed its test at a
/// revision.
pub(super) async fn passing<N: Resource>(
    snapshot: &Snapshot,
    filter: &Filter<N>,
    rows: &[N],
    revision: Revision,
) -> Result<Vec<HashSet<String>>> {
    let mut passing = Vec::with_capacity(filter.paths().len());
    // Several tests may read the same resources.
    let mut read: HashMap<ResourceType, HashSet<String>> = HashMap::new();
    for way in filter.paths() {
        read.entry(way.kind).or_default().extend(rows.iter().map(|row| way.name(row)));
    }
    for way in filter.paths() {
        let names: Vec<String> = read.get(&way.kind).into_iter().flatten().cloned().collect();
        let names = for_resource_type!(way.kind, M => {
            let rows: Vec<M> = snapshot.find_as_of(&names, revision).await?;
            way.passing(&rows).map_err(misread)?
        });
        passing.push(names.into_iter().collect());
    }
    Ok(passing)
}
