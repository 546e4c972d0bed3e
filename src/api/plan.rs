//! Plans on the wire.

use tonic::Request;

use crate::domain::{Error, Plan, Result, Violations, Writing, plan::PlanState};

use super::{
    plan_audit,
    service::{Answer, answer, ask, open, service, written},
    standard::{self, Ask},
    v1,
    wire::{Wire, wire, wire_enum},
};

wire_enum! {
    PlanState => PlanState { Draft, Submitted, Approved, Superseded, Withdrawn }
}

wire! {
    Plan { title, owner, first_period_end_date, last_period_end_date, supersedes, baseline_plan }
    output { state, author, approver }
}

service!(Plan, Plans steps(submit_plan, approve_plan, withdraw_plan) {
    async fn revise_plan(&self, request: Request<v1::RevisePlanRequest>) -> Answer<v1::Plan> {
        let (caller, request) = open(request)?;
        let ask = ask(&request, request.validate_only, &request.request_id);
        let plan = match revision(&ask, &request) {
            Ok((writing, name, new)) => {
                self.registry.revise_plan(&caller, &writing, &name, &request.etag, &new).await
            }
            Err(error) => Err(error),
        };
        written(plan.map(|done| done.map(|plan| plan.to_message())))
    }

    async fn audit_plan(
        &self,
        request: Request<v1::AuditPlanRequest>,
    ) -> Answer<v1::AuditPlanResponse> {
        let (caller, request) = open(request)?;
        answer(plan_audit::page(&self.registry, &caller, request).await)
    }
});

/// How a plan is to be revised, its name, and that of the new draft.
fn revision(ask: &Ask<()>, request: &v1::RevisePlanRequest) -> Result<(Writing, String, String)> {
    let mut violations = Violations::default();
    let writing = ask.writing(&mut violations);
    let name = standard::one_name::<Plan>("name", &request.name, &mut violations);
    let new = standard::new_name::<Plan>("", &request.plan_id, &mut violations);
    match new.filter(|_| violations.is_empty()) {
        Some(new) => Ok((writing, name, new)),
        None => Err(Error::Invalid(violations)),
    }
}
