//! The service and messages of targets.

use tonic::{Request, Streaming};

use crate::domain::Fte;

use super::{Api, answers::Answers, call::Answer, v1, wire::wire};

wire! {
    Target in parent {
        organisation, role, period_end_date, needed_fte or Fte::ZERO, funded_fte or Fte::ZERO,
    }
    output {}
}

#[tonic::async_trait]
impl v1::target_service_server::TargetService for Api {
    async fn get_target(&self, request: Request<v1::GetTargetRequest>) -> Answer<v1::Target> {
        self.get(request).await
    }

    async fn batch_get_targets(
        &self,
        request: Request<v1::BatchGetTargetsRequest>,
    ) -> Answer<v1::BatchGetTargetsResponse> {
        self.batch_get(request).await
    }

    async fn list_targets(
        &self,
        request: Request<v1::ListTargetsRequest>,
    ) -> Answer<v1::ListTargetsResponse> {
        self.list(request).await
    }

    type ExportTargetsStream = Answers<v1::ExportTargetsResponse>;

    async fn export_targets(
        &self,
        request: Request<v1::ExportTargetsRequest>,
    ) -> Answer<Self::ExportTargetsStream> {
        self.export(request).await
    }

    async fn create_target(&self, request: Request<v1::CreateTargetRequest>) -> Answer<v1::Target> {
        self.create(request).await
    }

    async fn update_target(&self, request: Request<v1::UpdateTargetRequest>) -> Answer<v1::Target> {
        self.update(request).await
    }

    async fn delete_target(&self, request: Request<v1::DeleteTargetRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_targets(
        &self,
        request: Request<v1::BatchCreateTargetsRequest>,
    ) -> Answer<v1::BatchCreateTargetsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_targets(
        &self,
        request: Request<v1::BatchUpdateTargetsRequest>,
    ) -> Answer<v1::BatchUpdateTargetsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_targets(
        &self,
        request: Request<v1::BatchDeleteTargetsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportTargetsStream = Answers<v1::ImportTargetsResponse>;

    async fn import_targets(
        &self,
        request: Request<Streaming<v1::ImportTargetsRequest>>,
    ) -> Answer<Self::ImportTargetsStream> {
        self.import(request).await
    }
}
