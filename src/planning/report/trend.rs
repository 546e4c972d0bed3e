//! Change of the shortfall from gap snapshot to gap snapshot.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::{
    domain::{Fte, name},
    planning::{
        analysis::{AnalysisQuery, Periods},
        trend::{self, TrendPoint},
    },
};

use super::Sources;

/// Change of the shortfall from gap snapshot to gap snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trend {
    /// Days with gap snapshots, the earliest first.
    pub days: Vec<TrendDay>,
    /// One entry per skill and day, ordered by skill.
    pub skills: Vec<SkillDay>,
}

/// All gap snapshots of one day together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrendDay {
    pub as_of: NaiveDate,
    /// Last day of the period measured against.
    pub period_end: NaiveDate,
    pub needed: Fte,
    pub skilled: Fte,
    pub shortfall: Fte,
    /// Number of skills recorded.
    pub skills: usize,
    /// Largest number of organisations that recorded one skill.
    pub organisations: usize,
}

/// Gap snapshots of one skill on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillDay {
    /// Title of the skill.
    pub skill: String,
    pub point: TrendPoint,
}

/// Computes the trend of the gap snapshots up to the day of the query.
pub fn trend(sources: &Sources, query: &AnalysisQuery) -> Trend {
    let period = match &query.periods {
        Periods::Ending(ends) => ends.first().copied(),
        Periods::Current | Periods::Every => None,
    };
    let titles: HashMap<&str, &str> = (sources.recorded_skills.iter())
        .map(|skill| (skill.name.as_str(), skill.title.as_str()))
        .collect();
    // On the day asked for, gap snapshots of later days are unknown.
    let known =
        sources.gap_snapshots.iter().filter(|gap_snapshot| gap_snapshot.as_of_date <= query.as_of);
    let known: Vec<_> = known.cloned().collect();
    let mut days: BTreeMap<NaiveDate, TrendDay> = BTreeMap::new();
    let mut skills = Vec::new();
    for trend in trend::trends(&known, period) {
        let title = titles.get(trend.skill.as_str()).copied();
        let title = title.unwrap_or_else(|| name::id_of(&trend.skill)).to_owned();
        for point in trend.points {
            let day = days.entry(point.as_of).or_insert_with(|| TrendDay::of(&point));
            day.add(&point);
            skills.push(SkillDay { skill: title.clone(), point });
        }
    }
    Trend { days: days.into_values().collect(), skills }
}

impl TrendDay {
    fn of(point: &TrendPoint) -> Self {
        Self {
            as_of: point.as_of,
            period_end: point.period_end,
            needed: Fte::ZERO,
            skilled: Fte::ZERO,
            shortfall: Fte::ZERO,
            skills: 0,
            organisations: 0,
        }
    }

    fn add(&mut self, point: &TrendPoint) {
        self.needed = self.needed + point.needed;
        self.skilled = self.skilled + point.skilled;
        self.shortfall = self.shortfall + point.shortfall;
        self.skills += 1;
        self.organisations = self.organisations.max(point.organisations);
    }
}

impl Trend {
    /// Whether the first and the last day cover the same skills, organisations and period, so that their
    /// difference is one of skill alone.
    pub fn comparable(&self) -> bool {
        match (self.days.first(), self.days.last()) {
            (Some(first), Some(last)) => {
                (first.skills, first.organisations, first.period_end)
                    == (last.skills, last.organisations, last.period_end)
            }
            _ => true,
        }
    }
}
