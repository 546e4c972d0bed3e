//! Reads the children of a plan.

use sea_orm::{
    EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::{Resource, ResourceType, Result, Target, target},
    store::{PageQuery, Scope, Transaction},
};

/// Whether a plan has a target.
pub(in crate::registry) async fn has_targets(
    transaction: &Transaction,
    plan: &str,
) -> Result<bool> {
    let prefix = format!("{plan}/{}/", ResourceType::Target.collection());
    let scope = Scope::Parent(plan.to_owned(), prefix);
    let first = PageQuery::by_name(scope, target::Column::Name, 1);
    let targets: Vec<Target> = transaction.page(&first).await?;
    Ok(!targets.is_empty())
}

/// Resources of a type under a plan.
pub(in crate::registry) async fn lying_under<N: Resource>(
    transaction: &Transaction,
    plan: &str,
) -> Result<Vec<N>> {
    let select = N::Entity::find().filter(Expr::col("parent").eq(plan));
    Ok(transaction.select(select).await?)
}
