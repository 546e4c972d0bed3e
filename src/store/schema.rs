//! The pieces that migrations build tables of. Migrations that have been released rest on these:
//! what they make must not change.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{ColumnDef, DbErr, Index, IndexCreateStatement, Table, async_trait},
    sea_orm::DbBackend,
};

use super::dialect;
pub use super::dialect::notify_of_revisions;

/// A migration that makes the table of a record: its standard columns (with `parent` where its
/// records have one) and its own.
pub struct RecordTable {
    /// The name of the migration.
    pub migration: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// Whether its records have a parent.
    pub child: bool,
    /// Its own columns.
    pub columns: fn(DbBackend) -> Vec<ColumnDef>,
    /// The columns that lists can be filtered by, beside the name and those that they can be ordered by.
    pub filtered: &'static [&'static str],
    /// The columns that lists can be filtered and ordered by, beside the name and the time of the last
    /// change.
    pub ordered: &'static [&'static str],
    /// The columns that are unique together, beside the name.
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

/// A migration that gives the table of a record more columns. Each may be absent, or has a default that
/// the rows get which there are.
pub struct RecordColumns {
    /// The name of the migration.
    pub migration: &'static str,
    /// The name of the table.
    pub table: &'static str,
    /// Whether its records have a parent.
    pub child: bool,
    /// The columns.
    pub columns: fn(DbBackend) -> Vec<ColumnDef>,
    /// Those of them that lists can be filtered by, and not ordered.
    pub filtered: &'static [&'static str],
    /// Those of them that lists can be filtered and ordered by.
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
            // One at a time: SQLite adds no more.
            manager.alter_table(Table::alter().table(self.table).add_column(column).take()).await?;
        }
        create_indexes(manager, self.table, self.child, self.filtered, self.ordered).await
    }
}

/// Creates the indexes that serve lists by these columns.
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

/// A column of text for machines that may be absent.
pub fn optional_exact(backend: DbBackend, name: &'static str) -> ColumnDef {
    exact(backend, name).null().take()
}

/// A column of a 64-bit number that may be absent.
pub fn optional_number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().take()
}

/// A column of a 64-bit number.
pub fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A column of a 32-bit number.
pub fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A column of yes or no.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A column of a date.
pub fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

/// A column of a date that may be absent.
pub fn optional_date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().take()
}

/// A column of a time.
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

/// An index of `table` on `columns`, named after them.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}
