//! Pages of records, in any order, with any filter, at the same cost at any depth.
//!
//! The records after a given one are read in segments, each a range of one index: first those that
//! are equal to it in all but the last column of the order, then those equal in all but the last
//! two, and so on. If whole rows were compared, or the comparisons were joined by OR, the databases
//! would scan from the beginning. The same is true of NULL, which comes first in ascending order on
//! both databases here.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Expr, ExprTrait, Func, NullOrdering, Order as Direction},
};

use super::{
    StoreError,
    dialect::{self, Dialect},
    fold,
    names::name_range,
    read::Reads,
    record::{Column, Record},
};

/// Which records of a table to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All records of the table.
    All,
    /// Records whose `parent` column is the first text and whose names begin with the second.
    Parent(String, String),
    /// Records whose names begin with this prefix.
    Prefix(String),
}

impl Scope {
    /// Whether the record of this name is in the scope.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Parent(_, prefix) | Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}

/// A column that a page is ordered by.
pub struct PageOrder<R: Record> {
    /// The column.
    pub column: Column<R>,
    /// Whether the order is descending.
    pub descending: bool,
    /// Whether the column can be NULL. NULL comes first in ascending order.
    pub nullable: bool,
    /// Whether the order is that of the folded texts of the column.
    pub folded: bool,
}

impl<R: Record> PageOrder<R> {
    /// Value of a record that the order is by.
    pub fn value(&self, record: &R) -> Value {
        let folded = self.folded.then(|| fold::folded(record, self.column.as_str())).flatten();
        folded.map_or_else(|| record.get(self.column), Value::from)
    }

    fn column(&self) -> Expr {
        if self.folded {
            Expr::col(fold::folded_column(self.column.as_str()))
        } else {
            Expr::col(self.column)
        }
    }
}

impl<R: Record> Clone for PageOrder<R> {
    fn clone(&self) -> Self {
        let Self { column, descending, nullable, folded } = *self;
        Self { column, descending, nullable, folded }
    }
}

/// Which records to read, and how.
pub struct PageQuery<R: Record> {
    /// The records to choose from.
    pub scope: Scope,
    /// Condition that the records must meet.
    pub filter: Condition,
    /// Columns of the order; the last one must be unique.
    pub order: Vec<PageOrder<R>>,
    /// Return records after the one with these values in the columns of the order; `None`: from the
    /// start.
    pub after: Option<Vec<Value>>,
    /// Maximum number of records.
    pub limit: u64,
    /// Columns of text or JSON lists that are not read; they are empty in the answer.
    pub unread: Vec<Column<R>>,
}

impl<R: Record> PageQuery<R> {
    /// Returns the values of a record in the columns of the order.
    pub fn values(&self, record: &R) -> Vec<Value> {
        self.order.iter().map(|order| order.value(record)).collect()
    }

    /// Creates a query for the records of a scope, ordered by name.
    pub fn by_name(scope: Scope, name: Column<R>, limit: u64) -> Self {
        let order =
            vec![PageOrder { column: name, descending: false, nullable: false, folded: false }];
        let filter = Condition::all();
        Self { scope, filter, order, after: None, limit, unread: Vec::new() }
    }
}

/// A range of one index: the columns of the order before `first` have one value throughout, and
/// column `first` is NULL throughout or nowhere.
struct Segment {
    condition: Condition,
    first: usize,
}

impl<C: ConnectionTrait> Reads<C> {
    /// Reads one page of records.
    pub async fn page<R: Record>(&self, query: &PageQuery<R>) -> Result<Vec<R>, StoreError> {
        let mut rows = Vec::new();
        for segment in segments(&query.order, query.after.as_deref()) {
            let left = query.limit.saturating_sub(rows.len() as u64);
            if left == 0 {
                break;
            }
            let select = select(self.dialect, query, &segment, left);
            rows.extend(select.all(&self.connection).await?);
        }
        Ok(rows)
    }

    /// Counts the records of a list, regardless of the page.
    pub async fn count<R: Record>(&self, query: &PageQuery<R>) -> Result<i64, StoreError> {
        let select = R::Entity::find()
            .select_only()
            .column_as(Expr::col("name").count(), "count")
            .filter(scope(&query.scope, true))
            .filter(query.filter.clone());
        let counts: Vec<i64> = select.into_tuple().all(&self.connection).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    /// Returns the query plan of a page, one text for each segment, to see which index is used.
    pub async fn explain_page<R: Record>(
        &self,
        query: &PageQuery<R>,
    ) -> Result<Vec<String>, StoreError> {
        let mut plans = Vec::new();
        for segment in segments(&query.order, query.after.as_deref()) {
            let select = select(self.dialect, query, &segment, query.limit);
            plans.push(dialect::explain(&self.connection, &select.into_query()).await?);
        }
        Ok(plans)
    }
}

fn select<R: Record>(
    dialect: Dialect,
    query: &PageQuery<R>,
    segment: &Segment,
    limit: u64,
) -> Select<R::Entity> {
    let mut select = R::Entity::find();
    if !query.unread.is_empty() {
        select = select.select_only();
        for column in Column::<R>::iter() {
            let unread = query.unread.iter().any(|other| other.as_str() == column.as_str());
            select = match unread {
                true => select.column_as(dialect::nothing(dialect, &column.def()), column.as_str()),
                false => select.column(column),
            };
        }
    }
    let by_name = query.order.first().is_none_or(|order| order.column.as_str() == "name");
    select = select
        .filter(scope(&query.scope, by_name))
        .filter(query.filter.clone())
        .filter(segment.condition.clone());
    for (i, order) in query.order.iter().enumerate().skip(segment.first) {
        let direction = if order.descending { Direction::Desc } else { Direction::Asc };
        select = match order.nullable && i > segment.first {
            true => {
                let nulls = if order.descending { NullOrdering::Last } else { NullOrdering::First };
                select.order_by_with_nulls(order.column(), direction, nulls)
            }
            false => select.order_by(order.column(), direction),
        };
    }
    select.limit(limit)
}

fn segments<R: Record>(order: &[PageOrder<R>], after: Option<&[Value]>) -> Vec<Segment> {
    let segment = |condition, first| Segment { condition, first };
    let col = |i: usize| order[i].column();
    let Some(after) = after else {
        let Some(PageOrder { nullable: true, descending, .. }) = order.first() else {
            return vec![segment(Condition::all(), 0)];
        };
        let mut both = vec![
            segment(Condition::all().add(col(0).is_null()), 0),
            segment(Condition::all().add(col(0).is_not_null()), 0),
        ];
        if *descending {
            both.reverse();
        }
        return both;
    };
    let is_null = |value: &Value| *value == value.as_null();
    let mut list = Vec::new();
    for i in (0..order.len().min(after.len())).rev() {
        let equal = (0..i).fold(Condition::all(), |all, j| match is_null(&after[j]) {
            true => all.add(col(j).is_null()),
            false => all.add(col(j).eq(after[j].clone())),
        });
        let PageOrder { descending, nullable, .. } = order[i];
        match (is_null(&after[i]), descending) {
            (false, false) => list.push(segment(equal.add(col(i).gt(after[i].clone())), i)),
            (false, true) => {
                list.push(segment(equal.clone().add(col(i).lt(after[i].clone())), i));
                if nullable {
                    list.push(segment(equal.add(col(i).is_null()), i));
                }
            }
            (true, false) => list.push(segment(equal.add(col(i).is_not_null()), i)),
            // Nothing comes after NULL in descending order.
            (true, true) => {}
        }
    }
    list
}

/// Builds the condition of a scope. The records under a parent are selected by name if that is the
/// order, and by parent otherwise: the databases use one index for condition and order, and given
/// both conditions they may choose the wrong one.
fn scope(scope: &Scope, by_name: bool) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Parent(parent, _) if !by_name => {
            Condition::all().add(Expr::col("parent").eq(parent.as_str()))
        }
        // Written so that no index matches it: the index of the order is used instead.
        Scope::Prefix(prefix) if !by_name => {
            let start = Func::cust("substr").args([
                Expr::col("name"),
                Expr::value(1),
                Expr::value(prefix.len() as i32),
            ]);
            Condition::all().add(Expr::expr(start).eq(prefix.as_str()))
        }
        Scope::Parent(_, prefix) | Scope::Prefix(prefix) => {
            let names = name_range(prefix);
            let from = Condition::all().add(Expr::col("name").gte(names.start));
            from.add(Expr::col("name").lt(names.end))
        }
    }
}
