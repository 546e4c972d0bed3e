//! The service and messages of roles.

use tonic::{Request, Streaming};

use crate::{
    domain::{Violations, role::AfcBand},
    registry::RoleFamilyCount,
};

use super::{
    Api,
    answers::Answers,
    call::{Answer, answer, open},
    v1,
    wire::{self, WireValue, wire, wire_enum},
};

wire_enum! {
    AfcBand => AfcBand {
        AfcBand1,
        AfcBand2,
        AfcBand3,
        AfcBand4,
        AfcBand5,
        AfcBand6,
        AfcBand7,
        AfcBand8a,
        AfcBand8b,
        AfcBand8c,
        AfcBand8d,
        AfcBand9,
    }
}

/// A role need not have a band.
impl WireValue<i32> for Option<AfcBand> {
    fn to_wire(&self) -> i32 {
        self.map_or(0, |band| band.to_wire())
    }

    fn from_wire(wire: i32, field: &str, violations: &mut Violations) -> Self {
        wire::optional(wire, field, violations)
    }
}

wire! {
    Role { title, family, group, seniority or 0, afc_band_from, afc_band_to, codes, description }
    output {}
}

#[tonic::async_trait]
impl v1::role_service_server::RoleService for Api {
    async fn get_role(&self, request: Request<v1::GetRoleRequest>) -> Answer<v1::Role> {
        self.get(request).await
    }

    async fn batch_get_roles(
        &self,
        request: Request<v1::BatchGetRolesRequest>,
    ) -> Answer<v1::BatchGetRolesResponse> {
        self.batch_get(request).await
    }

    async fn list_roles(
        &self,
        request: Request<v1::ListRolesRequest>,
    ) -> Answer<v1::ListRolesResponse> {
        self.list(request).await
    }

    type ExportRolesStream = Answers<v1::ExportRolesResponse>;

    async fn export_roles(
        &self,
        request: Request<v1::ExportRolesRequest>,
    ) -> Answer<Self::ExportRolesStream> {
        self.export(request).await
    }

    async fn create_role(&self, request: Request<v1::CreateRoleRequest>) -> Answer<v1::Role> {
        self.create(request).await
    }

    async fn update_role(&self, request: Request<v1::UpdateRoleRequest>) -> Answer<v1::Role> {
        self.update(request).await
    }

    async fn delete_role(&self, request: Request<v1::DeleteRoleRequest>) -> Answer<()> {
        self.delete(request).await
    }

    async fn batch_create_roles(
        &self,
        request: Request<v1::BatchCreateRolesRequest>,
    ) -> Answer<v1::BatchCreateRolesResponse> {
        self.batch_create(request).await
    }

    async fn batch_update_roles(
        &self,
        request: Request<v1::BatchUpdateRolesRequest>,
    ) -> Answer<v1::BatchUpdateRolesResponse> {
        self.batch_update(request).await
    }

    async fn batch_delete_roles(
        &self,
        request: Request<v1::BatchDeleteRolesRequest>,
    ) -> Answer<()> {
        self.batch_delete(request).await
    }

    type ImportRolesStream = Answers<v1::ImportRolesResponse>;

    async fn import_roles(
        &self,
        request: Request<Streaming<v1::ImportRolesRequest>>,
    ) -> Answer<Self::ImportRolesStream> {
        self.import(request).await
    }

    async fn list_role_families(
        &self,
        request: Request<v1::ListRoleFamiliesRequest>,
    ) -> Answer<v1::ListRoleFamiliesResponse> {
        let (caller, v1::ListRoleFamiliesRequest {}) = open(request)?;
        let families = self.registry.role_families(&caller).await;
        answer(families.map(|(families, read_revision)| v1::ListRoleFamiliesResponse {
            families: families.into_iter().map(family).collect(),
            read_revision: read_revision.number(),
        }))
    }
}

fn family(count: RoleFamilyCount) -> v1::RoleFamily {
    let known = count.known;
    v1::RoleFamily {
        family: count.family,
        title: known.map_or("", |known| known.title).to_owned(),
        description: known.map_or("", |known| known.description).to_owned(),
        digital: known.is_some_and(|known| known.digital),
        role_count: count.roles,
    }
}
