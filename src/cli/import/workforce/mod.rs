//! Imports NHS workforce statistics, turnover benchmarking: staff in post, joiners and leavers by
//! organisation and staff group, one file a month.
//!
//! The figures of a file hold from its day, the last of its month, to the day before the next file
//! of the same organisation. So the files may be imported in any order.

mod months;
mod movements;
mod organisations;
mod period;

use std::collections::BTreeSet;

use crate::{api::v1, cli::Failure};

use super::{
    Report, SourcedRow,
    distinct::DistinctRows,
    organisations as names,
    session::Session,
    source::{Line, Rows, one_line, slug},
};

use months::Months;
use movements::{MovementPart, Movements};
use organisations::NamedOrganisations;
use period::Period;

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

/// The beginning of the ids of all records that this importer writes.
const PREFIX: &str = "nhs-staff-group.";

/// The content of the files.
#[derive(Default)]
struct Content {
    organisations: NamedOrganisations,
    roles: DistinctRows<v1::Role>,
    staffing: DistinctRows<v1::Staffing>,
    /// Names of organisations of which a line could not be read.
    unreadable: BTreeSet<String>,
    movements: Movements,
}

pub async fn import(session: &mut Session<'_>) -> Result<(), Failure> {
    let mut content = Content::default();
    for path in &session.options.files {
        for line in Rows::with_headings(path, &COLUMNS)?.lines()? {
            content.add(&line, &mut session.report);
        }
    }
    let Content { organisations, roles, staffing, unreadable, movements } = content;
    let months = Months::read(session).await?;
    let organisations = organisations.rows(session, &months).await?;
    session.load("", organisations).await?;
    let roles = roles.take(&mut session.report);
    session.load("", roles).await?;

    let staffing = staffing.take(&mut session.report);
    let staffing =
        session.without_rejected(staffing, |row| vec![row.role.clone(), parent(&row.name)]);
    let movements =
        session.without_rejected(movements.take(), |row| vec![row.role.clone(), parent(&row.name)]);
    let outdated = months.outdated(&staffing, &movements, |organisation, name| {
        !unreadable.contains(organisation) && !session.report.has_rejected(name)
    });
    let staffing = months.with_ends(staffing, &movements);
    session.load("organisations/-", staffing).await?;
    session.load("organisations/-", movements).await?;
    outdated.delete(session).await
}

/// Name of the organisation of a record.
fn parent(name: &str) -> String {
    name.split('/').take(2).collect::<Vec<_>>().join("/")
}

impl Content {
    fn add(&mut self, line: &Line, report: &mut Report) {
        let part = MovementPart::of(&line.get("TYPE"));
        let wanted = part.is_some() || line.get("TYPE") == IN_POST;
        if !wanted || line.get("STAFF_GROUP_1_NAME") == TOTAL {
            return;
        }
        let (title, end) = match part {
            None => ("Staffing", self.add_staffing(line)),
            Some(part) => ("Movement", self.movements.add(line, part)),
        };
        match end {
            Ok(period) => {
                self.organisations.add(line, &period.day());
                self.roles.add(role(line));
            }
            Err(reasons) => {
                let code = line.get("REPORTING_ORG_CODE");
                self.unreadable.insert(names::name(&code));
                report.reject(title, &line.origin, code, reasons);
            }
        }
    }

    /// Adds the staff of a group in an organisation at the end of a month.
    fn add_staffing(&mut self, line: &Line) -> Result<Period, String> {
        let group = slug(&line.get("STAFF_GROUP_1_NAME"));
        let period = Period::read(&line.get("PERIOD"))?;
        let organisation = names::name(&line.get("REPORTING_ORG_CODE"));
        let name = format!("{organisation}/staffing/{PREFIX}{group}.{}", period.month());
        let (headcount, fte) = figures(line)?;
        self.staffing.add(line.sourced(v1::Staffing {
            name,
            subject: format!("nhs-staff-group:{group}"),
            role: format!("roles/{PREFIX}{group}"),
            headcount: Some(headcount),
            fte: Some(fte),
            start_date: period.day(),
            source: period.source(),
            ..v1::Staffing::default()
        }));
        Ok(period)
    }
}

/// Reads the headcount and FTE of a line.
fn figures(line: &Line) -> Result<(i32, f64), String> {
    let headcount = line.get("HC");
    let headcount = headcount.parse().map_err(|_| format!("HC {headcount:?} is not a number"))?;
    let fte = line.get("FTE");
    let fte = fte.parse().map_err(|_| format!("FTE {fte:?} is not a number"))?;
    Ok((headcount, fte))
}

/// Reads a staff group as a role. No staff group means "digital": each is front line or supports
/// the organisation. Of a role that exists, the files say only the title.
fn role(line: &Line) -> SourcedRow<v1::Role> {
    let title = one_line(&line.get("STAFF_GROUP_1_NAME"));
    let corporate = [
        "Central functions",
        "Hotel, property & estates",
        "Managers",
        "Senior managers",
        "Unknown classification",
    ];
    let family = if corporate.contains(&title.as_str()) { "CORPORATE" } else { "FRONTLINE" };
    let row = v1::Role {
        name: format!("roles/{PREFIX}{}", slug(&title)),
        title,
        family: family.to_owned(),
        group: "NHS staff groups".to_owned(),
        description: "A staff group of the NHS workforce statistics.".to_owned(),
        ..v1::Role::default()
    };
    SourcedRow { fields: vec!["title"], ..line.sourced(row) }
}
