//! Recordings on the wire.

use crate::domain::recording::RecordingKind;

use super::{
    service::service,
    wire::{wire, wire_enum},
};

wire_enum! {
    RecordingKind => RecordingKind { Reported, Analysed }
}

wire! {
    Recording in parent {
        organisation, skill, period_end_date, as_of_date, needed_fte, skilled_fte, shortfall_fte,
    }
    output { kind }
}

service!(Recording, Recordings in parent {});
