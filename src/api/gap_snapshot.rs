//! Gap snapshots on the wire.

use crate::domain::gap_snapshot::GapSnapshotKind;

use super::{
    service::service,
    wire::{wire, wire_enum},
};

wire_enum! {
    GapSnapshotKind => GapSnapshotKind { Reported, Analysed }
}

wire! {
    GapSnapshot in parent {
        organisation, skill, period_end_date, as_of_date, needed_fte, skilled_fte, shortfall_fte,
    }
    output { kind }
}

service!(GapSnapshot, GapSnapshots in parent {});
