//! The service and messages of movements.

use tonic::{Request, Streaming};

use crate::domain::Fte;

use super::{Api, answers::Answers, call::Answer, v1, wire::wire};

wire! {
    Movement in parent {
        role, first_date, last_date, opening_headcount or 0, opening_fte or Fte::ZERO,
        joiner_headcount or 0, joiner_fte or Fte::ZERO, leaver_headcount or 0,
        leaver_fte or Fte::ZERO, source,
    }
    output {}
}

#[tonic::async_trait]
impl v1::movement_service_server::MovementService for Api {
    async fn get_movement(&self, request: Request<v1::GetMovementRequest>) -> Answer<v1::Movement> {
        self.get(request).await
    }

    async fn batch_get_movements(
        &self,
        request: Request<v1::BatchGetMovementsRequest>,
    ) -> Answer<v1::BatchGetMovementsResponse> {
        self.batch_get(request).await
    }

    async fn list_movements(
        &self,
        request: Request<v1::ListMovementsRequest>,
    ) -> Answer<v1::ListMovementsResponse> {
        self.list(request).await
    }

    type ExportMovementsStream = Answers<v1::ExportMovementsResponse>;

    async fn export_movements(
        &self,
        request: Request<v1::ExportMovementsRequest>,
    ) -> Answer<Self::ExportMovementsStream> {
        self.export(request).await
    }

    async fn create_movement(
        &self,
        request: Request<v1::CreateMovementRequest>,
    ) -> Answer<v1::Movement> {
        self.create(request).await
    }

    async fn update_movement(
        &self,
        request: Request<v1::UpdateMovementRequest>,
    ) -> Answer<v1::Movement> {
        self.update(request).await
    }

    async fn delete_movement(&self, request: Request<v1::DeleteMovementRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_movements(
        &self,
        request: Request<v1::BatchCreateMovementsRequest>,
    ) -> Answer<v1::BatchCreateMovementsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_movements(
        &self,
        request: Request<v1::BatchUpdateMovementsRequest>,
    ) -> Answer<v1::BatchUpdateMovementsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_movements(
        &self,
        request: Request<v1::BatchDeleteMovementsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportMovementsStream = Answers<v1::ImportMovementsResponse>;

    async fn import_movements(
        &self,
        request: Request<Streaming<v1::ImportMovementsRequest>>,
    ) -> Answer<Self::ImportMovementsStream> {
        self.import(request).await
    }
}
