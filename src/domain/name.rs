//! Resource names: `frameworks/{framework}/skills/{skill}`.

use super::{ResourceType, personal_data};

/// Parent of a list or an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The resource type has no parent.
    None,
    /// One parent, by name.
    One(String),
    /// Every parent; names of children begin with this prefix.
    Every(String),
}

impl Parent {
    /// Whether `name` belongs to the parent.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::None => true,
            Self::One(parent) => parent_of(name) == Some(parent),
            Self::Every(prefix) => name.starts_with(prefix),
        }
    }
}

/// Name of a child resource.
pub fn child(parent: Option<&str>, kind: ResourceType, id: &str) -> String {
    match parent {
        Some(parent) => format!("{parent}/{}/{id}", kind.collection()),
        None => format!("{}/{id}", kind.collection()),
    }
}

/// Name of the parent; `None` for a top-level name.
pub fn parent_of(name: &str) -> Option<&str> {
    let (collection, _) = name.rsplit_once('/')?;
    collection.rsplit_once('/').map(|(parent, _)| parent)
}

/// Names of all ancestors, the nearest first.
pub fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent_of(name), |name| parent_of(name))
}

/// Resource id: the last segment of a name.
pub fn id_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, id)| id)
}

/// Collection segment of a name, such as `skills`.
pub fn collection_of(name: &str) -> Option<&str> {
    name.rsplit('/').nth(1)
}

/// Parses an id of this type. Returns its canonical form; `None` if it is malformed.
pub fn parse_id(kind: ResourceType, id: &str) -> Option<String> {
    if kind == ResourceType::Organisation {
        let ods = (3..=9).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        return ods.then(|| id.to_ascii_uppercase());
    }
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = id.as_bytes();
    let (first, last) = (bytes.first()?, bytes.last()?);
    let inner = |b: &u8| plain(*b) || matches!(b, b'.' | b'-');
    let good = bytes.len() <= 128 && plain(*first) && plain(*last) && bytes.iter().all(inner);
    good.then(|| id.to_owned())
}

/// Finds personal data in an id. Returns what it is in words. ODS codes are published, so they have none.
pub fn personal_data_in_id(kind: ResourceType, id: &str) -> Option<&'static str> {
    if kind == ResourceType::Organisation { None } else { personal_data::in_text(id) }
}

/// Describes the ids of this type.
pub fn id_form(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Organisation => "must be an ODS code of 3 to 9 letters or digits",
        _ => {
            "must be 1 to 128 lower-case letters, digits, hyphens and dots, starting and ending with a \
             letter or digit"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_come_nearest_first() {
        let names: Vec<_> = ancestors("plans/a/targets/b").collect();
        assert_eq!(names, ["plans/a"]);
        assert_eq!(ancestors("roles/a").count(), 0);
    }
}
