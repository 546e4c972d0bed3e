//! Movements on the wire.

use super::{service::service, wire::wire};

wire! {
    Movement in parent {
        role, first_date, last_date, opening_headcount, opening_fte, joiner_headcount, joiner_fte,
        leaver_headcount, leaver_fte, source,
    }
    output {}
}

service!(Movement, Movements in parent {});
