//! Sections of a report, one file each, with a sentence, notes, a picture and tables.

mod board;
mod causes;
mod closures;
mod omissions;
mod outlook;
mod single_points;
mod skills;
mod trend;
mod waterfall;

use crate::planning::report::Report;

use super::{chart::Picture, heat_map::HeatMap, table::Table};

/// The sections in order.
const SECTIONS: [fn(&Report) -> Section; 9] = [
    causes::section,
    waterfall::section,
    skills::section,
    trend::section,
    outlook::section,
    single_points::section,
    omissions::section,
    board::section,
    closures::section,
];

/// Maximum number of bars in a picture.
const MAX_BARS: usize = 10;

/// A section of a report.
#[derive(Default)]
pub struct Section {
    /// Anchor of the section on the page.
    pub id: &'static str,
    /// Short name, for the spreadsheet.
    pub label: &'static str,
    /// Heading on the page.
    pub title: &'static str,
    /// The finding, in one sentence.
    pub sentence: String,
    pub notes: Vec<String>,
    /// `None` if there is nothing to show.
    pub picture: Option<Picture>,
    pub heat_map: Option<HeatMap>,
    /// Every table of the spreadsheet, including those on the page.
    pub tables: Vec<Table>,
}

/// Builds the sections of a report.
pub fn sections(report: &Report) -> Vec<Section> {
    SECTIONS.iter().map(|section| section(report)).collect()
}

#[cfg(test)]
mod tests;
