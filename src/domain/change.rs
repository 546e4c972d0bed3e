//! Changes: what became of any resource, by whom, and which of them somebody wants to hear of.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::store::ChangeRow;

use super::{Kind, Reason, Resource, Revision, Violations, name};

pub use crate::store::{Position, Verb};

/// A change of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The revision it belongs to.
    pub revision: Revision,
    /// The name of the resource.
    pub name: String,
    /// What was done.
    pub verb: Verb,
    /// When.
    pub time: DateTime<Utc>,
    /// The subject of the caller who did it.
    pub actor: String,
    /// The caller's own id of the request; may be empty.
    pub request_id: String,
    /// The method called; empty for what was written before that was kept.
    pub method: String,
    /// The fields that an update changed.
    pub changed_fields: Vec<String>,
    /// The resource after the change; for a deletion its last state. None where it is of a type that this
    /// program does not know: a newer one has written it.
    pub resource: Option<Resource>,
}

impl Change {
    /// A change row as a change.
    pub fn read(row: ChangeRow) -> Result<Self, serde_json::Error> {
        let resource = Resource::read(&row.resource_type, &row.resource).transpose()?;
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
    /// Which.
    pub revision: Revision,
    /// The hash of its last change row.
    pub hash: String,
    /// Its changes, by name.
    pub changes: Vec<Change>,
    /// About how many bytes they take.
    pub bytes: usize,
}

impl RevisionChanges {
    /// Change rows, by revision and name, as revisions.
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

    /// Where whoever was told of it goes on.
    pub fn position(&self) -> Position {
        Position::new(self.revision, &self.hash)
    }

    /// Whether the tree of organisations may be another after it.
    pub fn moves_organisations(&self) -> bool {
        let kinds = self.changes.iter().filter_map(|change| change.resource.as_ref());
        kinds.map(Resource::kind).any(|kind| kind == Kind::Organisation)
    }
}

/// Which changes somebody wants to hear of. What is empty admits all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Of these resource types.
    pub kinds: Vec<Kind>,
    /// Of what lies under this resource.
    pub parent: Option<String>,
    /// Of this organisation, and of what belongs to it.
    pub organisation: Option<String>,
    /// With the organisation, of all below it.
    pub include_descendants: bool,
    /// Of these sorts.
    pub verbs: Vec<Verb>,
}

impl ChangeFilter {
    /// Maximum number of resource types, and of verbs.
    pub const MAX_TERMS: usize = 100;

    /// Checks the values alone; the filter is at `filter` of a request.
    pub fn check(&self, violations: &mut Violations) {
        let unknown = self.organisation.is_none() && !violations.has("filter.organisation");
        if self.include_descendants && unknown {
            let description = "must be false where there is no organisation";
            violations.add("filter.include_descendants", Reason::NotAllowed, description);
        }
    }

    /// Whether it admits a change. `within` are the organisations asked for, where that is asked. Of a
    /// resource of an unknown type only its name can be asked.
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

    /// Whether it admits changes of a resource.
    pub fn admits_resource(&self, resource: &Resource, within: &HashSet<String>) -> bool {
        self.admits_kind(resource.kind())
            && self.is_under_parent(resource.name())
            && (self.organisation.is_none()
                || resource.organisations().iter().any(|name| within.contains(name)))
    }

    fn is_under_parent(&self, name: &str) -> bool {
        let under = |parent: &String| name::ancestors(name).any(|name| name == parent);
        self.parent.as_ref().is_none_or(under)
    }

    /// Whether it admits changes of resources of a kind.
    pub fn admits_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Whether the organisations that it asks for depend on how they lie under each other.
    pub fn follows_tree(&self) -> bool {
        self.organisation.is_some() && self.include_descendants
    }

    /// The organisations that it asks for, by how they lie under each other: pairs of an organisation
    /// and the one it lies under.
    pub fn within<'a>(
        &self,
        tree: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> HashSet<String> {
        let mut within: HashSet<String> = self.organisation.iter().cloned().collect();
        if !self.include_descendants {
            return within;
        }
        // As often as the tree is deep: whoever lies under one that is in is in.
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
