//! The fields that lists of a resource type can be filtered and ordered by.

use sea_orm::{ActiveEnum, ColumnTrait, IdenStatic, sea_query::ColumnType};

use crate::store::{Column, Record};

use super::Kind;

/// A column that lists can be filtered by, and perhaps ordered by. An index serves it.
pub struct Field<R: Record> {
    /// The column.
    pub column: Column<R>,
    /// What its values are.
    pub holds: Holds,
    /// Whether lists can be ordered by it.
    pub ordered: bool,
}

/// What the values of a field are.
#[derive(Clone, Copy)]
pub enum Holds {
    /// Text.
    Text,
    /// Names of resources of these kinds.
    Name(&'static [Kind]),
    /// One of a list of terms; on the wire each has the prefix before it.
    Term(&'static str, fn() -> Vec<String>),
    /// Whole numbers.
    Number,
    /// Numbers with five decimals.
    Exact,
    /// Dates.
    Date,
    /// Times.
    Time,
    /// Yes or no.
    Flag,
}

impl<R: Record> Field<R> {
    const fn new(column: Column<R>, holds: Holds) -> Self {
        Self { column, holds, ordered: false }
    }

    /// A column of text.
    pub const fn text(column: Column<R>) -> Self {
        Self::new(column, Holds::Text)
    }

    /// A column of names of resources of these kinds.
    pub const fn name_of(column: Column<R>, kinds: &'static [Kind]) -> Self {
        Self::new(column, Holds::Name(kinds))
    }

    /// A column of an enum, whose values have this prefix on the wire.
    pub const fn term<T: ActiveEnum<Value = String>>(
        column: Column<R>,
        prefix: &'static str,
    ) -> Self {
        Self::new(column, Holds::Term(prefix, T::values))
    }

    /// A column of whole numbers.
    pub const fn number(column: Column<R>) -> Self {
        Self::new(column, Holds::Number)
    }

    /// A column of FTE.
    pub const fn exact(column: Column<R>) -> Self {
        Self::new(column, Holds::Exact)
    }

    /// A column of dates.
    pub const fn date(column: Column<R>) -> Self {
        Self::new(column, Holds::Date)
    }

    /// A column of yes or no.
    pub const fn flag(column: Column<R>) -> Self {
        Self::new(column, Holds::Flag)
    }

    /// The same; lists can be ordered by it too.
    pub const fn ordered(self) -> Self {
        Self { column: self.column, holds: self.holds, ordered: true }
    }

    /// Its name, in the proto and in the table.
    pub fn name(&self) -> &'static str {
        self.column.as_str()
    }

    /// Whether it can have no value.
    pub fn is_nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// Whether the database keeps it as text, whatever its values are.
    pub fn is_text(&self) -> bool {
        matches!(
            self.column.def().get_column_type(),
            ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_)
        )
    }
}
