//! Staffing records on the wire.

use super::{service::service, wire::wire};

wire! {
    Staffing in parent { subject, role, headcount, fte, start_date, end_date, source }
    output {}
}

service!(Staffing, Staffing in parent {});
