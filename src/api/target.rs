//! Targets on the wire.

use super::{service::service, wire::wire};

wire! {
    Target in parent { organisation, role, period_end_date, needed_fte, funded_fte }
    output {}
}

service!(Target, Targets in parent {});
