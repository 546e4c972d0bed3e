//! The months that the registry has, and where those of the files belong between them.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::Bound,
};

use crate::{
    api::v1::{
        self, movement_service_client::MovementServiceClient,
        staffing_service_client::StaffingServiceClient,
    },
    cli::{Failure, client},
};

use super::{PREFIX, parent};
use crate::cli::import::{
    SourcedRow,
    session::{Session, exported},
};

/// Maximum number of records that one call deletes.
const MAX_DELETIONS: usize = 1_000;

/// The months of each organisation, by its name.
pub struct Months(BTreeMap<String, OrganisationMonths>);

/// What the registry has of earlier files about one organisation.
#[derive(Default)]
struct OrganisationMonths {
    /// Days of the files, as dates.
    days: BTreeSet<String>,
    /// Staffing records by name.
    staffing: BTreeMap<String, v1::Staffing>,
    movements: Vec<v1::Movement>,
}

/// Rows of the files about one organisation.
#[derive(Default)]
struct OrganisationRows<'a> {
    staffing: Vec<SourcedRow<v1::Staffing>>,
    movements: Vec<&'a SourcedRow<v1::Movement>>,
}

impl Months {
    /// Reads the records that this importer wrote.
    pub async fn read(session: &Session<'_>) -> Result<Self, Failure> {
        let mut months: BTreeMap<String, OrganisationMonths> = BTreeMap::new();
        let parent_of_all = || "organisations/-".to_owned();
        let mut service = StaffingServiceClient::new(session.channel.clone());
        let filter = "subject = \"nhs-staff-group:*\"".to_owned();
        let export =
            v1::ExportStaffingRequest { parent: parent_of_all(), filter, ..Default::default() };
        for row in exported(service.export_staffing(export).await, |part| part.staffing).await? {
            if is_imported(&row.name) {
                let months = months.entry(parent(&row.name)).or_default();
                months.days.insert(row.start_date.clone());
                months.staffing.insert(row.name.clone(), row);
            }
        }
        let mut service = MovementServiceClient::new(session.channel.clone());
        let filter = format!("role = \"roles/{PREFIX}*\"");
        let export =
            v1::ExportMovementsRequest { parent: parent_of_all(), filter, ..Default::default() };
        for row in exported(service.export_movements(export).await, |part| part.movements).await? {
            if is_imported(&row.name) {
                let months = months.entry(parent(&row.name)).or_default();
                months.days.insert(row.last_date.clone());
                months.movements.push(row);
            }
        }
        Ok(Self(months))
    }

    /// Day of the newest file about an organisation.
    pub fn newest_day(&self, organisation: &str) -> Option<&str> {
        self.0.get(organisation).and_then(|months| months.days.last()).map(String::as_str)
    }

    /// Day of the newest file.
    pub fn newest_of_all(&self) -> Option<&str> {
        self.0.values().filter_map(|months| months.days.last()).max().map(String::as_str)
    }

    /// Ends the records of each month on the day of the organisation's next file: those of the files,
    /// and those that the registry has. All rows of an organisation stand together, so that they
    /// are written at once.
    pub fn with_ends(
        &self,
        staffing: Vec<SourcedRow<v1::Staffing>>,
        movements: &[SourcedRow<v1::Movement>],
    ) -> Vec<SourcedRow<v1::Staffing>> {
        let mut organisations: BTreeMap<String, OrganisationRows<'_>> = BTreeMap::new();
        for sourced in staffing {
            organisations.entry(parent(&sourced.row.name)).or_default().staffing.push(sourced);
        }
        for sourced in movements {
            organisations.entry(parent(&sourced.row.name)).or_default().movements.push(sourced);
        }
        let none = OrganisationMonths::default();
        let rows = organisations.into_iter().flat_map(|(organisation, rows)| {
            self.0.get(&organisation).unwrap_or(&none).with_ends(rows)
        });
        rows.collect()
    }

    /// Finds the records of the files' own days that the files do not have any more: a later version
    /// of a file has taken them back. `may_delete` is asked with the names of the organisation
    /// and of the record.
    pub fn outdated(
        &self,
        staffing: &[SourcedRow<v1::Staffing>],
        movements: &[SourcedRow<v1::Movement>],
        may_delete: impl Fn(&str, &str) -> bool,
    ) -> OutdatedRecords {
        let names = staffing.iter().map(|sourced| &sourced.row.name);
        let names = names.chain(movements.iter().map(|sourced| &sourced.row.name));
        let names: HashSet<&String> = names.collect();
        let days: HashSet<(String, &String)> = staffing
            .iter()
            .map(|SourcedRow { row, .. }| (parent(&row.name), &row.start_date))
            .collect();
        let periods: HashSet<(String, &String, &String)> = movements
            .iter()
            .map(|SourcedRow { row, .. }| (parent(&row.name), &row.first_date, &row.last_date))
            .collect();
        let mut outdated = OutdatedRecords::default();
        for (organisation, months) in &self.0 {
            let goes =
                |name: &String| !names.contains(name) && may_delete(organisation, name.as_str());
            let staffing = months.staffing.values().filter(|row| {
                days.contains(&(organisation.clone(), &row.start_date)) && goes(&row.name)
            });
            outdated.staffing.extend(staffing.map(|row| row.name.clone()));
            let movements = months.movements.iter().filter(|row| {
                let period = (organisation.clone(), &row.first_date, &row.last_date);
                periods.contains(&period) && goes(&row.name)
            });
            outdated.movements.extend(movements.map(|row| row.name.clone()));
        }
        outdated
    }
}

/// Whether the id of a record says that this importer wrote it.
fn is_imported(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|id| id.starts_with(PREFIX))
}

impl OrganisationMonths {
    fn with_ends(&self, rows: OrganisationRows<'_>) -> Vec<SourcedRow<v1::Staffing>> {
        let OrganisationRows { staffing, movements } = rows;
        let mut days = self.days.clone();
        days.extend(staffing.iter().map(|sourced| sourced.row.start_date.clone()));
        days.extend(movements.iter().map(|sourced| sourced.row.last_date.clone()));
        let origin = staffing.first().map(|sourced| &sourced.origin);
        let origin = origin.or(movements.first().map(|sourced| &sourced.origin)).cloned();
        let origin = origin.unwrap_or_default();
        let names: HashSet<String> =
            staffing.iter().map(|sourced| sourced.row.name.clone()).collect();

        let earlier = self.staffing.values().filter(|known| !names.contains(&known.name));
        let earlier = earlier.filter_map(|known| {
            let end_date = end(&known.start_date, &known.end_date, &days);
            let row = v1::Staffing { end_date, ..known.clone() };
            (row.end_date != known.end_date).then(|| SourcedRow::whole(origin.clone(), row))
        });
        let mut all: Vec<_> = earlier.collect();
        all.extend(staffing.into_iter().map(|mut sourced| {
            let known = self.staffing.get(&sourced.row.name);
            let known_end = known.map_or("", |known| known.end_date.as_str());
            sourced.row.end_date = end(&sourced.row.start_date, known_end, &days);
            sourced
        }));
        all
    }
}

/// End of a record that starts on the day of its file: the day of the next file, unless it ended
/// earlier already.
fn end(start: &str, known_end: &str, days: &BTreeSet<String>) -> String {
    let next = days.range::<str, _>((Bound::Excluded(start), Bound::Unbounded)).next();
    match next {
        Some(next) if known_end.is_empty() || next.as_str() < known_end => next.clone(),
        _ => known_end.to_owned(),
    }
}

/// A request for each name, as many together as one call deletes.
fn batches<D>(names: &[String], one: impl Fn(String) -> D) -> impl Iterator<Item = Vec<D>> {
    names.chunks(MAX_DELETIONS).map(move |names| names.iter().cloned().map(&one).collect())
}

/// Names of records that later versions of files have taken back.
#[derive(Default)]
pub struct OutdatedRecords {
    staffing: Vec<String>,
    movements: Vec<String>,
}

impl OutdatedRecords {
    /// Deletes the records.
    pub async fn delete(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let validate_only = session.options.dry_run;
        let mut service = StaffingServiceClient::new(session.channel.clone());
        let one =
            |name| v1::DeleteStaffingRequest { name, allow_missing: true, ..Default::default() };
        for requests in batches(&self.staffing, one) {
            let batch =
                v1::BatchDeleteStaffingRequest { requests, validate_only, ..Default::default() };
            let deleted = service.batch_delete_staffing(session.request(batch)?);
            deleted.await.map_err(client::explain)?;
        }
        let mut service = MovementServiceClient::new(session.channel.clone());
        let one =
            |name| v1::DeleteMovementRequest { name, allow_missing: true, ..Default::default() };
        for requests in batches(&self.movements, one) {
            let batch =
                v1::BatchDeleteMovementsRequest { requests, validate_only, ..Default::default() };
            let deleted = service.batch_delete_movements(session.request(batch)?);
            deleted.await.map_err(client::explain)?;
        }
        for name in self.staffing.into_iter().chain(self.movements) {
            let note =
                format!("{name} was deleted: the file of its month does not have it any more");
            session.report.note("records deleted", note);
        }
        Ok(())
    }
}
