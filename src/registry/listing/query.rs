//! What a caller asks of a list.

use sea_orm::IdenStatic;

use crate::{
    domain::{Noun, Reason, Violations, name::Parent},
    store::{Column, PageQuery, Patterns, Position, Scope},
};

use super::{filter::Filter, mark::read_mark, order};

/// Which resources to list, as a caller says it.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Where.
    pub parent: Parent,
    /// Which, in the language of AIP-160; empty for all.
    pub filter: String,
    /// In which order, in the language of AIP-132; empty for the order of names.
    pub order_by: String,
    /// The mark of the page before.
    pub after: Option<String>,
    /// The position that the mark was given out with.
    pub given: Option<Position>,
    /// How many at most.
    pub size: u64,
    /// The fields wanted; none for all. Long ones that are not wanted are not read.
    pub fields: Option<Vec<String>>,
    /// Whether to count all that there are.
    pub total: bool,
}

impl ListQuery {
    /// Everything of a parent by name, so many at a time.
    pub fn everything(parent: Parent, size: u64) -> Self {
        Self {
            parent,
            filter: String::new(),
            order_by: String::new(),
            after: None,
            given: None,
            size,
            fields: None,
            total: false,
        }
    }

    /// Reads the query. What cannot be read is a violation.
    pub fn read<N: Noun>(&self, patterns: Patterns, violations: &mut Violations) -> PageQuery<N> {
        let filter = Filter::<N>::read(&self.filter).unwrap_or_else(|(reason, description)| {
            violations.add_outside("filter", reason, description);
            Filter::everything()
        });
        let order = order::parse::<N>(&self.order_by).unwrap_or_else(|description| {
            violations.add_outside("order_by", Reason::Malformed, description);
            Vec::new()
        });
        let after = self.after.as_ref().map(|mark| read_mark(&order, mark));
        if after.as_ref().is_some_and(Option::is_none) {
            let description = "is not a token that a call with these arguments gave";
            violations.add_outside("page_token", Reason::Malformed, description);
        }
        let unwanted = |column: &&Column<N>| {
            let wanted = |fields: &Vec<String>| fields.iter().any(|f| f == column.as_str());
            self.fields.as_ref().is_some_and(|fields| !wanted(fields))
        };
        PageQuery {
            scope: self.scope::<N>(),
            filter: filter.condition(patterns, None),
            order,
            after: after.flatten(),
            limit: self.size + 1,
            unread: N::LONG.iter().filter(unwanted).copied().collect(),
        }
    }

    fn scope<N: Noun>(&self) -> Scope {
        match &self.parent {
            Parent::None => Scope::All,
            Parent::One(parent) => {
                Scope::Parent(parent.clone(), format!("{parent}/{}/", N::COLLECTION))
            }
            Parent::Every(prefix) if prefix.is_empty() || N::PARENTS.len() == 1 => Scope::All,
            Parent::Every(prefix) => Scope::Prefix(prefix.clone()),
        }
    }
}
