//! Filters as query conditions.

use sea_orm::{
    Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    domain::{Resource, for_resource_type},
    store::{Patterns, Revision, folded_column},
};

use super::{
    filter::{ColumnTest, Filter, FilterError, FilterPath, Node, TestKind},
    parse::Comparator,
};

/// State of related resources at a past revision.
pub struct PastCondition<'a> {
    /// The revision.
    pub revision: Revision,
    /// For each way of the filter, the names of related resources that have changed since and passed its test
    /// at the revision.
    pub passing: &'a [Vec<String>],
}

impl<N: Resource> Filter<N> {
    /// The filter as a query condition. With `past`, it selects rows that have not changed since a revision,
    /// and tests related resources in their state at that revision.
    pub fn condition(&self, patterns: Patterns, past: Option<&PastCondition>) -> Condition {
        self.root.condition(&self.paths, patterns, past)
    }
}

impl<N: Resource> FilterPath<N> {
    fn condition(
        &self,
        patterns: Patterns,
        past: Option<(Revision, &[String])>,
    ) -> Result<Condition, FilterError> {
        let column = || Expr::col((N::Entity::default(), self.column));
        let names = for_resource_type!(self.kind, M => {
            let mut names = <M as sea_orm::ModelTrait>::Entity::find()
                .select_only()
                .column_as(Expr::col("name"), "name")
                .filter(self.test::<M>()?.condition(patterns));
            if let Some((revision, _)) = past {
                names = names.filter(Expr::col("revision").lte(revision));
            }
            names.into_query()
        });
        let other = past.filter(|(_, passing)| !passing.is_empty());
        let other = other.map(|(_, passing)| patterns.one_of(column(), passing));
        Ok(Condition::any().add(column().in_subquery(names)).add_option(other))
    }
}

impl<N: Resource> Node<N> {
    fn condition(
        &self,
        paths: &[FilterPath<N>],
        patterns: Patterns,
        past: Option<&PastCondition>,
    ) -> Condition {
        let join = |start: Condition, parts: &[Self]| {
            parts.iter().fold(start, |all, part| all.add(part.condition(paths, patterns, past)))
        };
        match self {
            Self::All(parts) => join(Condition::all(), parts),
            Self::Any(parts) => join(Condition::any(), parts),
            Self::Not(part) => part.condition(paths, patterns, past).not(),
            Self::Test(test) => test.condition(patterns),
            Self::Through(range) => range.clone().fold(Condition::any(), |any, i| {
                let past = past.map(|past| {
                    (past.revision, past.passing.get(i).map(Vec::as_slice).unwrap_or_default())
                });
                // The comparison was validated when the filter was read, so no error is dropped here.
                any.add_option(paths.get(i).and_then(|way| way.condition(patterns, past).ok()))
            }),
        }
    }
}

impl<N: Resource> ColumnTest<N> {
    fn condition(&self, patterns: Patterns) -> Condition {
        let column = || Expr::col((N::Entity::default(), self.field.column));
        let (comparator, value) = match &self.asks {
            TestKind::Present => return Condition::all().add(column().is_not_null()),
            TestKind::Absent => return Condition::all().add(column().is_null()),
            TestKind::Other(nothing) => return Condition::all().add(column().ne(nothing.clone())),
            TestKind::Like(form) => return patterns.like(column(), &form.0),
            TestKind::NotLike(form) => return patterns.like(column(), &form.0).not(),
            TestKind::Folded(form) => return patterns.like(self.folded(), &form.0),
            TestKind::CompareFolded(comparator, text) => {
                let value = Value::from(text.as_str());
                return Condition::all().add(compared(self.folded(), *comparator, value));
            }
            TestKind::HasItem(form) => {
                let table = N::TYPE.table();
                let names = patterns.names_with_item(table, self.field.name(), &form.0);
                let name = Expr::col((N::Entity::default(), "name"));
                return Condition::all().add(name.in_subquery(names));
            }
            TestKind::Compare(comparator, value) => (*comparator, value.clone()),
        };
        let compared = compared(column(), comparator, value);
        // A comparison with NULL is neither true nor false, and so would be its negation; hence the test for
        // NULL.
        match (self.field.is_nullable(), comparator) {
            (false, _) => Condition::all().add(compared),
            (true, Comparator::NotEqual) => Condition::any().add(column().is_null()).add(compared),
            (true, _) => Condition::all().add(column().is_not_null()).add(compared),
        }
    }

    /// The field's text, folded.
    fn folded(&self) -> Expr {
        let entity = N::Entity::default();
        if self.field.is_folded() {
            return Expr::col((entity, folded_column(self.field.name())));
        }
        // What is not kept folded is ASCII, which the databases fold alike.
        Expr::expr(Func::lower(Expr::col((entity, self.field.column))))
    }
}

fn compared(column: Expr, comparator: Comparator, value: Value) -> Expr {
    match comparator {
        Comparator::Equal | Comparator::Has => column.eq(value),
        Comparator::NotEqual => column.ne(value),
        Comparator::Less => column.lt(value),
        Comparator::LessOrEqual => column.lte(value),
        Comparator::Greater => column.gt(value),
        Comparator::GreaterOrEqual => column.gte(value),
    }
}
