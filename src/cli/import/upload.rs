//! Uploads rows to the service and collects their outcomes.

use std::{collections::BTreeMap, fmt};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use indicatif::{ProgressBar, ProgressStyle};
use tonic::{Request, transport::Channel};

use crate::{
    api::{
        client::Importable,
        v1::{ImportOutcome, ImportStatus},
    },
    cli::{Failure, client},
};

use super::SourcedRow;

/// Number of rows in a batch.
const BATCH: usize = 500;

/// Imports rows on behalf of `subject` and adds the outcome of each to `report`.
pub async fn upload<M: Importable>(
    channel: &Channel,
    subject: &str,
    parent: &str,
    rows: Vec<SourcedRow<M>>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (origins, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().map(|sourced| (sourced.origin, sourced.row)).unzip();
    let title = M::TYPE.title();
    report.begin(title, origins.len());
    let batches: Vec<M::Request> =
        rows.chunks(BATCH).map(|rows| M::batch(parent, rows.to_vec())).collect();
    let mut request = Request::new(tokio_stream::iter(batches));
    request.metadata_mut().insert("registry-caller", subject.parse()?);
    let mut answers = M::import(channel.clone(), request).await.map_err(client::explain)?;
    let mut origins = origins.into_iter();
    while let Some(answer) = answers.message().await.map_err(client::explain)? {
        for outcome in M::outcomes(answer) {
            report.add(title, &origins.next().unwrap_or_default(), outcome);
        }
    }
    match origins.len() {
        0 => Ok(()),
        left => Err(format!("{left} rows of {title} were not answered").into()),
    }
}

/// The outcomes of an import.
#[derive(Default)]
pub struct Report {
    counts: BTreeMap<usize, (&'static str, Counts)>,
    rejected: Vec<RejectedRow>,
    progress: Option<ProgressBar>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    created: usize,
    updated: usize,
    unchanged: usize,
    rejected: usize,
}

/// A row that was rejected.
pub struct RejectedRow {
    origin: String,
    name: String,
    reasons: String,
}

impl fmt::Display for RejectedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: rejected {}: {}", self.origin, self.name, self.reasons)
    }
}

impl Report {
    /// Creates a report that shows its progress on a terminal.
    pub fn with_progress() -> Self {
        let style = ProgressStyle::with_template("{msg:14} {bar:40} {pos}/{len} rows {eta}");
        let progress = ProgressBar::new(0);
        if let Ok(style) = style {
            progress.set_style(style);
        }
        Self { progress: Some(progress), ..Self::default() }
    }

    fn begin(&mut self, title: &'static str, rows: usize) {
        self.counts_of(title);
        if let Some(progress) = &self.progress {
            progress.set_message(title);
            progress.inc_length(rows as u64);
        }
    }

    fn counts_of(&mut self, title: &'static str) -> &mut Counts {
        let known = self.counts.values().position(|(other, _)| *other == title);
        let place = known.unwrap_or(self.counts.len());
        &mut self.counts.entry(place).or_insert((title, Counts::default())).1
    }

    fn add(&mut self, title: &'static str, origin: &str, outcome: ImportOutcome) {
        if let Some(progress) = &self.progress {
            progress.inc(1);
        }
        let counts = self.counts_of(title);
        match outcome.status() {
            ImportStatus::Created => counts.created += 1,
            ImportStatus::Updated => counts.updated += 1,
            ImportStatus::Unchanged => counts.unchanged += 1,
            ImportStatus::Rejected | ImportStatus::Deleted | ImportStatus::Unspecified => {
                let error = outcome.error.unwrap_or_default();
                let violations = error.violations.iter();
                let violations: Vec<_> =
                    violations.map(|v| format!("{} {}", v.field, v.description)).collect();
                let reasons = match violations.is_empty() {
                    true => format!("{}: {}", error.reason, error.message),
                    false => violations.join("; "),
                };
                self.reject(title, origin, outcome.name, reasons);
            }
        }
    }

    /// Counts a row that cannot be read as rejected.
    pub fn reject(&mut self, title: &'static str, origin: &str, name: String, reasons: String) {
        self.counts_of(title).rejected += 1;
        self.rejected.push(RejectedRow { origin: origin.to_owned(), name, reasons });
    }

    /// The rejected rows.
    pub fn rejected(&self) -> &[RejectedRow] {
        &self.rejected
    }

    /// Returns a table of the number of rows of each resource type by outcome.
    pub fn summary(&self) -> String {
        if let Some(progress) = &self.progress {
            progress.finish_and_clear();
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header(["", "created", "updated", "unchanged", "rejected"]);
        for (title, counts) in self.counts.values() {
            let Counts { created, updated, unchanged, rejected } = counts;
            let numbers = [created, updated, unchanged, rejected].map(usize::to_string);
            table.add_row([(*title).to_owned()].into_iter().chain(numbers));
        }
        for column in 1..=4 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        format!("{table}\n")
    }
}
