//! Reads of very many rows and a few of their columns. The database puts thousands of rows into one text:
//! handing over each by itself, value by value, would take several times as long as finding them.

use std::str::FromStr;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, IdenStatic,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};

use super::{
    StoreError,
    read::Reads,
    record::{Column, Record},
};

/// What stands between the columns of a row, and between rows: no text that is read like this has them.
const UNIT: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// The columns of a row as texts, in the order in which they were asked for; what is NULL is empty.
#[derive(Clone, Debug, Default)]
pub struct Packed<'a>(Vec<&'a str>);

impl<'a> Packed<'a> {
    /// A column of text.
    pub fn text(&self, column: usize) -> &'a str {
        self.0.get(column).copied().unwrap_or_default()
    }

    /// A column of numbers.
    pub fn number<T: FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column).parse().map_err(|_| self.unreadable(column))
    }

    /// A column of dates.
    pub fn date(&self, column: usize) -> Result<NaiveDate, StoreError> {
        date(self.text(column)).ok_or_else(|| self.unreadable(column))
    }

    /// A column that may be NULL, by how it is read where it is not.
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
        DbErr::Type(format!("{:?} in a column that is read as text", self.text(column))).into()
    }
}

/// Reads `YYYY-MM-DD`, in a tenth of the time of a parser of any format.
fn date(text: &str) -> Option<NaiveDate> {
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

impl<C: ConnectionTrait> Reads<C> {
    /// Gives `each` the `columns` of the records that meet a condition, in the order of `order`, which must
    /// be unique together; best those of an index. At most `limit` of them are in memory at a time. The
    /// reads must be of a snapshot.
    pub async fn packed<R: Record>(
        &self,
        condition: Condition,
        columns: &[Column<R>],
        order: &[Column<R>],
        limit: u64,
        mut each: impl FnMut(&Packed<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut query = pack::<R>(condition, columns, order);
        query.limit(limit);
        let list = Func::cust("string_agg").args([Expr::col("packed"), separator(RECORD)]);
        let mut given = 0;
        loop {
            query.reset_offset().offset(given);
            let list = Expr::from(list.clone());
            let list =
                Query::select().expr_as(list, "list").from_subquery(query.clone(), "rows").take();
            let row = self.connection.query_one(&list).await?;
            let text: Option<Option<String>> =
                row.map(|row| row.try_get("", "list")).transpose()?;
            let text = text.flatten().unwrap_or_default();
            let (before, mut row) = (given, Packed::default());
            for record in text.split(RECORD).filter(|record| !record.is_empty()) {
                row.0.clear();
                row.0.extend(record.split(UNIT));
                each(&row)?;
                given += 1;
            }
            if given < before + limit {
                return Ok(());
            }
        }
    }
}

fn separator(text: char) -> Expr {
    Expr::value(text.to_string())
}

/// The query for rows of one text each.
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
