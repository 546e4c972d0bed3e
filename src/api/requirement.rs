//! Requirements on the wire.

use crate::domain::requirement::Importance;

use super::{
    service::service,
    wire::{wire, wire_enum},
};

wire_enum! {
    Importance => Importance { Essential, Desirable } unspecified Essential
}

wire! {
    Requirement in parent {
        skill, minimum_level, importance, weight, minimum_holders, needed_from_date, role, family,
    }
    output {}
}

service!(Requirement, Requirements in parent {});
