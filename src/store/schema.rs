//! Building blocks of migrations. Released migrations depend on them: their results must not
//! change.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{ColumnDef, DbErr, Index, IndexCreateStatement, Table, async_trait},
    sea_orm::DbBackend,
};

use super::dialect;
pub use super::dialect::notify_of_revisions;

/// A migration that creates the table of a record: the standard columns (`parent` only for child
/// records) and its own.
pub struct RecordTable {
    /// Name of the migration.
    pub migration: &'static str,
    /// Name of the table.
    pub table: &'static str,
    /// Whether the records have a parent.
    pub child: bool,
    /// Its own columns.
    pub columns: fn(DbBackend) -> Vec<ColumnDef>,
    /// Columns that lists can be filtered by, other than the name and those in `ordered`.
    pub filtered: &'static [&'static str],
    /// Columns that lists can be filtered and ordered by, other than the name and the update time.
    pub ordered: &'static [&'static str],
    /// Columns that are unique as a group; the name is unique in any case.
    pub unique: &'static [&'static str],
}

impl MigrationName for RecordTable {
    fn name(&self) -> &str {
        self.migration
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RecordTable {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let mut table = Table::create();
        table.table(self.table);
        table.col(exact(backend, "name").primary_key());
        if self.child {
            table.col(exact(backend, "parent"));
        }
        table.col(number("revision")).col(time("create_time")).col(time("update_time"));
        for column in (self.columns)(backend) {
            table.col(column);
        }
        manager.create_table(table).await?;
        let ordered: Vec<_> = self.ordered.iter().copied().chain(["update_time"]).collect();
        create_indexes(manager, self.table, self.child, self.filtered, &ordered).await?;
        if !self.unique.is_empty() {
            let unique = index(self.table, self.unique).unique().take();
            manager.create_index(unique).await?;
        }
        Ok(())
    }
}

/// A migration that adds columns to the table of a record. Each must be nullable or have a default,
/// which existing rows get.
pub struct RecordColumns {
    /// Name of the migration.
    pub migration: &'static str,
    /// Name of the table.
    pub table: &'static str,
    /// Whether the records have a parent.
    pub child: bool,
    /// The new columns.
    pub columns: fn(DbBackend) -> Vec<ColumnDef>,
    /// Those of the new columns that lists can be filtered by but not ordered by.
    pub filtered: &'static [&'static str],
    /// Those of the new columns that lists can be filtered and ordered by.
    pub ordered: &'static [&'static str],
}

impl MigrationName for RecordColumns {
    fn name(&self) -> &str {
        self.migration
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RecordColumns {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in (self.columns)(manager.get_database_backend()) {
            // One at a time: SQLite adds one column for each statement.
            manager.alter_table(Table::alter().table(self.table).add_column(column).take()).await?;
        }
        create_indexes(manager, self.table, self.child, self.filtered, self.ordered).await
    }
}

/// A migration that indexes the items of a list, so that records can be found by an item. Older programs keep
/// the index too.
pub struct ListIndex {
    /// Name of the migration.
    pub migration: &'static str,
    /// Name of the table.
    pub table: &'static str,
    /// The column, a JSON list of texts.
    pub column: &'static str,
}

impl MigrationName for ListIndex {
    fn name(&self) -> &str {
        self.migration
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ListIndex {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::index_list(manager.get_connection(), self.table, self.column).await
    }
}

/// Creates the indexes for lists that are filtered or ordered by these columns.
async fn create_indexes(
    manager: &SchemaManager<'_>,
    table: &'static str,
    child: bool,
    filtered: &[&'static str],
    ordered: &[&'static str],
) -> Result<(), DbErr> {
    for column in filtered.iter().chain(ordered) {
        manager.create_index(index(table, &[column, "name"])).await?;
    }
    for column in ordered.iter().filter(|_| child) {
        manager.create_index(index(table, &["parent", column, "name"])).await?;
    }
    Ok(())
}

/// A column of text for people.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// A column of text for machines (a name, a code, an enum), compared byte by byte.
pub fn exact(backend: DbBackend, name: &'static str) -> ColumnDef {
    dialect::exact_text(backend, name)
}

/// A nullable column of text for machines.
pub fn optional_exact(backend: DbBackend, name: &'static str) -> ColumnDef {
    exact(backend, name).null().take()
}

/// A nullable column of 64-bit integers.
pub fn optional_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

/// A column of 64-bit integers.
pub fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A column of 32-bit integers.
pub fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A column of booleans.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A column of dates.
pub fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

/// A nullable column of dates.
pub fn optional_date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().take()
}

/// A column of times.
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

/// A column of bytes.
pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().take()
}

/// A column of JSON.
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json().not_null().take()
}

/// An index on `columns` of `table`, named after both.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
