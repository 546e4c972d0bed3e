//! Tables, built once for the page and the spreadsheet.

use chrono::NaiveDate;

use crate::domain::{Fte, figures::Figures};

use super::text;

/// A table of the report.
pub struct Table {
    /// Name of its sheet, at most 31 characters.
    pub sheet: &'static str,
    pub caption: &'static str,
    /// Whether the page shows it, provided that it has rows.
    pub on_page: bool,
    pub columns: Vec<Column>,
    /// Rows with one cell per column; the first cell is the heading of the row.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
pub struct Column {
    pub title: String,
    /// Whether its cells are numbers, which are aligned right.
    pub number: bool,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Fte(Fte),
    Count(i64),
    Pence(i64),
    /// A share of a whole; empty if the whole is 0.
    Share(Fte, Fte),
    Date(NaiveDate),
    Empty,
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
    /// Coverage: the share of the needed FTE that is covered.
    pub fn coverage(figures: &Figures) -> Self {
        Self::Share(figures.covered, figures.needed)
    }

    /// Text of the cell on the page.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Fte(fte) => text::exact(*fte),
            Self::Count(number) => text::count(*number),
            Self::Pence(pence) => text::money(*pence),
            Self::Share(part, whole) => text::share(*part, *whole),
            Self::Date(day) => text::date(*day),
            Self::Empty => "–".to_owned(),
        }
    }
}

impl Table {
    /// A table without rows. A column whose title starts with `#` holds numbers.
    pub fn new(sheet: &'static str, caption: &'static str, columns: &[&str]) -> Self {
        let column = |title: &&str| match title.strip_prefix('#') {
            Some(title) => Column { title: title.to_owned(), number: true },
            None => Column { title: (*title).to_owned(), number: false },
        };
        let columns = columns.iter().map(column).collect();
        Self { sheet, caption, on_page: true, columns, rows: Vec::new() }
    }

    /// Adds rows.
    pub fn with(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Shows the table on the page only if `on_page`.
    pub fn on_page(self, on_page: bool) -> Self {
        Self { on_page, ..self }
    }
}

/// Titles of the columns that [`figures`] fills.
pub const FIGURES: [&str; 10] = [
    "#Needed",
    "#Skilled",
    "#Missing",
    "#Not funded",
    "#Not filled",
    "#Below the level",
    "#Expired",
    "#Never assessed",
    "#More than needed",
    "#Coverage",
];

/// Figures of an analysis as cells. What is missing is followed by what it is due to.
pub fn figures(figures: &Figures) -> [Cell; 10] {
    let [unfunded, vacant, below, expired, unassessed] = figures.causes.parts();
    [
        figures.needed.into(),
        figures.skilled.into(),
        figures.shortfall.into(),
        unfunded.into(),
        vacant.into(),
        below.into(),
        expired.into(),
        unassessed.into(),
        figures.surplus.into(),
        Cell::coverage(figures),
    ]
}
