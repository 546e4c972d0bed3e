//! Filters of lists.
//!
//! A filter is parsed once, and then used in two ways of the same meaning: as a query condition
//! (`condition`), and as a test of a row in memory (`predicate`), such as a row that has changed since the
//! revision asked for.

use std::ops::Range;

use sea_orm::{IdenStatic, Value};

use crate::{
    domain::{
        Error, Field, FieldType, Reason, Resource, ResourceType, Violations, for_resource_type,
        text,
    },
    store::Column,
};

use super::{
    fields,
    parse::{self, Comparator, Comparison, Expression, Literal},
};

/// Rule that a filter breaks, with a description.
pub type FilterError = (Reason, String);

/// Reports a malformed filter as a violation of the request.
pub fn misread((reason, description): FilterError) -> Error {
    Error::Invalid(Violations::one("filter", reason, description))
}

/// A parsed filter.
pub struct Filter<N: Resource> {
    pub(super) root: Node<N>,
    /// Tests of related resources: parents and resources referred to.
    pub(super) paths: Vec<FilterPath<N>>,
}

/// A part of a filter.
pub(super) enum Node<N: Resource> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(ColumnTest<N>),
    /// At least one of these ways leads to a resource that passes its test.
    Through(Range<usize>),
}

/// Test of one field.
pub(super) struct ColumnTest<N: Resource> {
    pub field: Field<N>,
    pub asks: TestKind,
}

pub(super) enum TestKind {
    /// The field is not NULL.
    Present,
    /// The field is NULL.
    Absent,
    /// The field is not this value, which marks an absent value in columns without NULL.
    Other(Value),
    Like(Literal),
    NotLike(Literal),
    /// The text, folded, has this form, which is folded too.
    Folded(Literal),
    /// The text, folded, is before or after this one, which is folded too.
    CompareFolded(Comparator, String),
    /// An item of the list has this form.
    HasItem(Literal),
    Compare(Comparator, Value),
}

/// A column that refers to another resource, and the test of that resource.
pub struct FilterPath<N: Resource> {
    /// Column that holds the name.
    pub column: Column<N>,
    /// Resource type of the name.
    pub kind: ResourceType,
    pub(super) comparison: Comparison,
}

impl<N: Resource> Filter<N> {
    /// A filter that admits every row.
    pub const fn everything() -> Self {
        Self { root: Node::All(Vec::new()), paths: Vec::new() }
    }

    /// Parses a filter. The error describes what is wrong, and at which character.
    pub fn read(text: &str) -> Result<Self, FilterError> {
        let mut filter = Self::everything();
        if let Some(expression) =
            parse::parse(text).map_err(|description| (Reason::Malformed, description))?
        {
            filter.root = node(&expression, &mut filter.paths)?;
        }
        Ok(filter)
    }

    /// Tests of related resources.
    pub fn paths(&self) -> &[FilterPath<N>] {
        &self.paths
    }
}

fn node<N: Resource>(
    expression: &Expression,
    paths: &mut Vec<FilterPath<N>>,
) -> Result<Node<N>, FilterError> {
    let mut each = |parts: &[Expression]| {
        parts.iter().map(|part| node(part, paths)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match expression {
        Expression::All(parts) => Node::All(each(parts)?),
        Expression::Any(parts) => Node::Any(each(parts)?),
        Expression::Not(part) => Node::Not(Box::new(node(part, paths)?)),
        Expression::Compare(comparison) => match &comparison.field[..] {
            [field] => match fields::named::<N>(field) {
                Some(field) => Node::Test(ColumnTest::read(field, comparison)?),
                None => return Err(unknown::<N>(comparison)),
            },
            [through, _] => through_ways(through, comparison, paths)?,
            _ => return Err(unknown::<N>(comparison)),
        },
    })
}

/// Parses a comparison of a field of a parent or of a resource referred to.
fn through_ways<N: Resource>(
    through: &str,
    comparison: &Comparison,
    paths: &mut Vec<FilterPath<N>>,
) -> Result<Node<N>, FilterError> {
    let first = paths.len();
    let parent = || N::column("parent");
    let parents = N::PARENTS.iter().filter(|kind| kind.singular() == through);
    let parents = parents.filter_map(|kind| Some((*kind, parent()?)));
    let references = N::REFERENCES.iter().filter_map(|reference| match reference.kinds {
        [kind] if reference.column.as_str() == through && reference.key.is_none() => {
            Some((*kind, reference.column))
        }
        _ => None,
    });
    for (kind, column) in parents.chain(references) {
        let way = FilterPath { column, kind, comparison: comparison.clone() };
        for_resource_type!(kind, M => way.test::<M>().map(|_| ()))?;
        paths.push(way);
    }
    match paths.len() > first {
        true => Ok(Node::Through(first..paths.len())),
        false => Err(unknown::<N>(comparison)),
    }
}

fn unknown<N: Resource>(comparison: &Comparison) -> FilterError {
    let fields: Vec<&str> = fields::all::<N>().map(|field| field.name()).collect();
    let description = format!(
        "names, at character {}, a field that cannot be filtered by; the fields are {}",
        comparison.field_at,
        fields.join(", ")
    );
    (Reason::UnknownField, description)
}

impl<N: Resource> FilterPath<N> {
    /// Test of the resources of type `M` that the column refers to.
    pub(super) fn test<M: Resource>(&self) -> Result<ColumnTest<M>, FilterError> {
        let field = self.comparison.field.last().and_then(|field| fields::named::<M>(field));
        ColumnTest::read(field.ok_or_else(|| unknown::<N>(&self.comparison))?, &self.comparison)
    }
}

impl<N: Resource> ColumnTest<N> {
    fn read(field: Field<N>, comparison: &Comparison) -> Result<Self, FilterError> {
        let asks = asks(&field, comparison)?;
        Ok(Self { field, asks })
    }
}

fn asks<N: Resource>(field: &Field<N>, comparison: &Comparison) -> Result<TestKind, FilterError> {
    let at = comparison.value_at;
    let is_text = matches!(field.field_type, FieldType::Text | FieldType::Name(_));
    let (comparator, value) = (comparison.comparator, &comparison.value);
    if let FieldType::List = field.field_type {
        return match comparator {
            Comparator::Has => Ok(TestKind::HasItem(value.clone())),
            _ => Err(wrong(at, "is compared with a list, which can only be compared by :")),
        };
    }
    if comparator == Comparator::Has && value.is_anything() {
        return Ok(present(field));
    }
    let Some(given) = value.text() else {
        return match (is_text, comparator) {
            (true, Comparator::Has) if matches!(field.field_type, FieldType::Text) => {
                Ok(TestKind::Folded(value.folded()))
            }
            (true, Comparator::Equal | Comparator::Has) => Ok(TestKind::Like(value.clone())),
            (true, Comparator::NotEqual) => Ok(TestKind::NotLike(value.clone())),
            (true, _) => Err(not_ordered(at, "a text with *")),
            (false, _) => Err(wrong(at, "must not contain *: the field is not text")),
        };
    };
    if comparator == Comparator::Has && matches!(field.field_type, FieldType::Text) {
        return Ok(TestKind::Folded(Literal(vec![None, Some(text::fold(&given)), None])));
    }
    let value = fields::read(field, &given).map_err(|what| {
        let reason = match field.field_type {
            FieldType::Term(..) => Reason::UnknownValue,
            _ => Reason::Malformed,
        };
        (reason, format!("has, at character {at}, an invalid value: it {what}"))
    })?;
    let absent = value == value.as_null();
    match comparator {
        Comparator::Equal | Comparator::Has if absent => Ok(TestKind::Absent),
        Comparator::NotEqual if absent => Ok(TestKind::Present),
        _ if absent => Err(not_ordered(at, "nothing")),
        Comparator::Equal | Comparator::Has | Comparator::NotEqual => {
            Ok(TestKind::Compare(comparator, value))
        }
        _ if matches!(field.field_type, FieldType::Term(..) | FieldType::Flag) => {
            Err(not_ordered(at, "a value of this field"))
        }
        _ if field.is_folded() => Ok(TestKind::CompareFolded(comparator, text::fold(&given))),
        _ => Ok(TestKind::Compare(comparator, value)),
    }
}

/// Test that the field has a value.
fn present<N: Resource>(field: &Field<N>) -> TestKind {
    match field.field_type {
        _ if field.is_nullable() => TestKind::Present,
        FieldType::Text | FieldType::List | FieldType::Name(_) | FieldType::Term(..) => {
            TestKind::Other("".into())
        }
        FieldType::Number | FieldType::Exact => TestKind::Other(0i64.into()),
        FieldType::Date if field.is_text() => TestKind::Other("".into()),
        FieldType::Flag => TestKind::Other(false.into()),
        FieldType::Date | FieldType::Time => TestKind::Present,
    }
}

fn wrong(at: usize, what: &str) -> FilterError {
    (Reason::Malformed, format!("has, at character {at}, an invalid value: it {what}"))
}

fn not_ordered(at: usize, what: &str) -> FilterError {
    wrong(at, &format!("is {what}, which can only be compared by = != and :"))
}
