//! Which programs may use a database. The schema grows by steps that older programs do not notice (a new
//! table, a column with a default); a step that they cannot live with raises the number of the oldest
//! program that may use it, which the database holds.

use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait,
    sea_query::{Expr, Query},
};

use super::StoreError;

/// The number of this program. It rises when a migration makes the schema unfit for programs before it;
/// that migration sets `oldest_program` to it.
pub(super) const PROGRAM: i32 = 2;

/// The number of the oldest program that may use the database.
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

/// Fails where this program may not use a database for which `needed` is the oldest.
pub(super) fn check(needed: i32) -> Result<(), StoreError> {
    if needed > PROGRAM {
        return Err(StoreError::Superseded { needed, own: PROGRAM });
    }
    Ok(())
}
