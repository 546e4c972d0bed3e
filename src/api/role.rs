//! Roles on the wire.

use tonic::Request;

use crate::{
    domain::{Violations, role::AfcBand},
    registry::RoleFamilyCount,
};

use super::{
    service::{Answer, answer, open, service},
    v1,
    wire::{self, Travels, wire, wire_enum},
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

/// A role need not have bands.
impl Travels<i32> for Option<AfcBand> {
    fn to_wire(&self) -> i32 {
        self.map_or(0, |band| band.to_wire())
    }

    fn from_wire(wire: i32, field: &str, violations: &mut Violations) -> Self {
        wire::optional(wire, field, violations)
    }
}

wire! {
    Role { title, family, group, seniority, afc_band_from, afc_band_to, codes, description }
    output {}
}

service!(Role, Roles {
    async fn list_role_families(
        &self,
        request: Request<v1::ListRoleFamiliesRequest>,
    ) -> Answer<v1::ListRoleFamiliesResponse> {
        let (caller, v1::ListRoleFamiliesRequest {}) = open(request)?;
        let families = self.registry.role_families(&caller).await;
        answer(families.map(|(families, read_revision)| v1::ListRoleFamiliesResponse {
            families: families.into_iter().map(family).collect(),
            read_revision,
        }))
    }
});

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
