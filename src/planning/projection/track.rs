//! Stocks of skilled people of a role, carried from period to period.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    domain::Fte,
    planning::analysis::{Catalogue, Workforce},
};

use super::{AssumedFigures, PeopleStock, RequiredByPeriod, SkilledStock, Span, Turnover};

/// Skilled people for each lowest rank that any period requires, because a requirement may rise.
#[derive(Clone, Debug, Default)]
pub struct Tracks(BTreeMap<(String, i32), Track>);

#[derive(Clone, Debug, Default)]
struct Track {
    stock: SkilledStock,
    /// FTE by the last day on which its assessment is valid.
    lapsing: BTreeMap<NaiveDate, Fte>,
}

impl Tracks {
    /// Stocks on the day that the projection starts from.
    pub fn of(
        workforce: &Workforce<'_>,
        catalogue: &Catalogue,
        role: u32,
        required: &RequiredByPeriod,
    ) -> Self {
        let mut tracks = BTreeMap::new();
        for (skill, required) in required.iter().flatten() {
            let track = || {
                let mut track = Track::default();
                let Some(skill) = catalogue.skill_index(skill) else { return track };
                workforce.each_valid(role, skill, |assessed, fte| {
                    if assessed.level() >= required.lowest_rank {
                        track.stock.closing = track.stock.closing + fte;
                        if let Some(until) = assessed.valid_until_date() {
                            let lapsing = track.lapsing.entry(until).or_default();
                            *lapsing = *lapsing + fte;
                        }
                    }
                });
                track
            };
            tracks.entry((skill.clone(), required.lowest_rank)).or_insert_with(track);
        }
        Self(tracks)
    }

    /// Advances each stock to the end of a period.
    pub fn advance(
        &mut self,
        given: impl Fn(&str) -> AssumedFigures,
        turnover: &Turnover,
        span: Span,
        end: NaiveDate,
        stock: &PeopleStock,
    ) {
        for ((skill, _), track) in &mut self.0 {
            let given = given(skill);
            // An assessment valid through `end` has not expired at the end of that day.
            let later = track.lapsing.split_off(&end);
            let expiring = std::mem::replace(&mut track.lapsing, later).into_values().sum();
            track.stock = SkilledStock::after(
                track.stock.closing,
                turnover.leaver_rate,
                span,
                (given.trained_to_skill(), given.hired_skilled(stock.joining)),
                expiring,
                stock.closing,
            );
        }
    }

    /// Stock at the end of the period last advanced to.
    pub fn stock(&self, skill: &str, lowest_rank: i32) -> Option<SkilledStock> {
        self.0.get(&(skill.to_owned(), lowest_rank)).map(|track| track.stock)
    }
}
