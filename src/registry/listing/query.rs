//! Queries of lists.

use sea_orm::IdenStatic;

use crate::{
    domain::{Reason, Resource, Violations, name::Parent},
    store::{Column, PageQuery, Patterns, Position, Scope},
};

use super::{filter::Filter, mark::read_mark, order};

/// A list as a caller asks for it.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Parent whose children to list.
    pub parent: Parent,
    /// Filter in the syntax of AIP-160; empty for all.
    pub filter: String,
    /// Order in the syntax of AIP-132; empty for the order of names.
    pub order_by: String,
    /// Mark of the previous page; `None` for the first page.
    pub after: Option<String>,
    /// Position that the caller got with the mark.
    pub given: Option<Position>,
    /// Maximum number of rows.
    pub size: u64,
    /// Fields to read; `None` for all. Long fields that are not among them are not read.
    pub fields: Option<Vec<String>>,
    /// Whether to count the rows of all pages.
    pub total: bool,
}

impl ListQuery {
    /// Lists everything of a parent, ordered by name, in pages of `size`.
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

    /// Parses the query. What cannot be parsed is added to the violations.
    pub fn read<N: Resource>(
        &self,
        patterns: Patterns,
        violations: &mut Violations,
    ) -> PageQuery<N> {
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
            let description = "must be a token returned by a call with the same arguments";
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
            unread: N::LONG_COLUMNS.iter().filter(unwanted).copied().collect(),
        }
    }

    fn scope<N: Resource>(&self) -> Scope {
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
