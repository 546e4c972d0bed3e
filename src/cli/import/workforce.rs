//! Imports NHS workforce statistics, turnover benchmarking: staff in post, joiners and leavers by
//! organisation and staff group.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use tonic::transport::Channel;

use crate::{
    api::v1,
    cli::{Failure, import::Import},
};

use super::{
    Report, SourcedRow, load,
    organisations::{self, OrganisationNames, make_missing},
    source::{Line, Rows, one_line, slug},
};

const COLUMNS: [&str; 12] = [
    "PERIOD",
    "TYPE",
    "NHSE_REGION_CODE",
    "NHSE_REGION_NAME",
    "ICS_CODE",
    "ICS_NAME",
    "REPORTING_ORG_NAME",
    "REPORTING_ORG_CODE",
    "BENCHMARK_GROUP",
    "STAFF_GROUP_1_NAME",
    "HC",
    "FTE",
];

/// Rows with the staff in post at the end of the period.
const IN_POST: &str = "Denominator at end of period";

/// A total rather than a staff group.
const TOTAL: &str = "All staff groups";

pub async fn import(
    channel: &Channel,
    options: &Import,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut organisations = OrganisationNames::new();
    let mut roles: BTreeMap<String, SourcedRow<v1::Role>> = BTreeMap::new();
    let (mut staffing, mut movements) = (Vec::new(), Movements::default());
    for path in &options.files {
        for line in Rows::with_headings(path, &COLUMNS)?.lines()? {
            let part = MovementPart::of(&line.get("TYPE"));
            let wanted = part.is_some() || line.get("TYPE") == IN_POST;
            if !wanted || line.get("STAFF_GROUP_1_NAME") == TOTAL {
                continue;
            }
            let (title, read) = match part {
                None => ("Staffing", record(&line).map(|row| staffing.push(sourced(&line, row)))),
                Some(part) => ("Movement", movements.add(&line, part)),
            };
            match read {
                Ok(()) => {
                    add_organisations(&line, &mut organisations);
                    let role = role(&line);
                    roles.entry(role.name.clone()).or_insert_with(|| sourced(&line, role));
                }
                Err(reasons) => {
                    let code = line.get("REPORTING_ORG_CODE");
                    report.reject(title, &line.origin, code, reasons);
                }
            }
        }
    }
    make_missing(channel, organisations, report).await?;
    load(channel, "", roles.into_values().collect(), report).await?;
    load(channel, "organisations/-", staffing, report).await?;
    load(channel, "organisations/-", movements.whole(), report).await
}

fn sourced<T>(line: &Line, row: T) -> SourcedRow<T> {
    SourcedRow { origin: line.origin.clone(), row }
}

/// Reads the staff of a group in an organisation. The name does not contain the period, so that the
/// next file replaces the record.
fn record(line: &Line) -> Result<v1::Staffing, String> {
    let group = slug(&line.get("STAFF_GROUP_1_NAME"));
    let (headcount, fte) = figures(line)?;
    let (_, end) = period(&line.get("PERIOD"))?;
    let organisation = organisations::name(&line.get("REPORTING_ORG_CODE"));
    Ok(v1::Staffing {
        name: format!("{organisation}/staffing/nhs-staff-group.{group}"),
        subject: format!("nhs-staff-group:{group}"),
        role: format!("roles/nhs-staff-group.{group}"),
        headcount: Some(headcount),
        fte: Some(fte),
        start_date: end.to_string(),
        source: format!("NHS workforce statistics, {}", end.format("%B %Y")),
        ..v1::Staffing::default()
    })
}

/// Reads the headcount and FTE of a line.
fn figures(line: &Line) -> Result<(i32, f64), String> {
    let headcount = line.get("HC");
    let headcount = headcount.parse().map_err(|_| format!("HC {headcount:?} is not a number"))?;
    let fte = line.get("FTE");
    let fte = fte.parse().map_err(|_| format!("FTE {fte:?} is not a number"))?;
    Ok((headcount, fte))
}

/// Returns the last days of the two months of `yyyymm to yyyymm`. The file counts staff on each of
/// these days, and joiners and leavers between them.
fn period(text: &str) -> Result<(NaiveDate, NaiveDate), String> {
    let last_day = |month: &str| {
        let first = NaiveDate::parse_from_str(&format!("{month}01"), "%Y%m%d").ok();
        let first = first.filter(|_| month.len() == 6)?;
        (first + Months::new(1)).pred_opt()
    };
    let months =
        text.split_once(" to ").and_then(|(from, to)| Some((last_day(from)?, last_day(to)?)));
    let months = months.filter(|(from, to)| from < to);
    months.ok_or_else(|| format!("PERIOD {text:?} is not of the form yyyymm to yyyymm"))
}

/// Which part of a movement a line holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MovementPart {
    Opening,
    Joiners,
    Leavers,
}

impl MovementPart {
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "Denominator at start of period" => Some(Self::Opening),
            "Joiners" => Some(Self::Joiners),
            "Leavers" => Some(Self::Leavers),
            _ => None,
        }
    }
}

/// Movements, each assembled from up to three lines anywhere in the file. If there is no line of
/// joiners or leavers, there were none.
#[derive(Default)]
struct Movements(BTreeMap<String, (Option<SourcedRow<v1::Movement>>, Vec<MovementPart>)>);

impl Movements {
    /// Adds a line. A movement with an unreadable line is left out entirely: half of it would say
    /// that nobody left.
    fn add(&mut self, line: &Line, part: MovementPart) -> Result<(), String> {
        let group = slug(&line.get("STAFF_GROUP_1_NAME"));
        let (before, last) = period(&line.get("PERIOD"))?;
        let organisation = organisations::name(&line.get("REPORTING_ORG_CODE"));
        let month = last.format("%Y-%m");
        let name = format!("{organisation}/movements/nhs-staff-group.{group}.{month}");
        let new = || {
            let row = v1::Movement {
                name: name.clone(),
                role: format!("roles/nhs-staff-group.{group}"),
                first_date: before.succ_opt().unwrap_or(before).to_string(),
                last_date: last.to_string(),
                source: format!("NHS workforce statistics, {}", last.format("%B %Y")),
                ..v1::Movement::default()
            };
            (Some(sourced(line, row)), Vec::new())
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
        let Some(SourcedRow { row, .. }) = movement else { return Ok(()) };
        let (headcount, fte) = (Some(headcount), Some(fte));
        match part {
            MovementPart::Opening => (row.opening_headcount, row.opening_fte) = (headcount, fte),
            MovementPart::Joiners => (row.joiner_headcount, row.joiner_fte) = (headcount, fte),
            MovementPart::Leavers => (row.leaver_headcount, row.leaver_fte) = (headcount, fte),
        }
        Ok(())
    }

    /// Returns the movements whose lines could all be read.
    fn whole(self) -> Vec<SourcedRow<v1::Movement>> {
        self.0.into_values().filter_map(|(movement, _)| movement).collect()
    }
}

/// Reads a staff group as a role. No staff group means "digital": each is front line or supports
/// the organisation.
fn role(line: &Line) -> v1::Role {
    let title = one_line(&line.get("STAFF_GROUP_1_NAME"));
    let corporate = [
        "Central functions",
        "Hotel, property & estates",
        "Managers",
        "Senior managers",
        "Unknown classification",
    ];
    let family = if corporate.contains(&title.as_str()) { "CORPORATE" } else { "FRONTLINE" };
    v1::Role {
        name: format!("roles/nhs-staff-group.{}", slug(&title)),
        title,
        family: family.to_owned(),
        group: "NHS staff groups".to_owned(),
        description: "A staff group of the NHS workforce statistics.".to_owned(),
        ..v1::Role::default()
    }
}

/// Adds the organisation of a line, with its board and its region.
fn add_organisations(line: &Line, named: &mut OrganisationNames) {
    let region = line.get("NHSE_REGION_CODE");
    let board = line.get("ICS_CODE");
    let organisation = |code: &str, title: &str, kind: v1::OrganisationKind, parent: &str| {
        let row = v1::Organisation {
            name: organisations::name(code),
            title: one_line(&line.get(title)),
            kind: kind as i32,
            parent: organisations::name(parent),
            region_code: region.clone(),
            ..v1::Organisation::default()
        };
        sourced(line, row)
    };
    let (kind, parent) = match line.get("BENCHMARK_GROUP").as_str() {
        "Integrated Care Board" => (v1::OrganisationKind::IntegratedCareBoard, &region),
        "Care Trust" => (v1::OrganisationKind::CareTrust, &board),
        _ => (v1::OrganisationKind::Trust, &board),
    };
    let board_kind = v1::OrganisationKind::IntegratedCareBoard;
    for above in [
        organisation(&region, "NHSE_REGION_NAME", v1::OrganisationKind::Region, ""),
        organisation(&board, "ICS_NAME", board_kind, &region),
    ] {
        if !above.row.name.is_empty() {
            named.entry(above.row.name.clone()).or_insert(above);
        }
    }
    // An organisation's own title takes precedence over the one in other lines.
    let own = organisation(&line.get("REPORTING_ORG_CODE"), "REPORTING_ORG_NAME", kind, parent);
    named.insert(own.row.name.clone(), own);
}
