//! Says which programs may use a database. Most migrations are compatible with older programs (a
//! new table, a column with a default). A migration that is not raises the number of the oldest
//! program that may use the database, which the database stores.

use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait,
    sea_query::{Expr, Query},
};

use super::StoreError;

/// Number of this program. Raise it with a migration that makes the schema unusable for earlier
/// programs; that migration must set `oldest_program` to the same number.
pub(super) const PROGRAM: i32 = 2;

/// Reads the number of the oldest program that may use the database.
pub(super) async fn oldest_program(connection: &impl ConnectionTrait) -> Result<i32, DbErr> {
    let query = Query::select()
        .column("oldest_program")
        .from("compatibility")
        .and_where(Expr::col("id").eq(1))
        .to_owned();
    let row = connection.query_one(&query).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("compatibility".to_owned()))?;
    row.try_get("", "oldest_program")
}

/// Fails if the database requires a program of a higher number than this one.
pub(super) fn check(needed: i32) -> Result<(), StoreError> {
    if needed > PROGRAM {
        return Err(StoreError::Superseded { needed, own: PROGRAM });
    }
    Ok(())
}
