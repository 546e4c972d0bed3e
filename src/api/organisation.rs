//! Organisations on the wire.

use crate::domain::organisation::OrganisationKind;

use super::{
    service::service,
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

service!(Organisation, Organisations {});
