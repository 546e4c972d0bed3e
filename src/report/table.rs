//! Tables: made once, shown in the page and in the spreadsheet.

use chrono::NaiveDate;

use crate::{
    domain::{Fte, figures::Figures},
    planning::report::words::{self, count, exact, share},
};

/// A table of the report.
pub struct Table {
    /// What the sheet is called, at most 31 characters.
    pub sheet: &'static str,
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every column. The first cell says what a row is of.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
pub struct Column {
    /// What it is called.
    pub title: String,
    /// Whether it is of numbers.
    pub number: bool,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words, whatever they are of.
    Text(String),
    /// Full-time equivalents.
    Fte(Fte),
    /// A whole number.
    Count(i64),
    /// Pence.
    Pence(i64),
    /// A part of a whole; nothing where the whole is.
    Share(Fte, Fte),
    /// A day.
    Date(NaiveDate),
    /// Nothing.
    Nothing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Count(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Count(number.into())
    }
}

impl From<Fte> for Cell {
    fn from(fte: Fte) -> Self {
        Self::Fte(fte)
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl Cell {
    /// How much of what is needed is there.
    pub fn coverage(figures: &Figures) -> Self {
        Self::Share(figures.covered, figures.needed)
    }

    /// As people read it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Fte(fte) => exact(*fte),
            Self::Count(number) => count(*number),
            Self::Pence(pence) => words::money(*pence),
            Self::Share(part, whole) => share(*part, *whole),
            Self::Date(day) => words::date(*day),
            Self::Nothing => "–".to_owned(),
        }
    }
}

impl Table {
    /// A table. A column whose title begins with `#` is of numbers.
    pub fn new(sheet: &'static str, caption: &str, columns: &[&str]) -> Self {
        let column = |title: &&str| match title.strip_prefix('#') {
            Some(title) => Column { title: title.to_owned(), number: true },
            None => Column { title: (*title).to_owned(), number: false },
        };
        Self {
            sheet,
            caption: caption.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// The same with rows.
    pub fn with(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }
}
