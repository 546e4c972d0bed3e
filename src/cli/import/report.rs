//! Collects the outcomes of an import.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use indicatif::{ProgressBar, ProgressStyle};

use crate::api::v1::{ImportOutcome, ImportStatus};

/// Maximum number of lines of one sort that are printed.
const MAX_LINES: usize = 20;

/// The outcomes of an import.
#[derive(Default)]
pub struct Report {
    counts: BTreeMap<usize, (&'static str, Counts)>,
    rejected: Vec<RejectedRow>,
    rejected_names: HashSet<String>,
    /// Each with its sort.
    notes: Vec<(String, String)>,
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
    title: &'static str,
    origin: String,
    name: String,
    reasons: String,
}

impl RejectedRow {
    /// What it has in common with others: its resource type, and the words of its reasons that are
    /// not values.
    fn sort(&self) -> String {
        let words = self.reasons.split_whitespace();
        let is_value = |c: char| c.is_ascii_digit() || matches!(c, '"' | '/');
        let words: Vec<&str> = words.filter(|word| !word.contains(is_value)).collect();
        format!("{}, {}", self.title, words.join(" "))
    }
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

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Announces rows of a resource type.
    pub fn begin(&mut self, title: &'static str, rows: usize) {
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

    /// Counts the outcome of a row.
    pub fn add(&mut self, title: &'static str, origin: &str, outcome: ImportOutcome) {
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

    /// Counts a row that is not sent as rejected.
    pub fn reject(&mut self, title: &'static str, origin: &str, name: String, reasons: String) {
        self.counts_of(title).rejected += 1;
        self.rejected_names.insert(name.clone());
        self.rejected.push(RejectedRow { title, origin: origin.to_owned(), name, reasons });
    }

    /// Whether any row of that name was rejected.
    pub fn has_rejected(&self, name: &str) -> bool {
        self.rejected_names.contains(name)
    }

    /// The rejected rows.
    pub fn rejected(&self) -> &[RejectedRow] {
        &self.rejected
    }

    /// Lines about the rejected rows: the first of each sort, then how many more there are.
    pub fn rejections(&self) -> Vec<String> {
        first_of_each_sort(self.rejected.iter().map(|row| (row.sort(), row.to_string())))
    }

    /// Adds a line of a sort that is not about a rejected row.
    pub fn note(&mut self, sort: &'static str, note: String) {
        self.notes.push((sort.to_owned(), note));
    }

    /// Lines that are not about rejected rows: the first of each sort, then how many more there
    /// are.
    pub fn notes(&self) -> Vec<String> {
        first_of_each_sort(self.notes.iter().map(|(sort, note)| (sort.clone(), note.clone())))
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

/// Returns the first [`MAX_LINES`] lines of each sort, each sort followed by the number of the
/// others.
fn first_of_each_sort(lines: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut sorts: Vec<(String, Vec<String>, usize)> = Vec::new();
    for (sort, line) in lines {
        let index = sorts.iter().position(|(known, ..)| *known == sort);
        let index = index.unwrap_or_else(|| {
            sorts.push((sort, Vec::new(), 0));
            sorts.len() - 1
        });
        let (_, shown, more) = &mut sorts[index];
        match shown.len() < MAX_LINES {
            true => shown.push(line),
            false => *more += 1,
        }
    }
    let lines = sorts.into_iter().flat_map(|(sort, mut shown, more)| {
        if more > 0 {
            shown.push(format!("... and {more} more: {sort}"));
        }
        shown
    });
    lines.collect()
}
