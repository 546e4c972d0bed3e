//! Assessments on the wire.

use crate::domain::assessment::AssessmentSource;

use super::{
    service::service,
    wire::{wire, wire_enum},
};

wire_enum! {
    AssessmentSource => AssessmentSource {
        Manager,
        Oneself as Self_,
        Assessor,
        Test,
        Certificate,
        Course,
        System,
    }
}

wire! {
    Assessment in parent {
        subject, skill, level, headcount, fte, assessed_date, valid_until_date, source, assessor,
        evidence_uri,
    }
    output {}
}

service!(Assessment, Assessments in parent {});
