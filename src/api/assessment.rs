//! The service and messages of assessments.

use tonic::{Request, Streaming};

use crate::domain::assessment::AssessmentSource;

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{wire, wire_enum},
};

wire_enum! {
    AssessmentSource => AssessmentSource {
        Manager,
        Oneself as Self_,
        Assessor,
        Test,
        Certificate,
        Course,
        System,
    }
}

wire! {
    Assessment in parent {
        subject, skill, level, headcount or 1, fte, assessed_date, valid_until_date, source, assessor,
        evidence_uri,
    }
    output {}
}

#[tonic::async_trait]
impl v1::assessment_service_server::AssessmentService for Api {
    async fn get_assessment(
        &self,
        request: Request<v1::GetAssessmentRequest>,
    ) -> Answer<v1::Assessment> {
        self.get(request).await
    }

    async fn batch_get_assessments(
        &self,
        request: Request<v1::BatchGetAssessmentsRequest>,
    ) -> Answer<v1::BatchGetAssessmentsResponse> {
        self.batch_get(request).await
    }

    async fn list_assessments(
        &self,
        request: Request<v1::ListAssessmentsRequest>,
    ) -> Answer<v1::ListAssessmentsResponse> {
        self.list(request).await
    }

    type ExportAssessmentsStream = Answers<v1::ExportAssessmentsResponse>;

    async fn export_assessments(
        &self,
        request: Request<v1::ExportAssessmentsRequest>,
    ) -> Answer<Self::ExportAssessmentsStream> {
        self.export(request).await
    }

    async fn create_assessment(
        &self,
        request: Request<v1::CreateAssessmentRequest>,
    ) -> Answer<v1::Assessment> {
        self.create(request).await
    }

    async fn update_assessment(
        &self,
        request: Request<v1::UpdateAssessmentRequest>,
    ) -> Answer<v1::Assessment> {
        self.update(request).await
    }

    async fn delete_assessment(&self, request: Request<v1::DeleteAssessmentRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_assessments(
        &self,
        request: Request<v1::BatchCreateAssessmentsRequest>,
    ) -> Answer<v1::BatchCreateAssessmentsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_assessments(
        &self,
        request: Request<v1::BatchUpdateAssessmentsRequest>,
    ) -> Answer<v1::BatchUpdateAssessmentsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_assessments(
        &self,
        request: Request<v1::BatchDeleteAssessmentsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportAssessmentsStream = Answers<v1::ImportAssessmentsResponse>;

    async fn import_assessments(
        &self,
        request: Request<Streaming<v1::ImportAssessmentsRequest>>,
    ) -> Answer<Self::ImportAssessmentsStream> {
        self.import(request).await
    }
}
