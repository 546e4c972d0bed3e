//! Trends as pure functions: how the shortfall of each skill changes from gap snapshot to gap snapshot.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;

use crate::domain::{Fte, GapSnapshot};

/// Which trends to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendQuery {
    /// Resource name of the plan.
    pub plan: String,
    /// Organisations to include; empty for all.
    pub organisations: Vec<String>,
    /// Whether to include the descendants of those organisations.
    pub include_descendants: bool,
    /// Skills to include; empty for all.
    pub skills: Vec<String>,
    /// Last day of the period to measure against; `None` for the current period of each day.
    pub period: Option<NaiveDate>,
}

impl TrendQuery {
    /// Maximum number of organisations or skills.
    pub const MAX_NAMES: usize = 1_000;
}

/// Trend of one skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillTrend {
    /// Resource name of the skill.
    pub skill: String,
    /// One point per day, the earliest first.
    pub points: Vec<TrendPoint>,
}

/// Sums of a skill's gap snapshots on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendPoint {
    /// Day of the gap snapshots.
    pub as_of: NaiveDate,
    /// Last day of the period measured against.
    pub period_end: NaiveDate,
    /// Sum of the needed FTE.
    pub needed: Fte,
    /// Sum of the skilled FTE.
    pub skilled: Fte,
    /// Sum of the shortfalls, in FTE.
    pub shortfall: Fte,
    /// Number of organisations with a gap snapshot.
    pub organisations: usize,
}

/// Computes the trend of each skill from the gap snapshots of one plan.
pub fn trends(gap_snapshots: &[GapSnapshot], period: Option<NaiveDate>) -> Vec<SkillTrend> {
    let mut ends: BTreeMap<NaiveDate, HashSet<NaiveDate>> = BTreeMap::new();
    for gap_snapshot in gap_snapshots {
        ends.entry(gap_snapshot.as_of_date).or_default().insert(gap_snapshot.period_end_date);
    }
    let current = |(as_of, ends): (NaiveDate, HashSet<NaiveDate>)| {
        let next = ends.iter().filter(|end| **end >= as_of).min();
        Some((as_of, *period.as_ref().or(next).or(ends.iter().max())?))
    };
    let period_of: BTreeMap<NaiveDate, NaiveDate> = ends.into_iter().filter_map(current).collect();
    let mut points: BTreeMap<(&str, NaiveDate), TrendPoint> = BTreeMap::new();
    for gap_snapshot in gap_snapshots {
        let as_of = gap_snapshot.as_of_date;
        let Some(end) = period_of.get(&as_of).filter(|end| **end == gap_snapshot.period_end_date)
        else {
            continue;
        };
        let none = Fte::ZERO;
        let point = points.entry((&gap_snapshot.skill, as_of)).or_insert(TrendPoint {
            as_of,
            period_end: *end,
            needed: none,
            skilled: none,
            shortfall: none,
            organisations: 0,
        });
        point.needed = point.needed + gap_snapshot.needed_fte;
        point.skilled = point.skilled + gap_snapshot.skilled_fte;
        point.shortfall = point.shortfall + gap_snapshot.shortfall_fte;
        point.organisations += 1;
    }
    let mut trends: Vec<SkillTrend> = Vec::new();
    for ((skill, _), point) in points {
        match trends.last_mut().filter(|trend| trend.skill == skill) {
            Some(trend) => trend.points.push(point),
            None => trends.push(SkillTrend { skill: skill.to_owned(), points: vec![point] }),
        }
    }
    trends
}

#[cfg(test)]
mod tests {
    use crate::planning::example::{day, fte, gap_snapshot};

    use super::*;

    #[test]
    fn each_day_is_measured_against_its_current_period() {
        let (first, second) = ("2027-03-31", "2028-03-31");
        let gap_snapshots = [
            gap_snapshot("a", "s", "2027-04-01", first, [6.0, 4.0, 2.0]),
            gap_snapshot("a", "s", "2027-04-01", second, [8.0, 4.0, 4.0]),
            gap_snapshot("a", "s", "2026-11-01", second, [8.0, 1.0, 7.0]),
            gap_snapshot("a", "s", "2026-11-01", first, [6.0, 1.0, 5.0]),
            // A surplus in one does not reduce the shortfall in the other.
            gap_snapshot("b", "s", "2026-11-01", first, [1.0, 3.0, 0.0]),
            gap_snapshot("a", "r", "2030-01-01", second, [1.0, 0.0, 1.0]),
        ];
        let point =
            |as_of, end, [needed, skilled, shortfall]: [f64; 3], organisations| TrendPoint {
                as_of: day(as_of),
                period_end: day(end),
                needed: fte(needed),
                skilled: fte(skilled),
                shortfall: fte(shortfall),
                organisations,
            };
        let of = |skill: &str, points| SkillTrend { skill: skill.into(), points };
        assert_eq!(
            trends(&gap_snapshots, None),
            [
                of("r", vec![point("2030-01-01", second, [1.0, 0.0, 1.0], 1)]),
                of(
                    "s",
                    vec![
                        point("2026-11-01", first, [7.0, 4.0, 5.0], 2),
                        point("2027-04-01", second, [8.0, 4.0, 4.0], 1),
                    ]
                ),
            ]
        );
        assert_eq!(
            trends(&gap_snapshots, Some(day(first))),
            [of(
                "s",
                vec![
                    point("2026-11-01", first, [7.0, 4.0, 5.0], 2),
                    point("2027-04-01", first, [6.0, 4.0, 2.0], 1),
                ]
            )]
        );
    }
}
