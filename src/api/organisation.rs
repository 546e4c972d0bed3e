//! The service and messages of organisations.

use tonic::{Request, Streaming};

use crate::domain::organisation::OrganisationKind;

use super::{
    Api,
    answers::Answers,
    call::Answer,
    v1,
    wire::{wire, wire_enum},
};

wire_enum! {
    OrganisationKind => OrganisationKind {
        NationalBody,
        Region,
        IntegratedCareBoard,
        Trust,
        CareTrust,
        SpecialHealthAuthority,
        CommissioningSupportUnit,
        PrimaryCareNetwork,
        GeneralPractice,
        IndependentProvider,
        LocalAuthority,
        Other,
    }
}

wire! {
    Organisation { title, kind, parent, region_code, open_date, close_date, successor }
    output {}
}

#[tonic::async_trait]
impl v1::organisation_service_server::OrganisationService for Api {
    async fn get_organisation(
        &self,
        request: Request<v1::GetOrganisationRequest>,
    ) -> Answer<v1::Organisation> {
        self.get(request).await
    }

    async fn batch_get_organisations(
        &self,
        request: Request<v1::BatchGetOrganisationsRequest>,
    ) -> Answer<v1::BatchGetOrganisationsResponse> {
        self.batch_get(request).await
    }

    async fn list_organisations(
        &self,
        request: Request<v1::ListOrganisationsRequest>,
    ) -> Answer<v1::ListOrganisationsResponse> {
        self.list(request).await
    }

    type ExportOrganisationsStream = Answers<v1::ExportOrganisationsResponse>;

    async fn export_organisations(
        &self,
        request: Request<v1::ExportOrganisationsRequest>,
    ) -> Answer<Self::ExportOrganisationsStream> {
        self.export(request).await
    }

    async fn create_organisation(
        &self,
        request: Request<v1::CreateOrganisationRequest>,
    ) -> Answer<v1::Organisation> {
        self.create(request).await
    }

    async fn update_organisation(
        &self,
        request: Request<v1::UpdateOrganisationRequest>,
    ) -> Answer<v1::Organisation> {
        self.update(request).await
    }

    async fn delete_organisation(
        &self,
        request: Request<v1::DeleteOrganisationRequest>,
    ) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_organisations(
        &self,
        request: Request<v1::BatchCreateOrganisationsRequest>,
    ) -> Answer<v1::BatchCreateOrganisationsResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_organisations(
        &self,
        request: Request<v1::BatchUpdateOrganisationsRequest>,
    ) -> Answer<v1::BatchUpdateOrganisationsResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_organisations(
        &self,
        request: Request<v1::BatchDeleteOrganisationsRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportOrganisationsStream = Answers<v1::ImportOrganisationsResponse>;

    async fn import_organisations(
        &self,
        request: Request<Streaming<v1::ImportOrganisationsRequest>>,
    ) -> Answer<Self::ImportOrganisationsStream> {
        self.import(request).await
    }
}
