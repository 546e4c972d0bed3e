//! The service and messages of plans.

use tonic::{Request, Streaming};

use crate::{
    domain::{
        ExpectedResource, Plan, ResourceName, Result, Violations, WriteOptions, plan::PlanState,
    },
    registry::lifecycle::{APPROVE_PLAN, SUBMIT_PLAN, WITHDRAW_PLAN},
};

use super::{
    Api,
    answers::Answers,
    call::{Answer, answer, open, write_options, written_row},
    plan_audit, standard, status, v1,
    wire::{wire, wire_enum},
};

wire_enum! {
    PlanState => PlanState { Draft, Submitted, Approved, Superseded, Withdrawn }
}

wire! {
    Plan { title, owner, first_period_end_date, last_period_end_date, supersedes, baseline_plan }
    output { state, author, approver }
}

#[tonic::async_trait]
impl v1::plan_service_server::PlanService for Api {
    async fn get_plan(&self, request: Request<v1::GetPlanRequest>) -> Answer<v1::Plan> {
        self.get(request).await
    }

    async fn batch_get_plans(
        &self,
        request: Request<v1::BatchGetPlansRequest>,
    ) -> Answer<v1::BatchGetPlansResponse> {
        self.batch_get(request).await
    }

    async fn list_plans(
        &self,
        request: Request<v1::ListPlansRequest>,
    ) -> Answer<v1::ListPlansResponse> {
        self.list(request).await
    }

    type ExportPlansStream = Answers<v1::ExportPlansResponse>;

    async fn export_plans(
        &self,
        request: Request<v1::ExportPlansRequest>,
    ) -> Answer<Self::ExportPlansStream> {
        self.export(request).await
    }

    async fn create_plan(&self, request: Request<v1::CreatePlanRequest>) -> Answer<v1::Plan> {
        self.create(request).await
    }

    async fn update_plan(&self, request: Request<v1::UpdatePlanRequest>) -> Answer<v1::Plan> {
        self.update(request).await
    }

    async fn delete_plan(&self, request: Request<v1::DeletePlanRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_plans(
        &self,
        request: Request<v1::BatchCreatePlansRequest>,
    ) -> Answer<v1::BatchCreatePlansResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_plans(
        &self,
        request: Request<v1::BatchUpdatePlansRequest>,
    ) -> Answer<v1::BatchUpdatePlansResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_plans(
        &self,
        request: Request<v1::BatchDeletePlansRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportPlansStream = Answers<v1::ImportPlansResponse>;

    async fn import_plans(
        &self,
        request: Request<Streaming<v1::ImportPlansRequest>>,
    ) -> Answer<Self::ImportPlansStream> {
        self.import(request).await
    }

    async fn submit_plan(&self, request: Request<v1::SubmitPlanRequest>) -> Answer<v1::Plan> {
        self.transition(request, SUBMIT_PLAN).await
    }

    async fn approve_plan(&self, request: Request<v1::ApprovePlanRequest>) -> Answer<v1::Plan> {
        self.transition(request, APPROVE_PLAN).await
    }

    async fn withdraw_plan(&self, request: Request<v1::WithdrawPlanRequest>) -> Answer<v1::Plan> {
        self.transition(request, WITHDRAW_PLAN).await
    }

    async fn revise_plan(&self, request: Request<v1::RevisePlanRequest>) -> Answer<v1::Plan> {
        let (caller, request) = open(request)?;
        let (write_options, expected, new_name) = revision(&request).map_err(status::of)?;
        written_row(self.registry.revise_plan(&caller, &write_options, &expected, &new_name).await)
    }

    async fn audit_plan(
        &self,
        request: Request<v1::AuditPlanRequest>,
    ) -> Answer<v1::AuditPlanResponse> {
        let (caller, request) = open(request)?;
        answer(plan_audit::page(&self.registry, &caller, request).await)
    }
}

/// Reads RevisePlan: the write options, the plan with its expected etag, and the name of the new draft.
fn revision(
    request: &v1::RevisePlanRequest,
) -> Result<(WriteOptions, ExpectedResource<Plan>, ResourceName<Plan>)> {
    let mut violations = Violations::default();
    let write_options = write_options(request, &mut violations);
    let name = standard::resource_name::<Plan>("name", &request.name, &mut violations);
    let new_name = standard::new_name::<Plan>("", &request.plan_id, &mut violations);
    let (name, new_name) = standard::read(name.zip(new_name), violations)?;
    Ok((write_options, ExpectedResource { name, etag: request.etag.clone() }, new_name))
}
