//! Filters as conditions of a query.

use sea_orm::{
    Condition, EntityTrait, IdenStatic, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{Kind, Noun, Reason, for_kind},
    store::Patterns,
};

use super::{
    Field, Holds,
    parse::{self, Comparator, Comparison, Expression},
};

/// What is wrong with a filter.
type Wrong = (Reason, String);

/// Reads a filter of lists of a noun.
pub(super) fn read<N: Noun>(text: &str, patterns: Patterns) -> Result<Condition, Wrong> {
    match parse::parse(text).map_err(|description| (Reason::Malformed, description))? {
        None => Ok(Condition::all()),
        Some(expression) => condition::<N>(&expression, patterns),
    }
}

fn condition<N: Noun>(expression: &Expression, patterns: Patterns) -> Result<Condition, Wrong> {
    let join = |start: Condition, parts: &[Expression]| {
        parts.iter().try_fold(start, |all, part| Ok(all.add(condition::<N>(part, patterns)?)))
    };
    match expression {
        Expression::All(parts) => join(Condition::all(), parts),
        Expression::Any(parts) => join(Condition::any(), parts),
        Expression::Not(part) => Ok(condition::<N>(part, patterns)?.not()),
        Expression::Compare(comparison) => match &comparison.field[..] {
            [field] => match Field::<N>::named(field) {
                Some(field) => compare(&field, comparison, patterns),
                None => Err(unknown::<N>(comparison)),
            },
            [through, field] => beyond::<N>(through, field, comparison, patterns),
            _ => Err(unknown::<N>(comparison)),
        },
    }
}

/// A comparison of a field of what the resource lies under or refers to.
fn beyond<N: Noun>(
    through: &str,
    field: &str,
    comparison: &Comparison,
    patterns: Patterns,
) -> Result<Condition, Wrong> {
    let mut ways: Vec<(Kind, &'static str)> = Vec::new();
    let parents = N::PARENTS.iter().filter(|kind| kind.singular() == through);
    ways.extend(parents.map(|kind| (*kind, "parent")));
    for reference in N::REFERENCES {
        if let (true, None, [kind]) =
            (reference.column.as_str() == through, reference.key, reference.kinds)
        {
            ways.push((*kind, reference.column.as_str()));
        }
    }
    let mut any = Condition::any();
    for (kind, column) in &ways {
        let names = for_kind!(*kind, M => {
            let Some(field) = Field::<M>::named(field) else {
                return Err(unknown::<N>(comparison));
            };
            <M as sea_orm::ModelTrait>::Entity::find()
                .select_only()
                .column_as(Expr::col("name"), "name")
                .filter(compare(&field, comparison, patterns)?)
                .into_query()
        });
        any = any.add(Expr::col(*column).in_subquery(names));
    }
    if ways.is_empty() { Err(unknown::<N>(comparison)) } else { Ok(any) }
}

fn unknown<N: Noun>(comparison: &Comparison) -> Wrong {
    let fields: Vec<&str> = Field::<N>::all().map(|field| field.name()).collect();
    let description = format!(
        "has, at character {}, a field that lists cannot be filtered by; these can: {}",
        comparison.field_at,
        fields.join(", ")
    );
    (Reason::UnknownField, description)
}

fn compare<N: Noun>(
    field: &Field<N>,
    comparison: &Comparison,
    patterns: Patterns,
) -> Result<Condition, Wrong> {
    let at = comparison.value_at;
    let column = || Expr::col((<N::Entity>::default(), field.column));
    let text = matches!(field.holds, Holds::Text | Holds::Name(_));
    let (comparator, value) = (comparison.comparator, &comparison.value);
    if comparator == Comparator::Has && value.is_anything() {
        return Ok(present(field));
    }
    let Some(value) = comparison.value.text() else {
        return match (text, comparator) {
            (true, Comparator::Equal | Comparator::Has) => Ok(patterns.like(column(), &value.0)),
            (true, Comparator::NotEqual) => Ok(patterns.like(column(), &value.0).not()),
            (true, _) => Err(not_ordered(at, "a text with *")),
            (false, _) => Err(wrong(at, "must have no *, for the field is not of text")),
        };
    };
    if comparator == Comparator::Has && matches!(field.holds, Holds::Text) {
        return Ok(patterns.like(column(), &[None, Some(value), None]));
    }
    let value = field.read(&value).map_err(|what| {
        let reason = match field.holds {
            Holds::Term(..) => Reason::UnknownValue,
            _ => Reason::Malformed,
        };
        (reason, format!("has, at character {at}, a value that cannot stand there: it {what}"))
    })?;
    let absent = value == value.as_null();
    let compared = match comparator {
        Comparator::Equal | Comparator::Has if absent => {
            return Ok(Condition::all().add(column().is_null()));
        }
        Comparator::NotEqual if absent => return Ok(Condition::all().add(column().is_not_null())),
        _ if absent => return Err(not_ordered(at, "nothing")),
        Comparator::Equal | Comparator::Has => column().eq(value),
        Comparator::NotEqual => column().ne(value),
        _ if matches!(field.holds, Holds::Term(..) | Holds::Flag) => {
            return Err(not_ordered(at, "a value of this field"));
        }
        Comparator::Less => column().lt(value),
        Comparator::LessOrEqual => column().lte(value),
        Comparator::Greater => column().gt(value),
        Comparator::GreaterOrEqual => column().gte(value),
    };
    // A comparison with NULL is neither true nor false: without this, NOT of it would be neither too.
    Ok(match (field.is_nullable(), comparator) {
        (false, _) => Condition::all().add(compared),
        (true, Comparator::NotEqual) => Condition::any().add(column().is_null()).add(compared),
        (true, _) => Condition::all().add(column().is_not_null()).add(compared),
    })
}

/// The field is not empty.
fn present<N: Noun>(field: &Field<N>) -> Condition {
    let column = || Expr::col((<N::Entity>::default(), field.column));
    let empty: Option<Value> = match field.holds {
        _ if field.is_nullable() => None,
        Holds::Text | Holds::Name(_) | Holds::Term(..) => Some("".into()),
        Holds::Number | Holds::Exact => Some(0i64.into()),
        Holds::Date if field.is_text() => Some("".into()),
        Holds::Flag => Some(false.into()),
        Holds::Date | Holds::Time => None,
    };
    match empty {
        Some(empty) => Condition::all().add(column().ne(empty)),
        None => Condition::all().add(column().is_not_null()),
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
