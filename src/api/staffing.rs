//! The service and messages of staffing records.

use tonic::{Request, Streaming};

use crate::domain::Fte;

use super::{Api, answers::Answers, call::Answer, v1, wire::wire};

wire! {
    Staffing in parent { subject, role, headcount, fte or Fte::ZERO, start_date, end_date, source }
    output {}
}

#[tonic::async_trait]
impl v1::staffing_service_server::StaffingService for Api {
    async fn get_staffing(&self, request: Request<v1::GetStaffingRequest>) -> Answer<v1::Staffing> {
        self.get(request).await
    }

    async fn batch_get_staffing(
        &self,
        request: Request<v1::BatchGetStaffingRequest>,
    ) -> Answer<v1::BatchGetStaffingResponse> {
        self.batch_get(request).await
    }

    async fn list_staffing(
        &self,
        request: Request<v1::ListStaffingRequest>,
    ) -> Answer<v1::ListStaffingResponse> {
        self.list(request).await
    }

    type ExportStaffingStream = Answers<v1::ExportStaffingResponse>;

    async fn export_staffing(
        &self,
        request: Request<v1::ExportStaffingRequest>,
    ) -> Answer<Self::ExportStaffingStream> {
        self.export(request).await
    }

    async fn create_staffing(
        &self,
        request: Request<v1::CreateStaffingRequest>,
    ) -> Answer<v1::Staffing> {
        self.create(request).await
    }

    async fn update_staffing(
        &self,
        request: Request<v1::UpdateStaffingRequest>,
    ) -> Answer<v1::Staffing> {
        self.update(request).await
    }

    async fn delete_staffing(&self, request: Request<v1::DeleteStaffingRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_staffing(
        &self,
        request: Request<v1::BatchCreateStaffingRequest>,
    ) -> Answer<v1::BatchCreateStaffingResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_staffing(
        &self,
        request: Request<v1::BatchUpdateStaffingRequest>,
    ) -> Answer<v1::BatchUpdateStaffingResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_staffing(
        &self,
        request: Request<v1::BatchDeleteStaffingRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportStaffingStream = Answers<v1::ImportStaffingResponse>;

    async fn import_staffing(
        &self,
        request: Request<Streaming<v1::ImportStaffingRequest>>,
    ) -> Answer<Self::ImportStaffingStream> {
        self.import(request).await
    }
}
