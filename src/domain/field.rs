//! Fields that lists of a resource type can be filtered and ordered by.

use sea_orm::{ActiveEnum, ColumnTrait, IdenStatic, sea_query::ColumnType};

use crate::store::{Column, Record};

use super::ResourceType;

/// A column that lists can be filtered by, and possibly ordered by. The table has an index on it.
pub struct Field<R: Record> {
    /// The column.
    pub column: Column<R>,
    /// Type of its values.
    pub field_type: FieldType,
    /// Whether lists can be ordered by it.
    pub ordered: bool,
}

/// Type of a field's values.
#[derive(Clone, Copy)]
pub enum FieldType {
    /// Text.
    Text,
    /// Lists of texts. Their items are also in a table of their own, with an index.
    List,
    /// Resource names of these types.
    Name(&'static [ResourceType]),
    /// Values of an enum, each with this prefix on the wire.
    Term(&'static str, fn() -> Vec<String>),
    /// Integers.
    Number,
    /// Numbers with five decimals.
    Exact,
    /// Dates.
    Date,
    /// Times.
    Time,
    /// Booleans.
    Flag,
}

impl<R: Record> Field<R> {
    const fn new(column: Column<R>, holds: FieldType) -> Self {
        Self { column, field_type: holds, ordered: false }
    }

    /// A text column.
    pub const fn text(column: Column<R>) -> Self {
        Self::new(column, FieldType::Text)
    }

    /// A column of lists of texts.
    pub const fn list(column: Column<R>) -> Self {
        Self::new(column, FieldType::List)
    }

    /// A column of resource names of these types.
    pub const fn name_of(column: Column<R>, kinds: &'static [ResourceType]) -> Self {
        Self::new(column, FieldType::Name(kinds))
    }

    /// A column of an enum whose values have this prefix on the wire.
    pub const fn term<T: ActiveEnum<Value = String>>(
        column: Column<R>,
        prefix: &'static str,
    ) -> Self {
        Self::new(column, FieldType::Term(prefix, T::values))
    }

    /// A column of integers.
    pub const fn number(column: Column<R>) -> Self {
        Self::new(column, FieldType::Number)
    }

    /// A column of FTE.
    pub const fn exact(column: Column<R>) -> Self {
        Self::new(column, FieldType::Exact)
    }

    /// A column of dates.
    pub const fn date(column: Column<R>) -> Self {
        Self::new(column, FieldType::Date)
    }

    /// A column of booleans.
    pub const fn flag(column: Column<R>) -> Self {
        Self::new(column, FieldType::Flag)
    }

    /// Allows lists to be ordered by the field.
    pub const fn ordered(self) -> Self {
        Self { column: self.column, field_type: self.field_type, ordered: true }
    }

    /// Name of the field, in the proto and in the table.
    pub fn name(&self) -> &'static str {
        self.column.as_str()
    }

    /// Whether the table also has the text folded.
    pub fn is_folded(&self) -> bool {
        R::FOLDED.contains(&self.name())
    }

    /// Whether the field can be null.
    pub fn is_nullable(&self) -> bool {
        self.column.def().is_null()
    }

    /// Whether the column is of text in the database, whatever the type of its values.
    pub fn is_text(&self) -> bool {
        matches!(
            self.column.def().get_column_type(),
            ColumnType::Text | ColumnType::String(_) | ColumnType::Char(_)
        )
    }
}
