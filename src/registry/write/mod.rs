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
    domain::{
        Actor, Caller, CommittedAnswer, Error, Mutation, Outcome, Resource, Result, Right,
        Violations, WriteOptions,
    },
    store::{RecordChange, Transaction},
};

use super::Registry;

pub(super) use forbidden::forbid;
pub(super) use load::load_rows;
pub(super) use overlay::DryRunOverlay;
use planned::PlannedWrite;
pub(super) use planned::{require_etag, taken};

impl Registry {
    /// Applies one mutation, in a transaction and revision of its own.
    pub async fn write<N: Resource>(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        mutation: Mutation<N>,
    ) -> Result<CommittedAnswer<Outcome<N>>> {
        let now = self.now();
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let list = vec![mutation.clone()];
            Box::pin(async move {
                let actor = Actor { caller: &caller, now };
                let mut ends =
                    run(transaction, actor, list, &DryRunOverlay::default(), false).await?;
                ends.pop().unwrap_or(Ok(Outcome::Absent))
            })
        })
        .await
    }

    /// Applies a list of mutations, all or none, in one transaction and revision.
    pub async fn write_all<N: Resource>(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        mutations: Vec<Mutation<N>>,
    ) -> Result<CommittedAnswer<Vec<Outcome<N>>>> {
        let now = self.now();
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let list = mutations.clone();
            Box::pin(async move {
                let actor = Actor { caller: &caller, now };
                together(run(transaction, actor, list, &DryRunOverlay::default(), false).await?)
            })
        })
        .await
    }
}

/// All outcomes, or the error: every violation of every mutation if there are any, else the first failure.
fn together<N: Resource>(ends: Vec<Result<Outcome<N>>>) -> Result<Vec<Outcome<N>>> {
    let mut violations = Violations::default();
    let mut first = None;
    let mut outcomes = Vec::with_capacity(ends.len());
    for (index, end) in ends.into_iter().enumerate() {
        match end {
            Ok(outcome) => outcomes.push(outcome),
            Err(Error::Invalid(own)) => {
                violations.extend(own.prefixed(&format!("requests[{index}].")))
            }
            Err(error) if first.is_none() => first = Some((index, error)),
            Err(_) => {}
        }
    }
    match first {
        _ if !violations.is_empty() => Err(Error::Invalid(violations)),
        Some((index, error)) => Err(Error::InBatch { index, error: Box::new(error) }),
        None => Ok(outcomes),
    }
}

/// Applies those mutations of one type that are allowed, and returns the outcome of each. With
/// `validate_only` nothing is written, and rows of the `overlay` count as written.
pub(super) async fn run<N: Resource>(
    transaction: &mut Transaction,
    actor: Actor<'_>,
    mutations: Vec<Mutation<N>>,
    overlay: &DryRunOverlay<N>,
    validate_only: bool,
) -> Result<Vec<Result<Outcome<N>>>> {
    let mut writes = load::lock_and_plan(transaction, actor, mutations, overlay).await?;
    let mut related = load::related_rows(transaction, &writes, overlay).await?;
    let former = load::former(transaction, &writes).await?;
    validate::validate_all(&mut writes, &mut related, &former);
    validate::fail_equal_keys(&mut writes);
    validate::fail_taken_keys(transaction, &mut writes, overlay).await?;
    forbidden::fail_forbidden(transaction, &mut writes).await?;
    referrers::fail_deletes_in_use(transaction, &mut writes).await?;
    let written =
        if validate_only { Vec::new() } else { transaction.apply(changes(&writes)).await? };
    let mut written = written.into_iter();
    let end = |write: PlannedWrite<N>| {
        let row = write.is_open().then(|| written.next()).flatten();
        write.end(row)
    };
    Ok(writes.into_iter().map(end).collect())
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
