//! The sections of a report, one file each with its sentence, notes, picture and tables.

mod board;
mod causes;
mod closures;
mod omissions;
mod outlook;
mod single_points;
mod skills;
mod trend;

use crate::planning::report::Report;

use super::{chart::Picture, heat_map::HeatMap, table::Table};

/// The sections, in their order.
const SECTIONS: [fn(&Report) -> Section; 8] = [
    causes::section,
    skills::section,
    trend::section,
    outlook::section,
    single_points::section,
    omissions::section,
    board::section,
    closures::section,
];

/// The most bars of a picture.
const MAX_BARS: usize = 10;

/// A section.
#[derive(Default)]
pub struct Section {
    /// The part of the page that links lead to.
    pub id: &'static str,
    /// Its short name, in the spreadsheet.
    pub label: &'static str,
    /// Its heading on the page.
    pub title: &'static str,
    /// What the reader must know, in one sentence.
    pub sentence: String,
    pub notes: Vec<String>,
    /// None where there is nothing to show.
    pub picture: Option<Picture>,
    pub heat_map: Option<HeatMap>,
    /// Every table of the spreadsheet, with those of the page.
    pub tables: Vec<Table>,
}

/// The sections of a report.
pub fn sections(report: &Report) -> Vec<Section> {
    SECTIONS.iter().map(|section| section(report)).collect()
}

#[cfg(test)]
mod tests;
