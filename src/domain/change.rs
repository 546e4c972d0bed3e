//! Changes: what happened to a resource, by whom, and filters on changes.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::store::ChangeRow;

use super::{AnyResource, Reason, ResourceType, Revision, Violations, name};

pub use crate::store::{Position, Verb};

/// A change of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Revision that the change belongs to.
    pub revision: Revision,
    /// Resource name.
    pub name: String,
    /// Created, updated or deleted.
    pub verb: Verb,
    /// Time of the revision.
    pub time: DateTime<Utc>,
    /// Subject of the caller who made the change.
    pub actor: String,
    /// The request's `request_id`; empty if it had none.
    pub request_id: String,
    /// Full name of the method called; empty in changes written before the method was recorded.
    pub method: String,
    /// Fields that an update changed.
    pub changed_fields: Vec<String>,
    /// The resource after the change; for a deletion, its last state. `None` if its resource type is unknown:
    /// a newer program has written it.
    pub resource: Option<AnyResource>,
}

impl Change {
    /// Reads a change row. Fails if its resource is not valid JSON of its type.
    pub fn read(row: ChangeRow) -> Result<Self, serde_json::Error> {
        let resource = AnyResource::read(&row.resource_type, &row.resource).transpose()?;
        let fields = row.changed_fields.split(',').filter(|field| !field.is_empty());
        Ok(Self {
            revision: row.revision,
            name: row.name,
            verb: row.verb,
            time: row.time,
            actor: row.actor,
            request_id: row.request_id,
            method: row.method,
            changed_fields: fields.map(str::to_owned).collect(),
            resource,
        })
    }
}

/// All changes of one revision.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisionChanges {
    /// Number of the revision.
    pub revision: Revision,
    /// Hash of its last change row.
    pub hash: String,
    /// Its changes, ordered by name.
    pub changes: Vec<Change>,
    /// Approximate size of the changes in bytes.
    pub bytes: usize,
}

impl RevisionChanges {
    /// Groups change rows, ordered by revision and name, into revisions.
    pub fn read(rows: Vec<ChangeRow>) -> Result<Vec<Self>, serde_json::Error> {
        let mut revisions: Vec<Self> = Vec::new();
        for row in rows {
            let revision = row.revision;
            if revisions.last().is_none_or(|last| last.revision != revision) {
                let (hash, changes) = (String::new(), Vec::new());
                revisions.push(Self { revision, hash, changes, bytes: 0 });
            }
            if let Some(last) = revisions.last_mut() {
                last.bytes += row.size();
                last.hash.clone_from(&row.hash);
                last.changes.push(Change::read(row)?);
            }
        }
        Ok(revisions)
    }

    /// Position in the feed after this revision.
    pub fn position(&self) -> Position {
        Position::new(self.revision, &self.hash)
    }

    /// Whether this revision may change the tree of organisations.
    pub fn moves_organisations(&self) -> bool {
        let kinds = self.changes.iter().filter_map(|change| change.resource.as_ref());
        kinds.map(AnyResource::kind).any(|kind| kind == ResourceType::Organisation)
    }
}

/// Filter on changes. An empty field admits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Admits changes of these resource types.
    pub kinds: Vec<ResourceType>,
    /// Admits changes of resources below this one.
    pub parent: Option<String>,
    /// Admits changes of this organisation and of resources that belong to it.
    pub organisation: Option<String>,
    /// Whether `organisation` includes its descendants.
    pub include_descendants: bool,
    /// Admits changes of these kinds: created, updated or deleted.
    pub verbs: Vec<Verb>,
}

impl ChangeFilter {
    /// Maximum number of resource types or verbs.
    pub const MAX_TERMS: usize = 100;

    /// Validates the values alone. Paths of violations begin with the request field `filter`.
    pub fn check(&self, violations: &mut Violations) {
        let unknown = self.organisation.is_none() && !violations.has("filter.organisation");
        if self.include_descendants && unknown {
            let description = "must be false if organisation is empty";
            violations.add("filter.include_descendants", Reason::NotAllowed, description);
        }
    }

    /// Whether the filter admits a change. `within` is the result of [`ChangeFilter::within`]. For a resource
    /// of an unknown type, only the name is tested.
    pub fn admits(&self, change: &Change, within: &HashSet<String>) -> bool {
        let admits = match &change.resource {
            Some(resource) => self.admits_resource(resource, within),
            None => {
                let mut above = name::ancestors(&change.name);
                self.kinds.is_empty()
                    && self.is_under_parent(&change.name)
                    && (self.organisation.is_none() || above.any(|name| within.contains(name)))
            }
        };
        admits && (self.verbs.is_empty() || self.verbs.contains(&change.verb))
    }

    /// Whether the filter admits changes of a resource, whatever their verb.
    pub fn admits_resource(&self, resource: &AnyResource, within: &HashSet<String>) -> bool {
        self.admits_kind(resource.kind())
            && self.is_under_parent(resource.name())
            && (self.organisation.is_none()
                || resource.organisations().iter().any(|name| within.contains(name)))
    }

    fn is_under_parent(&self, name: &str) -> bool {
        let under = |parent: &String| name::ancestors(name).any(|name| name == parent);
        self.parent.as_ref().is_none_or(under)
    }

    /// Whether the filter admits changes of resources of a type.
    pub fn admits_kind(&self, kind: ResourceType) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Whether the filter depends on the tree of organisations.
    pub fn follows_tree(&self) -> bool {
        self.organisation.is_some() && self.include_descendants
    }

    /// Names of the organisations that the filter admits. `tree` gives every organisation with its parent.
    pub fn within<'a>(
        &self,
        tree: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> HashSet<String> {
        let mut within: HashSet<String> = self.organisation.iter().cloned().collect();
        if !self.include_descendants {
            return within;
        }
        // One round for each generation: adds the children of those found so far.
        loop {
            let below: Vec<&str> = tree
                .clone()
                .filter(|(name, parent)| within.contains(*parent) && !within.contains(*name))
                .map(|(name, _)| name)
                .collect();
            if below.is_empty() {
                return within;
            }
            within.extend(below.into_iter().map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(organisation: &str, include_descendants: bool) -> ChangeFilter {
        let organisation = Some(organisation.to_owned());
        ChangeFilter { organisation, include_descendants, ..ChangeFilter::default() }
    }

    #[test]
    fn all_below_an_organisation_are_within_it_however_deep() {
        let tree = [("c", "b"), ("b", "a"), ("d", "x"), ("e", "c"), ("a", ""), ("x", "")];
        let mut within: Vec<_> = filter("a", true).within(tree.into_iter()).into_iter().collect();
        within.sort();
        assert_eq!(within, ["a", "b", "c", "e"]);
        let only: Vec<_> = filter("a", false).within(tree.into_iter()).into_iter().collect();
        assert_eq!(only, ["a"]);
    }

    #[test]
    fn an_organisation_that_does_not_exist_is_still_asked_for() {
        assert!(filter("gone", true).within([].into_iter()).contains("gone"));
    }
}
