//! Joiners and leavers by organisation and staff group.

use std::collections::BTreeMap;

use crate::api::v1;

use super::{PREFIX, Period, figures};
use crate::cli::import::{
    SourcedRow, organisations as names,
    source::{Line, slug},
};

/// Which part of a movement a line holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MovementPart {
    Opening,
    Joiners,
    Leavers,
}

impl MovementPart {
    pub fn of(kind: &str) -> Option<Self> {
        match kind {
            "Denominator at start of period" => Some(Self::Opening),
            "Joiners" => Some(Self::Joiners),
            "Leavers" => Some(Self::Leavers),
            _ => None,
        }
    }
}

/// Movements, each assembled from up to three lines anywhere in the files. If there is no line of
/// joiners or leavers, there were none.
#[derive(Default)]
pub struct Movements(BTreeMap<String, (Option<SourcedRow<v1::Movement>>, Vec<MovementPart>)>);

impl Movements {
    /// Adds a line. A movement with an unreadable line is left out entirely: half of it would say
    /// that nobody left.
    pub fn add(&mut self, line: &Line, part: MovementPart) -> Result<Period, String> {
        let group = slug(&line.get("STAFF_GROUP_1_NAME"));
        let period = Period::read(&line.get("PERIOD"))?;
        let organisation = names::name(&line.get("REPORTING_ORG_CODE"));
        let name = format!("{organisation}/movements/{PREFIX}{group}.{}", period.months());
        let new = || {
            let row = v1::Movement {
                name: name.clone(),
                role: format!("roles/{PREFIX}{group}"),
                first_date: period.first_day(),
                last_date: period.day(),
                source: period.source(),
                ..v1::Movement::default()
            };
            (Some(line.sourced(row)), Vec::new())
        };
        let (movement, parts) = self.0.entry(name.clone()).or_insert_with(new);
        let figures = figures(line);
        let twice = parts.contains(&part);
        parts.push(part);
        if twice || figures.is_err() {
            *movement = None;
        }
        let (headcount, fte) = figures?;
        if twice {
            return Err(
                "duplicate: an earlier line has the same organisation, staff group and TYPE"
                    .to_owned(),
            );
        }
        let Some(SourcedRow { row, .. }) = movement else { return Ok(period) };
        let (headcount, fte) = (Some(headcount), Some(fte));
        match part {
            MovementPart::Opening => (row.opening_headcount, row.opening_fte) = (headcount, fte),
            MovementPart::Joiners => (row.joiner_headcount, row.joiner_fte) = (headcount, fte),
            MovementPart::Leavers => (row.leaver_headcount, row.leaver_fte) = (headcount, fte),
        }
        Ok(period)
    }

    /// Returns the movements whose lines could all be read.
    pub fn take(self) -> Vec<SourcedRow<v1::Movement>> {
        self.0.into_values().filter_map(|(movement, _)| movement).collect()
    }
}
