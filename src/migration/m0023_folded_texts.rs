//! Adds folded texts to the tables whose lists are searched by text. The registry fills them when it starts, and
//! fills those of records that an older program has written since.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    prelude::{DbErr, async_trait},
    sea_orm::ConnectionTrait,
};

use crate::store::schema::{self, RecordColumns};

const NAME: &str = "m0023_folded_texts";

/// The folded titles of a table, and whether its records have a parent.
const fn titles(table: &'static str, child: bool) -> RecordColumns {
    RecordColumns {
        migration: NAME,
        table,
        child,
        columns: |backend| {
            vec![
                schema::exact(backend, "title_folded").default("").take(),
                schema::number("folded_revision").default(0).take(),
            ]
        },
        filtered: &[],
        ordered: &["title_folded"],
    }
}

const TITLES: [RecordColumns; 6] = [
    titles("organisation", false),
    titles("framework", false),
    titles("skill", true),
    titles("role", false),
    titles("plan", false),
    titles("closure_option", false),
];

const OTHERS: [RecordColumns; 3] = [
    RecordColumns {
        migration: NAME,
        table: "framework",
        child: false,
        columns: |backend| vec![schema::exact(backend, "publisher_folded").default("").take()],
        filtered: &["publisher_folded"],
        ordered: &[],
    },
    RecordColumns {
        migration: NAME,
        table: "skill",
        child: true,
        columns: |backend| vec![schema::exact(backend, "category_folded").default("").take()],
        filtered: &["category_folded"],
        ordered: &[],
    },
    RecordColumns {
        migration: NAME,
        table: "role",
        child: false,
        columns: |backend| vec![schema::exact(backend, "group_folded").default("").take()],
        filtered: &["group_folded"],
        ordered: &[],
    },
];

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for columns in TITLES.iter().chain(&OTHERS) {
            columns.up(manager).await?;
        }
        for RecordColumns { table, .. } in &TITLES {
            // The few records whose texts are to be folded are found without a walk through the others.
            let index = format!(
                "CREATE INDEX \"{table}_unfolded\" ON \"{table}\" (\"name\") \
                 WHERE \"folded_revision\" <> \"revision\""
            );
            manager.get_connection().execute_unprepared(&index).await?;
        }
        Ok(())
    }
}
