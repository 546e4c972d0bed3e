//! Filters: what a list asks of its rows.
//!
//! A filter is read once, and then used in two ways that mean the same: as a condition of a query (`condition`), and
//! as a test of a row in hand (`predicate`), such as one that has changed since the revision asked for.

use std::ops::Range;

use sea_orm::{IdenStatic, Value};

use crate::{
    domain::{Error, Field, Holds, Kind, Noun, Reason, Violations, for_kind},
    store::Column,
};

use super::{
    fields,
    parse::{self, Comparator, Comparison, Expression, Literal},
};

/// What is wrong with a filter.
pub type Wrong = (Reason, String);

/// A filter that cannot be read, as a violation of the request.
pub fn misread((reason, description): Wrong) -> Error {
    Error::Invalid(Violations::one("filter", reason, description))
}

/// What a list asks of its rows.
pub struct Filter<N: Noun> {
    pub(super) root: Node<N>,
    /// What it asks of the resources that a row lies under or refers to.
    pub(super) ways: Vec<Way<N>>,
}

/// A part of a filter.
pub(super) enum Node<N: Noun> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(Test<N>),
    /// One of these ways is open.
    Through(Range<usize>),
}

/// What is asked of a field.
pub(super) struct Test<N: Noun> {
    pub field: Field<N>,
    pub asks: Asks,
}

pub(super) enum Asks {
    /// It is not NULL.
    Present,
    /// It is NULL.
    Absent,
    /// It is not this, which stands for nothing where there is no NULL.
    Other(Value),
    Like(Literal),
    NotLike(Literal),
    Compare(Comparator, Value),
}

/// A column that names a resource, and what is asked of that resource.
pub struct Way<N: Noun> {
    /// The column.
    pub column: Column<N>,
    /// What it names.
    pub kind: Kind,
    pub(super) comparison: Comparison,
}

impl<N: Noun> Filter<N> {
    /// One that admits every row.
    pub const fn everything() -> Self {
        Self { root: Node::All(Vec::new()), ways: Vec::new() }
    }

    /// Reads a filter.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let mut filter = Self::everything();
        if let Some(expression) =
            parse::parse(text).map_err(|description| (Reason::Malformed, description))?
        {
            filter.root = node(&expression, &mut filter.ways)?;
        }
        Ok(filter)
    }

    /// The ways by which it asks of other resources.
    pub fn ways(&self) -> &[Way<N>] {
        &self.ways
    }
}

fn node<N: Noun>(expression: &Expression, ways: &mut Vec<Way<N>>) -> Result<Node<N>, Wrong> {
    let mut each = |parts: &[Expression]| {
        parts.iter().map(|part| node(part, ways)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match expression {
        Expression::All(parts) => Node::All(each(parts)?),
        Expression::Any(parts) => Node::Any(each(parts)?),
        Expression::Not(part) => Node::Not(Box::new(node(part, ways)?)),
        Expression::Compare(comparison) => match &comparison.field[..] {
            [field] => match fields::named::<N>(field) {
                Some(field) => Node::Test(Test::read(field, comparison)?),
                None => return Err(unknown::<N>(comparison)),
            },
            [through, _] => through_ways(through, comparison, ways)?,
            _ => return Err(unknown::<N>(comparison)),
        },
    })
}

/// A comparison of a field of what the resource lies under or refers to.
fn through_ways<N: Noun>(
    through: &str,
    comparison: &Comparison,
    ways: &mut Vec<Way<N>>,
) -> Result<Node<N>, Wrong> {
    let first = ways.len();
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
        let way = Way { column, kind, comparison: comparison.clone() };
        for_kind!(kind, M => way.test::<M>().map(|_| ()))?;
        ways.push(way);
    }
    match ways.len() > first {
        true => Ok(Node::Through(first..ways.len())),
        false => Err(unknown::<N>(comparison)),
    }
}

fn unknown<N: Noun>(comparison: &Comparison) -> Wrong {
    let fields: Vec<&str> = fields::all::<N>().map(|field| field.name()).collect();
    let description = format!(
        "has, at character {}, a field that lists cannot be filtered by; these can: {}",
        comparison.field_at,
        fields.join(", ")
    );
    (Reason::UnknownField, description)
}

impl<N: Noun> Way<N> {
    /// What is asked of the resources that the column names, which are of the resource type `M`.
    pub(super) fn test<M: Noun>(&self) -> Result<Test<M>, Wrong> {
        let field = self.comparison.field.last().and_then(|field| fields::named::<M>(field));
        Test::read(field.ok_or_else(|| unknown::<N>(&self.comparison))?, &self.comparison)
    }
}

impl<N: Noun> Test<N> {
    fn read(field: Field<N>, comparison: &Comparison) -> Result<Self, Wrong> {
        let asks = asks(&field, comparison)?;
        Ok(Self { field, asks })
    }
}

fn asks<N: Noun>(field: &Field<N>, comparison: &Comparison) -> Result<Asks, Wrong> {
    let at = comparison.value_at;
    let text = matches!(field.holds, Holds::Text | Holds::Name(_));
    let (comparator, value) = (comparison.comparator, &comparison.value);
    if comparator == Comparator::Has && value.is_anything() {
        return Ok(present(field));
    }
    let Some(value) = value.text() else {
        return match (text, comparator) {
            (true, Comparator::Equal | Comparator::Has) => Ok(Asks::Like(value.clone())),
            (true, Comparator::NotEqual) => Ok(Asks::NotLike(value.clone())),
            (true, _) => Err(not_ordered(at, "a text with *")),
            (false, _) => Err(wrong(at, "must have no *, for the field is not of text")),
        };
    };
    if comparator == Comparator::Has && matches!(field.holds, Holds::Text) {
        return Ok(Asks::Like(Literal(vec![None, Some(value), None])));
    }
    let value = fields::read(field, &value).map_err(|what| {
        let reason = match field.holds {
            Holds::Term(..) => Reason::UnknownValue,
            _ => Reason::Malformed,
        };
        (reason, format!("has, at character {at}, a value that cannot stand there: it {what}"))
    })?;
    let absent = value == value.as_null();
    match comparator {
        Comparator::Equal | Comparator::Has if absent => Ok(Asks::Absent),
        Comparator::NotEqual if absent => Ok(Asks::Present),
        _ if absent => Err(not_ordered(at, "nothing")),
        Comparator::Equal | Comparator::Has | Comparator::NotEqual => {
            Ok(Asks::Compare(comparator, value))
        }
        _ if matches!(field.holds, Holds::Term(..) | Holds::Flag) => {
            Err(not_ordered(at, "a value of this field"))
        }
        _ => Ok(Asks::Compare(comparator, value)),
    }
}

/// The field is not empty.
fn present<N: Noun>(field: &Field<N>) -> Asks {
    match field.holds {
        _ if field.is_nullable() => Asks::Present,
        Holds::Text | Holds::Name(_) | Holds::Term(..) => Asks::Other("".into()),
        Holds::Number | Holds::Exact => Asks::Other(0i64.into()),
        Holds::Date if field.is_text() => Asks::Other("".into()),
        Holds::Flag => Asks::Other(false.into()),
        Holds::Date | Holds::Time => Asks::Present,
    }
}

fn wrong(at: usize, what: &str) -> Wrong {
    (
        Reason::Malformed,
        format!("has, at character {at}, a value that cannot stand there: it {what}"),
    )
}

fn not_ordered(at: usize, what: &str) -> Wrong {
    wrong(at, &format!("is {what}, which can only be compared by = != and :"))
}
