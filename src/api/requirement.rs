//! The service and messages of requirements.

use tonic::{Request, Streaming};

use crate::domain::{Ratio, requirement::Importance};

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{wire, wire_enum},
};

wire_enum! {
    Importance => Importance { Essential, Desirable } unspecified Essential
}

wire! {
    Requirement in parent {
        skill, minimum_level or 0, importance, weight or Ratio::ONE, minimum_holders or 1,
        needed_from_date, role, family,
    }
    output {}
}

#[tonic::async_trait]
impl v1::requirement_service_server::RequirementService for Api {
    async fn get_requirement(
        &self,
        request: Request<v1::GetRequirementRequest>,
    ) -> Answer<v1::Requirement> {
        self.get(request).await
    }

    async fn batch_get_requirements(
        &self,
        request: Request<v1::BatchGetRequirementsRequest>,
    ) -> Answer<v1::BatchGetRequirementsResponse> {
        self.batch_get(request).await
    }

    async fn list_requirements(
        &self,
        request: Request<v1::ListRequirementsRequest>,
    ) -> Answer<v1::ListRequirementsResponse> {
        self.list(request).await
    }

    type ExportRequirementsStream = Answers<v1::ExportRequirementsResponse>;

    async fn export_requirements(
        &self,
        request: Request<v1::ExportRequirementsRequest>,
    ) -> Answer<Self::ExportRequirementsStream> {
        self.export(request).await
    }

    async fn create_requirement(
        &self,
        request: Request<v1::CreateRequirementRequest>,
    ) -> Answer<v1::Requirement> {
        self.create(request).await
    }

    async fn update_requirement(
        &self,
        request: Request<v1::UpdateRequirementRequest>,
    ) -> Answer<v1::Requirement> {
        self.update(request).await
    }

    async fn delete_requirement(
        &self,
        request: Request<v1::DeleteRequirementRequest>,
    ) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_requirements(
        &self,
        request: Request<v1::BatchCreateRequirementsRequest>,
    ) -> Answer<v1::BatchCreateRequirementsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_requirements(
        &self,
        request: Request<v1::BatchUpdateRequirementsRequest>,
    ) -> Answer<v1::BatchUpdateRequirementsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_requirements(
        &self,
        request: Request<v1::BatchDeleteRequirementsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportRequirementsStream = Answers<v1::ImportRequirementsResponse>;

    async fn import_requirements(
        &self,
        request: Request<Streaming<v1::ImportRequirementsRequest>>,
    ) -> Answer<Self::ImportRequirementsStream> {
        self.import(request).await
    }
}
