//! Arithmetic of figures: differences, coverage, severity and sums.

use crate::domain::{
    Fte,
    figures::{Figures, Priority, Severity, ShortfallCauses},
};

use super::{
    AnalysisRow, RequiredSkill, establishment::EstablishmentTarget, skill_position::SkillPosition,
};

impl Figures {
    pub(super) fn of(
        target: &EstablishmentTarget,
        position: &SkillPosition,
        required: &RequiredSkill,
    ) -> Self {
        let (needed, skilled) = (target.needed, position.skilled);
        let shortfall = (needed - skilled).or_zero();
        let assessed = skilled + position.below + position.expired;
        let unassessed = position.in_post - assessed;
        let holders = i32::try_from(position.holders).unwrap_or(i32::MAX);
        let few = holders < required.minimum_holders;
        Self {
            needed,
            funded: target.funded,
            in_post: position.in_post,
            skilled,
            below: position.below,
            expired: position.expired,
            shortfall,
            surplus: (skilled - needed).or_zero(),
            covered: needed.min(skilled),
            coverable: needed.min(skilled + unassessed),
            priority: Priority::of(required.weight, shortfall),
            causes: ShortfallCauses::default(),
            holders: Some(holders),
            single_point_of_failure: Some(needed > Fte::ZERO && (few || holders <= 1)),
        }
        .attributed()
    }

    /// Share of the needed FTE that is covered, from 0 to 1; `None` if nothing is needed.
    pub fn coverage(&self) -> Option<f64> {
        ratio(self.covered, self.needed)
    }

    /// Coverage if everyone unassessed were skilled.
    pub fn coverage_upper_bound(&self) -> Option<f64> {
        ratio(self.coverable, self.needed)
    }

    /// Severity of the shortfall, by its share of the needed FTE; `None` if nothing is needed.
    pub fn severity(&self) -> Option<Severity> {
        let (shortfall, needed) = (self.shortfall.count(), self.needed.count());
        let beyond = |percent: i128| i128::from(shortfall) * 100 > percent * i128::from(needed);
        let severity = match shortfall {
            0 => Severity::Met,
            _ if beyond(25) => Severity::Critical,
            _ if beyond(15) => Severity::High,
            _ if beyond(5) => Severity::Medium,
            _ => Severity::Low,
        };
        (needed > 0).then_some(severity)
    }

    fn add(&mut self, other: &Self) {
        let Self {
            needed,
            funded,
            in_post,
            skilled,
            below,
            expired,
            shortfall,
            surplus,
            covered,
            coverable,
            priority,
            causes,
            // Holders are never summed: one person can hold several skills.
            holders: _,
            single_point_of_failure: _,
        } = other;
        for (sum, term) in [
            (&mut self.needed, needed),
            (&mut self.funded, funded),
            (&mut self.in_post, in_post),
            (&mut self.skilled, skilled),
            (&mut self.below, below),
            (&mut self.expired, expired),
            (&mut self.shortfall, shortfall),
            (&mut self.surplus, surplus),
            (&mut self.covered, covered),
            (&mut self.coverable, coverable),
        ] {
            *sum = *sum + *term;
        }
        self.priority += *priority;
        self.causes = self.causes + *causes;
    }
}

fn ratio(part: Fte, whole: Fte) -> Option<f64> {
    (whole > Fte::ZERO).then(|| part.count() as f64 / whole.count() as f64)
}

/// Sum over a set of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Sums of the figures.
    pub figures: Figures,
    /// Number of cells.
    pub parts: i32,
    /// Number of cells that are single points of failure.
    pub single_points_of_failure: i32,
    /// Number of cells of each severity, in the order of [`Severity`].
    pub severities: [i32; 5],
    weighted: f64,
    weight: f64,
}

impl Totals {
    /// Adds the figures of a cell, without its weighted coverage.
    pub(super) fn count(&mut self, figures: &Figures) {
        self.figures.add(figures);
        self.parts += 1;
        if let Some(severity) = figures.severity() {
            self.severities[severity as usize] += 1;
        }
        if figures.single_point_of_failure == Some(true) {
            self.single_points_of_failure += 1;
        }
    }

    /// Adds the weighted coverage of a cell. The sum is a float, so it is reproducible only if cells come in
    /// the same order.
    pub(super) fn weigh(&mut self, weighing: CoverageWeight) {
        self.weighted += weighing.weighted;
        self.weight += weighing.weight;
    }

    /// Adds other totals, without their weighted coverage.
    pub(super) fn merge(&mut self, other: &Self) {
        self.figures.add(&other.figures);
        self.parts += other.parts;
        self.single_points_of_failure += other.single_points_of_failure;
        for (sum, severities) in self.severities.iter_mut().zip(other.severities) {
            *sum += severities;
        }
    }

    /// Adds a row, with its weighted coverage.
    pub fn add(&mut self, row: &AnalysisRow) {
        self.count(&row.figures);
        let required = row.required.as_ref();
        if let Some(weighing) = required.and_then(|r| CoverageWeight::of(r, &row.figures)) {
            self.weigh(weighing);
        }
    }

    /// Σ weight × coverage ÷ Σ weight over the cells that need something; `None` if none does.
    pub fn weighted_coverage(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.weighted / self.weight)
    }
}

/// What a cell adds to the weighted coverage.
#[derive(Clone, Copy, Debug)]
pub(super) struct CoverageWeight {
    weighted: f64,
    weight: f64,
}

impl CoverageWeight {
    /// `None` if nothing is needed.
    pub fn of(required: &RequiredSkill, figures: &Figures) -> Option<Self> {
        let (weight, coverage) = (required.weight.to_f64(), figures.coverage()?);
        Some(Self { weighted: weight * coverage, weight })
    }
}

impl<'a> FromIterator<&'a AnalysisRow> for Totals {
    fn from_iter<I: IntoIterator<Item = &'a AnalysisRow>>(rows: I) -> Self {
        let mut totals = Self::default();
        rows.into_iter().for_each(|row| totals.add(row));
        totals
    }
}
