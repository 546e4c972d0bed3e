//! Heat map: coverage by two dimensions, as shades.

use crate::domain::{Fte, figures::Figures};

use super::table::Cell;

/// Coverage by skill and family of roles.
pub struct HeatMap {
    /// Titles of the families.
    pub families: Vec<String>,
    pub rows: Vec<HeatRow>,
}

/// A skill of a heat map.
pub struct HeatRow {
    pub title: String,
    /// Coverage over all families.
    pub total: HeatCell,
    /// Coverage in each of [`HeatMap::families`].
    pub cells: Vec<HeatCell>,
}

/// Coverage of a skill in a family.
#[derive(Clone, serde::Serialize)]
pub struct HeatCell {
    /// Class of its shade in the style sheet.
    pub class: &'static str,
    pub text: String,
}

impl HeatCell {
    /// Cell for these figures; an empty one if the skill is not required.
    pub fn of(figures: Option<&Figures>) -> Self {
        let Some(figures) = figures.filter(|figures| figures.needed > Fte::ZERO) else {
            return Self { class: "none", text: Cell::Empty.text() };
        };
        let class = match figures.coverage().unwrap_or_default() {
            1.0.. => "met",
            0.75.. => "low",
            0.5.. => "medium",
            0.25.. => "high",
            _ => "critical",
        };
        Self { class, text: Cell::coverage(figures).text() }
    }
}
