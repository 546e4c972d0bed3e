//! Writes of any resource type: current and related rows are loaded and locked, every rule is checked, and
//! then everything is written at once.

mod forbidden;
mod load;
mod overlay;
mod planned;
mod references;
mod referrers;
mod validate;

use crate::{
    domain::{Actor, Mutation, Outcome, Resource, Result},
    store::{RecordChange, Transaction},
};

pub(super) use forbidden::forbid;
pub(super) use load::load_rows;
pub(super) use overlay::DryRunOverlay;
use planned::PlannedWrite;
pub(super) use planned::{require_etag, taken};

/// Applies those mutations of one type that are allowed, and returns the outcome of each. With
/// `validate_only` nothing is written, and rows of the `overlay` count as written.
pub(super) async fn run<N: Resource>(
    transaction: &mut Transaction,
    actor: Actor<'_>,
    mutations: Vec<Mutation<N>>,
    overlay: &DryRunOverlay<N>,
    validate_only: bool,
) -> Result<Vec<Result<Outcome<N>>>> {
    let loaded = load::load(transaction, actor, mutations, overlay).await?;
    let writes = validate::validate(transaction, loaded, overlay).await?;
    let written =
        if validate_only { Vec::new() } else { transaction.apply(changes(&writes)).await? };
    let mut written = written.into_iter();
    let outcome = |write: PlannedWrite<N>| {
        let row = write.is_open().then(|| written.next()).flatten();
        write.outcome(row)
    };
    Ok(writes.into_iter().map(outcome).collect())
}

/// Changes to write for the open writes.
fn changes<N: Resource>(writes: &[PlannedWrite<N>]) -> Vec<RecordChange<N>> {
    let change = |write: &PlannedWrite<N>| match (&write.before, &write.after) {
        (None, Some(after)) => Some(RecordChange::Insert(after.clone())),
        (Some(before), Some(after)) => Some(RecordChange::Replace(before.clone(), after.clone())),
        (Some(before), None) => Some(RecordChange::Remove(before.clone())),
        (None, None) => None,
    };
    writes.iter().filter(|write| write.is_open()).filter_map(change).collect()
}
