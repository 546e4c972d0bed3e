//! Reads a few columns of very many rows. The database joins thousands of rows into one text:
//! passing each row and value separately would take several times as long as finding them.

use std::str::FromStr;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, IdenStatic,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{
    StoreError,
    read::Reads,
    record::{Column, Record},
};

/// Separators of columns and of rows. No text that is read this way may contain them.
const UNIT: u8 = 0x1f;
const RECORD: u8 = 0x1e;

/// The columns of a row as text, in the order requested; NULL is empty.
#[derive(Clone, Debug, Default)]
pub struct PackedRow<'a>(Vec<&'a str>);

impl<'a> PackedRow<'a> {
    /// Reads a column of text.
    pub fn text(&self, column: usize) -> &'a str {
        self.0.get(column).copied().unwrap_or_default()
    }

    /// Reads a column of numbers.
    pub fn number<T: FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column).parse().map_err(|_| self.unreadable(column))
    }

    /// Reads a column with `read`, which returns `None` if it cannot be read.
    pub fn read<T>(
        &self,
        column: usize,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        read(self.text(column)).ok_or_else(|| self.unreadable(column))
    }

    /// Reads a column of dates.
    pub fn date(&self, column: usize) -> Result<NaiveDate, StoreError> {
        date(self.text(column)).ok_or_else(|| self.unreadable(column))
    }

    /// Reads a column that may be NULL, with `read` if it is not.
    pub fn optional<T>(
        &self,
        column: usize,
        read: impl Fn(&Self, usize) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.text(column) {
            "" => Ok(None),
            _ => read(self, column).map(Some),
        }
    }

    fn unreadable(&self, column: usize) -> StoreError {
        StoreError::WrongValue(self.text(column).to_owned())
    }
}

/// Parses `YYYY-MM-DD`, about ten times as fast as a parser of arbitrary formats.
fn date(text: &str) -> Option<NaiveDate> {
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

impl<C: ConnectionTrait> Reads<C> {
    /// Reads `columns` of the records that meet a condition, as texts of at most `rows` rows each.
    /// `order` must be unique as a whole, and is best that of an index. The reads must be those of
    /// a snapshot.
    pub fn packed<R: Record>(
        &self,
        condition: Condition,
        columns: &[Column<R>],
        order: &[Column<R>],
        rows: u64,
    ) -> PackedPages<'_, C> {
        let mut query = pack::<R>(condition, columns, order);
        query.limit(rows);
        PackedPages { reads: self, query, most: rows, offset: Some(0) }
    }
}

/// A sequence of packed texts.
pub struct PackedPages<'a, C> {
    reads: &'a Reads<C>,
    query: SelectStatement,
    most: u64,
    /// Number of rows read; `None` after the last.
    offset: Option<u64>,
}

impl<C: ConnectionTrait> PackedPages<'_, C> {
    /// Reads the next text; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<PackedPage>, StoreError> {
        let Some(offset) = self.offset else { return Ok(None) };
        self.query.reset_offset().offset(offset);
        let list = Func::cust("string_agg").args([Expr::col("packed"), separator(RECORD)]);
        let query = Query::select()
            .expr_as(list, "list")
            .expr_as(Func::count(Expr::col("packed")), "count")
            .from_subquery(self.query.clone(), "rows")
            .take();
        let row = self.reads.connection.query_one(&query).await?;
        let row = row.ok_or(StoreError::RowMissing("a count"))?;
        let count = row.try_get::<i64>("", "count")?.unsigned_abs();
        self.offset = (count == self.most).then_some(offset + count);
        let text: Option<String> = row.try_get("", "list")?;
        Ok(text.map(PackedPage))
    }
}

/// Some rows, packed into one text.
#[derive(Debug)]
pub struct PackedPage(String);

impl PackedPage {
    /// Calls `each` with every row.
    pub fn rows(
        &self,
        mut each: impl FnMut(&PackedRow<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (bytes, mut row, mut start) = (self.0.as_bytes(), PackedRow::default(), 0);
        for end in memchr::memchr2_iter(UNIT, RECORD, bytes).chain([bytes.len()]) {
            row.0.push(&self.0[start..end]);
            start = end + 1;
            if bytes.get(end) != Some(&UNIT) {
                each(&row)?;
                row.0.clear();
            }
        }
        Ok(())
    }
}

fn separator(byte: u8) -> Expr {
    Expr::value(char::from(byte).to_string())
}

/// Builds the query that returns each row as one text.
fn pack<R: Record>(
    condition: Condition,
    columns: &[Column<R>],
    order: &[Column<R>],
) -> SelectStatement {
    let text = |column: &Column<R>| -> Expr {
        let value = Expr::col(Alias::new(column.as_str()));
        match column.def().is_null() {
            true => Func::coalesce([value.cast_as("text"), Expr::value("")]).into(),
            false => value,
        }
    };
    let texts = [separator(UNIT)].into_iter().chain(columns.iter().map(text));
    let mut rows = Query::select();
    rows.expr_as(Func::cust("concat_ws").args(texts), "packed")
        .from(R::Entity::default())
        .cond_where(condition);
    for column in order {
        rows.order_by_expr(Expr::col(Alias::new(column.as_str())), sea_orm::Order::Asc);
    }
    rows
}
