//! Pages of records: any order, any filter, and the same cost at any depth.
//!
//! What comes after a row is read in segments, each a range of one index: first the rows that are
//! equal to it in all but the last column of the order, then those equal in all but the last two, and
//! so on. A comparison of whole rows, or one joined by OR, would make the databases walk from the
//! beginning; so would the place of NULL, which is first in rising order here on both.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Expr, ExprTrait, Func, NullOrdering, Order as Direction},
};

use super::{
    StoreError,
    dialect::{self, Dialect},
    names::name_range,
    read::Reads,
    record::{Column, Record},
};

/// Which records a page is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the table.
    All,
    /// Those whose `parent` column is this name, and whose own names begin with this prefix.
    Parent(String, String),
    /// Those whose name begins with this prefix.
    Prefix(String),
}

impl Scope {
    /// Whether it holds the record of a name.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Parent(_, prefix) | Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}

/// A column that a page is ordered by.
pub struct Order<R: Record> {
    /// The column.
    pub column: Column<R>,
    /// From the greatest to the least.
    pub falling: bool,
    /// Whether it can be NULL. NULL comes first in rising order.
    pub nullable: bool,
}

impl<R: Record> Clone for Order<R> {
    fn clone(&self) -> Self {
        Self { column: self.column, falling: self.falling, nullable: self.nullable }
    }
}

/// Which records to read, and how.
pub struct PageQuery<R: Record> {
    /// Of which.
    pub scope: Scope,
    /// Those that meet this.
    pub filter: Condition,
    /// In this order; the last column must be unique.
    pub order: Vec<Order<R>>,
    /// After the record with these values in the columns of the order.
    pub after: Option<Vec<Value>>,
    /// How many at most.
    pub limit: u64,
    /// The columns of text or JSON lists that need not be read: they are empty in the answer.
    pub unread: Vec<Column<R>>,
}

impl<R: Record> PageQuery<R> {
    /// The values of a record in the columns of the order.
    pub fn values(&self, record: &R) -> Vec<Value> {
        self.order.iter().map(|order| record.get(order.column)).collect()
    }

    /// The records of a scope ordered by name.
    pub fn by_name(scope: Scope, name: Column<R>, limit: u64) -> Self {
        let order = vec![Order { column: name, falling: false, nullable: false }];
        let filter = Condition::all();
        Self { scope, filter, order, after: None, limit, unread: Vec::new() }
    }
}

/// A part of what is to be read: the columns of the order before `first` are the same in all of it, and
/// that of `first` is NULL in all of it or in none.
struct Segment {
    condition: Condition,
    first: usize,
}

impl<C: ConnectionTrait> Reads<C> {
    /// Some records of a list.
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

    /// How many records a list has, whatever its page.
    pub async fn count<R: Record>(&self, query: &PageQuery<R>) -> Result<i64, StoreError> {
        let select = R::Entity::find()
            .select_only()
            .column_as(Expr::col("name").count(), "count")
            .filter(scope(&query.scope, true))
            .filter(query.filter.clone());
        let counts: Vec<i64> = select.into_tuple().all(&self.connection).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    /// How the database would read a page: a text of its own for every segment, to see by which index.
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
        let direction = if order.falling { Direction::Desc } else { Direction::Asc };
        select = match order.nullable && i > segment.first {
            true => {
                let nulls = if order.falling { NullOrdering::Last } else { NullOrdering::First };
                select.order_by_with_nulls(order.column, direction, nulls)
            }
            false => select.order_by(order.column, direction),
        };
    }
    select.limit(limit)
}

fn segments<R: Record>(order: &[Order<R>], after: Option<&[Value]>) -> Vec<Segment> {
    let segment = |condition, first| Segment { condition, first };
    let col = |i: usize| Expr::col(order[i].column);
    let Some(after) = after else {
        let Some(Order { nullable: true, falling, .. }) = order.first() else {
            return vec![segment(Condition::all(), 0)];
        };
        let mut both = vec![
            segment(Condition::all().add(col(0).is_null()), 0),
            segment(Condition::all().add(col(0).is_not_null()), 0),
        ];
        if *falling {
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
        let Order { falling, nullable, .. } = order[i];
        match (is_null(&after[i]), falling) {
            (false, false) => list.push(segment(equal.add(col(i).gt(after[i].clone())), i)),
            (false, true) => {
                list.push(segment(equal.clone().add(col(i).lt(after[i].clone())), i));
                if nullable {
                    list.push(segment(equal.add(col(i).is_null()), i));
                }
            }
            (true, false) => list.push(segment(equal.add(col(i).is_not_null()), i)),
            // Nothing comes after NULL in falling order.
            (true, true) => {}
        }
    }
    list
}

/// The condition of a scope. What lies under a parent is found by its name where that is the order, and
/// by its parent otherwise: the databases take one index for the condition and the order, and given both
/// conditions they may take the wrong one.
fn scope(scope: &Scope, by_name: bool) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Parent(parent, _) if !by_name => {
            Condition::all().add(Expr::col("parent").eq(parent.as_str()))
        }
        // No index can take this, so that none is taken for it.
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
