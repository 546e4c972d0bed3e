//! Create, Update and Delete.

mod change_log;
mod create;
mod delete;
mod update;

use sea_orm::{FromQueryResult, Statement};

use crate::harness::Server;

/// A change row, as the database has it.
#[derive(Debug, FromQueryResult)]
struct ChangeRow {
    revision: i64,
    resource_type: String,
    verb: String,
    actor: String,
    resource: String,
}

/// The changes of a resource, the oldest first.
async fn logged(server: &Server, name: &str) -> Vec<ChangeRow> {
    let connection = server.database.connect().await;
    let sql = format!(
        "SELECT revision, resource_type, verb, actor, resource FROM change WHERE name = '{name}' ORDER BY revision"
    );
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    ChangeRow::find_by_statement(statement).all(&connection).await.unwrap()
}
