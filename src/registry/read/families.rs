//! Counts the roles of each family.

use sea_orm::{
    EntityTrait, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{Result, role},
    store::Snapshot,
};

/// Families of the existing roles, each with the number of its roles.
pub(in crate::registry) async fn role_counts(snapshot: &Snapshot) -> Result<Vec<(String, i64)>> {
    let counts = role::Entity::find()
        .select_only()
        .column_as(Expr::col(role::Column::Family), "family")
        .column_as(Expr::col(role::Column::Name).count(), "roles")
        .group_by(Expr::col(role::Column::Family));
    Ok(snapshot.select_tuple(counts).await?)
}
