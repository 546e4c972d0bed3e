//! Folded texts: some text columns of a record have a second column with the text as search and order compare it.
//! Every write fills it. The column `folded_revision` says of which revision of the record it is: an older program
//! changes the text alone, and [`Store::refold`] finds such records by that.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityName, EntityTrait, IdenStatic, Iterable,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, InsertStatement, OnConflict, Query},
};

use super::{
    Store, StoreError,
    dialect::Mode,
    record::{Column, Record},
};

/// Column with the revision of the record that its folded texts are of.
const FOLDED_REVISION: &str = "folded_revision";

/// Maximum number of records folded in one transaction.
const BATCH: u64 = 500;

/// Column of the folded text of a column.
pub fn folded_column(column: &str) -> Alias {
    Alias::new(folded_name(column))
}

fn folded_name(column: &str) -> String {
    format!("{column}_folded")
}

/// Folded text of a column of a record; `None` if the column has none.
pub(super) fn folded<R: Record>(record: &R, column: &str) -> Option<String> {
    let place = R::FOLDED.iter().position(|folded| *folded == column)?;
    record.folded().into_iter().nth(place)
}

/// Number of values that a record takes in a statement.
pub(super) fn width<R: Record>() -> usize {
    Column::<R>::iter().count() + R::FOLDED.len() + 1
}

/// Builds the statement that inserts records with their folded texts. With `replace`, it replaces those that are
/// there.
pub(super) fn insert<R: Record>(
    records: &[R],
    replace: bool,
) -> Result<InsertStatement, StoreError> {
    let own = Column::<R>::iter().map(|column| column.as_str().to_owned());
    let derived = R::FOLDED.iter().map(|column| folded_name(column));
    let columns: Vec<String> = own.chain(derived).chain([FOLDED_REVISION.to_owned()]).collect();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(R::Entity::default().table_name()));
    insert.columns(columns.iter().map(Alias::new));
    for record in records {
        let own = Column::<R>::iter().map(|column| column.save_as(Expr::value(record.get(column))));
        let derived = record.folded().into_iter().map(Expr::value);
        let values = own.chain(derived).chain([Expr::value(record.revision())]);
        insert.values(values).map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    if replace {
        let others = columns.iter().filter(|column| *column != "name").map(Alias::new);
        insert.on_conflict(OnConflict::column("name").update_columns(others).to_owned());
    }
    Ok(insert)
}

impl Store {
    /// Folds the texts of records that a program without folded texts has written. Returns their number.
    pub async fn refold<R: Record>(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        if R::FOLDED.is_empty() {
            return Ok(count);
        }
        loop {
            let stale = R::Entity::find()
                .filter(Expr::col(FOLDED_REVISION).ne(Expr::col("revision")))
                .order_by_asc(Expr::col("name"))
                .limit(BATCH);
            let stale: Vec<R> = self.reads().select(stale).await?;
            if stale.is_empty() {
                return Ok(count);
            }
            count += stale.len();
            self.fold(&stale).await?;
        }
    }

    /// Writes the folded texts of records, unless they have changed meanwhile.
    async fn fold<R: Record>(&self, records: &[R]) -> Result<(), StoreError> {
        self.inner.check_file()?;
        let transaction = self.writer().begin(Mode::Write).await?;
        for record in records {
            let texts = R::FOLDED.iter().zip(record.folded());
            let update = Query::update()
                .table(Alias::new(R::Entity::default().table_name()))
                .values(texts.map(|(column, text)| (folded_column(column), Expr::value(text))))
                .value(FOLDED_REVISION, record.revision())
                .and_where(Expr::col("name").eq(record.name()))
                .and_where(Expr::col("revision").eq(record.revision()))
                .to_owned();
            transaction.execute(&update).await?;
        }
        Ok(transaction.commit().await?)
    }
}
