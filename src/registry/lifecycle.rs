//! State transitions of frameworks and plans.

use crate::{
    domain::{
        Actor, Caller, CommittedAnswer, Error, ExpectedResource, Framework, Organisation, Plan,
        Requirement, Resource, ResourceName, ResourceType, Result, Right, Target, WriteOptions,
        name, plan::PlanState, resource::HasName,
    },
    store::{Attempt, Lock, RecordChange, Transaction},
};

use super::{
    Registry,
    read::{self, not_found},
    write,
};

/// A state transition of a resource type.
pub struct StateTransition<N> {
    right: Right,
    next_states: NextStates<N>,
}

/// Computes the changes of a transition, that of the row itself first.
type NextStates<N> =
    for<'t> fn(&'t mut Transaction, N, &'t Caller) -> Attempt<'t, Vec<RecordChange<N>>, Error>;

/// Publishes a draft framework.
pub const PUBLISH_FRAMEWORK: StateTransition<Framework> = StateTransition {
    right: Right::Write,
    next_states: |_, framework, _| {
        Box::pin(async { Ok(vec![next(framework, Framework::publish)?]) })
    },
};

/// Retires a published framework.
pub const RETIRE_FRAMEWORK: StateTransition<Framework> = StateTransition {
    right: Right::Write,
    next_states: |_, framework, _| {
        Box::pin(async { Ok(vec![next(framework, Framework::retire)?]) })
    },
};

/// Submits a draft plan. Fails if it has no target.
pub const SUBMIT_PLAN: StateTransition<Plan> = StateTransition {
    right: Right::Write,
    next_states: |transaction, plan, _| {
        Box::pin(async move {
            let has_targets = read::has_targets(transaction, &plan.name).await?;
            Ok(vec![next(plan, |plan| plan.submit(has_targets))?])
        })
    },
};

/// Approves a submitted plan, and marks the approved plan that it supersedes as superseded.
pub const APPROVE_PLAN: StateTransition<Plan> = StateTransition {
    right: Right::Approve,
    next_states: |transaction, plan, caller| Box::pin(approve(transaction, plan, caller)),
};

/// Withdraws a submitted or approved plan.
pub const WITHDRAW_PLAN: StateTransition<Plan> = StateTransition {
    right: Right::Write,
    next_states: |_, plan, _| Box::pin(async { Ok(vec![next(plan, Plan::withdraw)?]) }),
};

impl Registry {
    /// Applies a state transition to a resource.
    pub async fn transition<N: Resource>(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        expected: ExpectedResource<N>,
        transition: StateTransition<N>,
    ) -> Result<CommittedAnswer<N>> {
        let StateTransition { right, next_states } = transition;
        self.transact(caller, right, write_options, move |transaction, caller| {
            let expected = expected.clone();
            Box::pin(async move {
                let row = current(transaction, &expected).await?;
                let changes = next_states(transaction, row, &caller).await?;
                let written = transaction.apply(changes).await?;
                written.into_iter().next().ok_or_else(|| not_found::<N>(expected.name))
            })
        })
        .await
    }

    /// Creates a draft named `new_name` from a plan, with copies of its targets and requirements.
    pub async fn revise_plan(
        &self,
        caller: &Caller,
        write_options: &WriteOptions,
        expected: &ExpectedResource<Plan>,
        new_name: &ResourceName<Plan>,
    ) -> Result<CommittedAnswer<Plan>> {
        let (expected, new_name, now) = (expected.clone(), new_name.clone(), self.now());
        self.transact(caller, Right::Write, write_options, move |transaction, caller| {
            let (expected, new_name) = (expected.clone(), new_name.clone());
            Box::pin(async move {
                let actor = Actor { caller: &caller, now };
                revise(transaction, actor, &expected, new_name.into()).await
            })
        })
        .await
    }
}

/// Replaces a row by its next state.
fn next<N: Resource>(row: N, step: impl FnOnce(N) -> Result<N>) -> Result<RecordChange<N>> {
    let before = row.clone();
    Ok(RecordChange::Replace(before, step(row)?))
}

async fn approve(
    transaction: &mut Transaction,
    before: Plan,
    caller: &Caller,
) -> Result<Vec<RecordChange<Plan>>> {
    let plan = before.clone().approve(caller)?;
    // Approvals for the same owner must be serial: two concurrent ones would not see each other's plan.
    let owner = std::slice::from_ref(&plan.owner);
    transaction.find::<Organisation>(owner, Lock::Update).await?;
    write::forbid(transaction, vec![plan.overlapping()]).await?;
    let former = std::slice::from_ref(&plan.supersedes);
    let former: Vec<Plan> = transaction.find(former, Lock::Update).await?;
    let approved = former.into_iter().filter(|plan| plan.state == PlanState::Approved);
    let superseded = approved.map(|plan| RecordChange::Replace(plan.clone(), plan.supersede()));
    Ok(std::iter::once(RecordChange::Replace(before, plan)).chain(superseded).collect())
}

async fn revise(
    transaction: &mut Transaction,
    actor: Actor<'_>,
    expected: &ExpectedResource<Plan>,
    new_name: String,
) -> Result<Plan> {
    let plan = current(transaction, expected).await?;
    let mut draft = plan.revise()?;
    let taken: Vec<Plan> = transaction.find(std::slice::from_ref(&new_name), Lock::Update).await?;
    if let Some(taken) = taken.first() {
        return Err(write::taken(taken, Vec::new()));
    }
    draft.set_name(new_name.clone());
    draft.on_create(actor);
    let written = transaction.apply(vec![RecordChange::Insert(draft)]).await?;
    copy::<Target>(transaction, &plan.name, &new_name).await?;
    copy::<Requirement>(transaction, &plan.name, &new_name).await?;
    written.into_iter().next().ok_or_else(|| not_found::<Plan>(new_name))
}

/// Loads and locks a row. Fails if it does not exist or has another etag.
pub(super) async fn current<N: Resource>(
    transaction: &Transaction,
    expected: &ExpectedResource<N>,
) -> Result<N> {
    let name = expected.name.as_str();
    let rows: Vec<N> = transaction.find(&[name.to_owned()], Lock::Update).await?;
    let row = rows.into_iter().next();
    let row = row.ok_or_else(|| not_found::<N>(name))?;
    write::require_etag(&row, &expected.etag)?;
    Ok(row)
}

/// Copies the rows of a type under a plan to another plan, with the same ids.
async fn copy<N: Resource>(transaction: &mut Transaction, from: &str, to: &str) -> Result<()> {
    let rows: Vec<N> = read::lying_under(transaction, from).await?;
    let copy = |mut row: N| {
        let name = name::child(Some(to), N::TYPE, name::id_of(row.name()));
        row.set_name(name);
        RecordChange::Insert(row)
    };
    debug_assert!(N::PARENTS.contains(&ResourceType::Plan));
    transaction.apply(rows.into_iter().map(copy).collect()).await?;
    Ok(())
}
