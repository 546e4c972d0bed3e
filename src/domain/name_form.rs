//! Forms of resource names: which types can be parents of which, and how names are parsed.

use super::{
    ResourceType,
    name::{Parent, child, parse_id},
};

/// Error: the text is not a resource name of any type asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    patterns: Vec<String>,
}

impl NameError {
    /// Describes the names that are accepted.
    pub fn description(&self) -> String {
        format!("must have the form {}", self.patterns.join(" or "))
    }
}

/// Parses the name of a resource of one of these types. Returns its type and the name in canonical form (ODS
/// codes in capitals).
pub fn parse(kinds: &[ResourceType], text: &str) -> Result<(ResourceType, String), NameError> {
    let read = |kind: &ResourceType| canonical(*kind, text).map(|name| (*kind, name));
    kinds.iter().find_map(read).ok_or_else(|| NameError {
        patterns: kinds.iter().flat_map(|kind| patterns(*kind)).collect(),
    })
}

/// Parses the parent of a list. `-` means every parent of any type, and `plans/-` every plan: the result is
/// then the prefix of the children's names, which is empty for `-`.
pub fn parse_parent(kinds: &[ResourceType], text: &str) -> Result<Parent, NameError> {
    if text == "-" {
        return Ok(Parent::Every(String::new()));
    }
    let every = |kind: &&ResourceType| {
        let collection = text.strip_suffix("/-");
        collection == Some(kind.collection()) && kind.parents().is_empty()
    };
    match kinds.iter().find(every) {
        Some(kind) => Ok(Parent::Every(format!("{}/", kind.collection()))),
        None => parse(kinds, text).map(|(_, name)| Parent::One(name)),
    }
}

fn canonical(kind: ResourceType, text: &str) -> Option<String> {
    let (rest, id) = text.rsplit_once('/')?;
    let id = parse_id(kind, id)?;
    if kind.parents().is_empty() {
        return (rest == kind.collection()).then(|| child(None, kind, &id));
    }
    let parent = rest.strip_suffix(kind.collection())?.strip_suffix('/')?;
    let parent = kind.parents().iter().find_map(|kind| canonical(*kind, parent))?;
    Some(child(Some(&parent), kind, &id))
}

/// Patterns of the names of this type, one for each type of parent.
pub fn patterns(kind: ResourceType) -> Vec<String> {
    let last = child(None, kind, &format!("{{{}}}", kind.singular()));
    if kind.parents().is_empty() {
        return vec![last];
    }
    let parents = kind.parents().iter().flat_map(|parent| patterns(*parent));
    parents.map(|parent| format!("{parent}/{last}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_their_canonical_form() {
        let read =
            |kinds: &[ResourceType], text: &str| parse(kinds, text).ok().map(|(_, name)| name);
        let staffing = read(&[ResourceType::Staffing], "organisations/rj1/staffing/a.b-c");
        assert_eq!(staffing.as_deref(), Some("organisations/RJ1/staffing/a.b-c"));
        let both = [ResourceType::Requirement];
        assert!(read(&both, "roles/a/requirements/b").is_some());
        assert!(read(&both, "plans/a/requirements/b").is_some());
        assert!(read(&both, "frameworks/a/requirements/b").is_none());
        for bad in
            ["", "roles", "roles/", "/roles/a", "roles/A", "roles/-a", "roles/a/", "roles/a_b"]
        {
            assert!(read(&[ResourceType::Role], bad).is_none(), "{bad}");
        }
        for bad in ["organisations/AB", "organisations/ABCDEFGHIJ", "organisations/A-B"] {
            assert!(read(&[ResourceType::Organisation], bad).is_none(), "{bad}");
        }
        assert!(read(&[ResourceType::Role], &format!("roles/{}", "a".repeat(128))).is_some());
        assert!(read(&[ResourceType::Role], &format!("roles/{}", "a".repeat(129))).is_none());
    }

    #[test]
    fn a_parent_may_be_every_parent() {
        let parent = |text| parse_parent(ResourceType::Requirement.parents(), text);
        assert_eq!(parent("roles/-"), Ok(Parent::Every("roles/".into())));
        assert_eq!(parent("-"), Ok(Parent::Every(String::new())));
        assert_eq!(parent("plans/a"), Ok(Parent::One("plans/a".into())));
        assert!(parent("organisations/-").is_err());
        assert!(parent("").is_err());
    }
}
