//! The service and messages of gap snapshots.

use tonic::{Request, Streaming};

use crate::domain::{Fte, gap_snapshot::GapSnapshotKind};

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{wire, wire_enum},
};

wire_enum! {
    GapSnapshotKind => GapSnapshotKind { Reported, Analysed }
}

wire! {
    GapSnapshot in parent {
        organisation, skill, period_end_date, as_of_date, needed_fte or Fte::ZERO,
        skilled_fte or Fte::ZERO, shortfall_fte or Fte::ZERO,
    }
    output { kind }
}

#[tonic::async_trait]
impl v1::gap_snapshot_service_server::GapSnapshotService for Api {
    async fn get_gap_snapshot(
        &self,
        request: Request<v1::GetGapSnapshotRequest>,
    ) -> Answer<v1::GapSnapshot> {
        self.get(request).await
    }

    async fn batch_get_gap_snapshots(
        &self,
        request: Request<v1::BatchGetGapSnapshotsRequest>,
    ) -> Answer<v1::BatchGetGapSnapshotsResponse> {
        self.batch_get(request).await
    }

    async fn list_gap_snapshots(
        &self,
        request: Request<v1::ListGapSnapshotsRequest>,
    ) -> Answer<v1::ListGapSnapshotsResponse> {
        self.list(request).await
    }

    type ExportGapSnapshotsStream = Answers<v1::ExportGapSnapshotsResponse>;

    async fn export_gap_snapshots(
        &self,
        request: Request<v1::ExportGapSnapshotsRequest>,
    ) -> Answer<Self::ExportGapSnapshotsStream> {
        self.export(request).await
    }

    async fn create_gap_snapshot(
        &self,
        request: Request<v1::CreateGapSnapshotRequest>,
    ) -> Answer<v1::GapSnapshot> {
        self.create(request).await
    }

    async fn update_gap_snapshot(
        &self,
        request: Request<v1::UpdateGapSnapshotRequest>,
    ) -> Answer<v1::GapSnapshot> {
        self.update(request).await
    }

    async fn delete_gap_snapshot(
        &self,
        request: Request<v1::DeleteGapSnapshotRequest>,
    ) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_gap_snapshots(
        &self,
        request: Request<v1::BatchCreateGapSnapshotsRequest>,
    ) -> Answer<v1::BatchCreateGapSnapshotsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_gap_snapshots(
        &self,
        request: Request<v1::BatchUpdateGapSnapshotsRequest>,
    ) -> Answer<v1::BatchUpdateGapSnapshotsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_gap_snapshots(
        &self,
        request: Request<v1::BatchDeleteGapSnapshotsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportGapSnapshotsStream = Answers<v1::ImportGapSnapshotsResponse>;

    async fn import_gap_snapshots(
        &self,
        request: Request<Streaming<v1::ImportGapSnapshotsRequest>>,
    ) -> Answer<Self::ImportGapSnapshotsStream> {
        self.import(request).await
    }
}
