//! Tables of the items of lists: a row for each record and item. Triggers keep them, so they are right whichever
//! program writes the record.

use sea_orm::{ConnectionTrait, DbErr};

use crate::store::names::list_table;

use super::Dialect;

/// Creates the table of the items of the JSON list `column` of `table`, fills it, and creates its triggers.
pub async fn index_list(
    connection: &impl ConnectionTrait,
    table: &str,
    column: &str,
) -> Result<(), DbErr> {
    let items = list_table(table, column);
    let statements = match Dialect::of(connection) {
        Dialect::Sqlite => sqlite(table, column, &items),
        Dialect::Postgres => postgres(table, column, &items),
    };
    for statement in statements {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

fn sqlite(table: &str, column: &str, items: &str) -> Vec<String> {
    let insert = format!(
        "INSERT INTO \"{items}\" (name, value) \
         SELECT DISTINCT NEW.name, item.value FROM json_each(NEW.\"{column}\") AS item"
    );
    let delete = format!("DELETE FROM \"{items}\" WHERE name = OLD.name");
    vec![
        format!(
            "CREATE TABLE \"{items}\" (name text NOT NULL, value text NOT NULL, PRIMARY KEY (value, name))"
        ),
        format!("CREATE INDEX \"{items}_name\" ON \"{items}\" (name)"),
        format!(
            "INSERT INTO \"{items}\" (name, value) SELECT DISTINCT record.name, item.value \
             FROM \"{table}\" AS record, json_each(record.\"{column}\") AS item"
        ),
        format!(
            "CREATE TRIGGER \"{items}_insert\" AFTER INSERT ON \"{table}\" BEGIN {insert}; END"
        ),
        format!(
            "CREATE TRIGGER \"{items}_update\" AFTER UPDATE OF \"{column}\" ON \"{table}\" \
             BEGIN {delete}; {insert}; END"
        ),
        format!(
            "CREATE TRIGGER \"{items}_delete\" AFTER DELETE ON \"{table}\" BEGIN {delete}; END"
        ),
    ]
}

fn postgres(table: &str, column: &str, items: &str) -> Vec<String> {
    vec![
        format!(
            "CREATE TABLE \"{items}\" (name text COLLATE \"C\" NOT NULL, \
             value text COLLATE \"C\" NOT NULL, PRIMARY KEY (value, name))"
        ),
        format!("CREATE INDEX \"{items}_name\" ON \"{items}\" (name)"),
        format!(
            "INSERT INTO \"{items}\" (name, value) SELECT DISTINCT record.name, item.value \
             FROM \"{table}\" AS record, json_array_elements_text(record.\"{column}\") AS item(value)"
        ),
        format!(
            "CREATE FUNCTION \"{items}_follow\"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF TG_OP <> 'INSERT' THEN DELETE FROM \"{items}\" WHERE name = OLD.name; END IF; \
             IF TG_OP <> 'DELETE' THEN INSERT INTO \"{items}\" (name, value) \
             SELECT DISTINCT NEW.name, item.value \
             FROM json_array_elements_text(NEW.\"{column}\") AS item(value); END IF; \
             RETURN NULL; END $$"
        ),
        format!(
            "CREATE TRIGGER \"{items}_follow\" AFTER INSERT OR UPDATE OF \"{column}\" OR DELETE \
             ON \"{table}\" FOR EACH ROW EXECUTE FUNCTION \"{items}_follow\"()"
        ),
    ]
}
